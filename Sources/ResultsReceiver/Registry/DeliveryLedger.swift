import CSQLite
import Results

/// The rows of the delivery log, written inside an open transaction.
struct DeliveryLedger {
    private let connection: Connection
    private let insert: Statement
    private let refusedAttempts: Statement
    private let attempts: Statement
    private let keepBody: Statement
    private let isRegistered: Statement
    private let open: Statement
    private let close: Statement
    private let count: Statement

    init(_ connection: Connection) throws(RegistryError) {
        self.connection = connection
        insert = try connection.prepare(
            """
            INSERT INTO delivery(reference, received_at, plugin, code, reason, message, student_id, course_id, part_id,
                bytes, duration, client, digest, attempt, replay_of)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)
            """)
        let refused = """
            SELECT max(attempt) AS attempt, count(*) AS deliveries FROM delivery
            WHERE digest = ?1 AND reason <> 'registered'
            """
        refusedAttempts = try connection.prepare(refused)
        attempts = try connection.prepare(
            """
            SELECT max(attempt), sum(deliveries) FROM (\(refused) UNION ALL
                SELECT d.attempt, 1 FROM result AS r JOIN delivery AS d ON d.reference = r.reference
                WHERE r.digest = ?1 AND d.digest = ?1)
            """)
        keepBody = try connection.prepare("INSERT INTO delivery_body(delivery, received_at, body) VALUES (?1, ?2, ?3)")
        isRegistered = try connection.prepare("SELECT 1 FROM result WHERE digest = ?1")
        open = try connection.prepare(
            """
            INSERT INTO open_message(digest, delivery, reason, plugin, course_id, first_at, last_at)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?6)
            ON CONFLICT(digest) DO UPDATE SET delivery = excluded.delivery, reason = excluded.reason,
                plugin = excluded.plugin, course_id = excluded.course_id, last_at = excluded.last_at
            """)
        close = try connection.prepare("DELETE FROM open_message WHERE digest = ?1")
        count = try connection.prepare(
            """
            INSERT INTO turned_away(day, reason, plugin, requests, last_at) VALUES (?1, ?2, ?3, ?4, ?5)
            ON CONFLICT(day, reason, plugin) DO UPDATE SET requests = requests + excluded.requests,
                last_at = max(last_at, excluded.last_at)
            """)
    }

    /// The delivery that an accepted entry came with, in the transaction that registers its result.
    func record(_ entry: Entry, _ outcome: Outcome) throws(RegistryError) {
        let isNew: Bool
        switch outcome {
        case .registered: isNew = true
        case .redelivered: isNew = false
        case .refused, .maintenance, .failed: return
        }
        // Bytes that were never registered have refused deliveries at most, which spares a look-up; and without one of
        // these they are not open.
        let before = try earlier(isNew ? refusedAttempts : attempts, entry.digest)
        if before.deliveries > 0 {
            close.bind(entry.digest, at: 1)
            try close.run()
        }
        let completion = entry.completion
        let record = DeliveryRecord(
            reference: entry.reference, receivedAt: entry.receivedAt, plugin: entry.plugin, code: 200,
            reason: isNew ? "registered" : "redelivered", student: completion.student.text,
            course: completion.course.text, part: completion.part?.text, bytes: entry.bytes,
            duration: entry.began.microsecondsUntilNow, client: entry.client, digest: entry.digest,
            replayOf: entry.replayOf)
        try write(record, attempt: record.replayOf == nil ? before.attempts + 1 : nil)
    }

    /// Any other delivery: one that was refused.
    func record(_ record: DeliveryRecord) throws(RegistryError) {
        var attempt: Int64?
        if let digest = record.digest, record.replayOf == nil { attempt = try earlier(attempts, digest).attempts + 1 }
        let delivery = try write(record, attempt: attempt)
        guard let digest = record.digest else { return }
        if let body = record.body {
            keepBody.bind(delivery, at: 1)
            keepBody.bind(record.receivedAt.milliseconds, at: 2)
            keepBody.bind(body, at: 3)
            try keepBody.run()
        }
        // What is registered needs nobody, also when its sender heard otherwise.
        isRegistered.bind(digest, at: 1)
        guard try isRegistered.first({ _ in true }) == nil else { return }
        open.bind(digest, at: 1)
        open.bind(delivery, at: 2)
        open.bind(record.reason, at: 3)
        open.bind(record.plugin ?? "", at: 4)
        open.bind(record.course ?? "", at: 5)
        open.bind(record.receivedAt.milliseconds, at: 6)
        try open.run()
    }

    func count(_ turnedAway: TurnedAway) throws(RegistryError) {
        count.bind(CivilTime.utc.date(of: turnedAway.last).iso8601, at: 1)
        count.bind(turnedAway.reason, at: 2)
        count.bind(turnedAway.plugin, at: 3)
        count.bind(turnedAway.requests, at: 4)
        count.bind(turnedAway.last.milliseconds, at: 5)
        try count.run()
    }

    /// The deliveries of the same bytes so far, and how many attempts of the sender these were at least: old ones may be
    /// gone.
    private func earlier(
        _ query: Statement, _ digest: [UInt8]
    ) throws(RegistryError) -> (attempts: Int64, deliveries: Int64) {
        query.bind(digest, at: 1)
        return try query.first { ($0.integer(0), $0.integer(1)) } ?? (0, 0)
    }

    /// Answers the new row's id.
    @discardableResult
    private func write(_ record: DeliveryRecord, attempt: Int64?) throws(RegistryError) -> Int64 {
        insert.bind(record.reference, at: 1)
        insert.bind(record.receivedAt.milliseconds, at: 2)
        insert.bind(record.plugin, at: 3)
        insert.bind(record.code, at: 4)
        insert.bind(record.reason, at: 5)
        insert.bind(record.message, at: 6)
        insert.bind(record.student, at: 7)
        insert.bind(record.course, at: 8)
        insert.bind(record.part, at: 9)
        insert.bind(record.bytes, at: 10)
        insert.bind(record.duration, at: 11)
        insert.bind(record.client, at: 12)
        insert.bind(record.digest, at: 13)
        insert.bind(attempt, at: 14)
        insert.bind(record.replayOf, at: 15)
        try insert.run()
        return connection.lastInsertedID
    }
}

extension ContinuousClock.Instant {
    fileprivate var microsecondsUntilNow: Int64 {
        let (seconds, attoseconds) = (ContinuousClock.now - self).components
        return seconds * 1_000_000 + attoseconds / 1_000_000_000_000
    }
}
