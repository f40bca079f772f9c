package import Results

/// Which deliveries are wanted; nil: all.
package struct DeliveryFilter: Sendable {
    package var id: Int64?
    /// The answer's reference.
    package var reference: String?
    /// The answer's HTTP status code.
    package var code: Int?
    /// The answer's machine word.
    package var reason: String?
    /// A person id or an external id; the deliveries that name the person's other id are found too.
    package var person: String?
    package var course: String?
    /// Received at this moment or later.
    package var since: Timestamp?
    /// Received before this moment.
    package var until: Timestamp?
    /// SHA-256 of the body: all deliveries of the same bytes.
    package var digest: [UInt8]?
    /// The most rows; nil: all.
    package var limit: Int?

    package init(
        id: Int64? = nil, reference: String? = nil, code: Int? = nil, reason: String? = nil, person: String? = nil,
        course: String? = nil, since: Timestamp? = nil, until: Timestamp? = nil, digest: [UInt8]? = nil,
        limit: Int? = nil
    ) {
        self.id = id
        self.reference = reference
        self.code = code
        self.reason = reason
        self.person = person
        self.course = course
        self.since = since
        self.until = until
        self.digest = digest
        self.limit = limit
    }
}

/// A delivery as the log has it.
package struct DeliveryRow: Sendable, Equatable {
    /// Increases with every delivery.
    package var id: Int64
    package var reference: String
    package var receivedAt: Timestamp
    package var plugin: String?
    package var code: Int
    package var reason: String
    /// What a refused sender was told.
    package var message: String?
    package var student: String?
    package var course: String?
    package var part: String?
    /// Of the body; nil where it was not read.
    package var bytes: Int?
    /// Microseconds; see `DeliveryRecord.duration`.
    package var duration: Int64?
    /// Nil for a replay.
    package var client: String?
    /// SHA-256 of the body; nil: no right signature vouched for it.
    package var digest: [UInt8]?
    /// How often these bytes had come by then; nil for a replay, and where nothing vouched for them.
    package var attempt: Int?
    /// The reference of the delivery whose message was run again.
    package var replayOf: String?
    /// Whether the body is kept.
    package var hasBody: Bool
    /// Whether the message is still neither accepted nor dismissed, and this is its latest delivery.
    package var isOpen: Bool
    /// What is about to become of a message that is still open.
    package var outlook: Outlook?

    /// aNewSpring delivers a message once and, while it is not accepted, ten times more, 16 hours apart at most.
    package static let attempts = 11
    /// The longest rest between two attempts, with an hour for clocks and queues, in milliseconds.
    static let longestRest: Int64 = 17 * 3_600_000

    package enum Outlook: String, Sendable {
        /// One or two attempts are left, which come 16 hours apart.
        case ending
        /// The sender does not try again: the attempts are used up, or the next one would have come by now.
        case givenUp = "given-up"

        /// Of an open message that the sender last delivered at `moment`, as attempt number `attempt`; nil: more come.
        init?(after attempt: Int, at moment: Timestamp, now: Timestamp) {
            if attempt >= DeliveryRow.attempts
                || moment.milliseconds < now.milliseconds - DeliveryRow.longestRest
            {
                self = .givenUp
            } else if attempt >= DeliveryRow.attempts - 2 {
                self = .ending
            } else {
                return nil
            }
        }
    }

    package static let columns = [
        "reference", "received_at", "code", "reason", "attempt", "outlook", "student_id", "course_id", "part_id",
        "plugin", "bytes", "duration_us", "client", "replay_of", "message",
    ]

    /// The values of those columns.
    package var values: [FieldValue] {
        [
            .text(reference), FieldValue(receivedAt), .integer(Int64(code)), .text(reason), FieldValue(attempt),
            FieldValue(outlook?.rawValue), FieldValue(student), FieldValue(course), FieldValue(part),
            FieldValue(plugin), FieldValue(bytes), FieldValue(duration.map(Int.init)), FieldValue(client),
            FieldValue(replayOf), FieldValue(message),
        ]
    }
}

extension FieldValue {
    package init(_ number: Int?) { self = number.map { .integer(Int64($0)) } ?? .absent }
}

/// Deliveries one by one, the latest first, from one state of the registry.
package struct DeliveryRows {
    let query: Statement
    private let now = Timestamp.now()

    /// `oldestFirst`: for an export that goes on later.
    init(_ connection: Connection, _ filter: DeliveryFilter, oldestFirst: Bool) throws(RegistryError) {
        var condition = Condition()
        condition.add("d.delivery = ?", filter.id)
        condition.add("d.reference = ?", filter.reference)
        condition.add(Self.ofPerson, filter.person)
        condition.add(Self.ofBytes, filter.digest)
        DeliverySides.add(filter, to: &condition, oldestFirst: oldestFirst)
        let order = oldestFirst ? "ASC" : "DESC"
        let limit = filter.limit.map { " LIMIT \($0)" } ?? ""
        query = try connection.prepare(
            """
            SELECT d.delivery, d.reference, d.received_at, d.plugin, d.code, d.reason, d.message, d.student_id,
                d.course_id, d.part_id, d.bytes, d.duration, d.client, d.digest, d.attempt,
                (SELECT o.reference FROM delivery AS o WHERE o.delivery = d.replay_of),
                EXISTS (SELECT 1 FROM delivery_body AS b WHERE b.delivery = d.delivery),
                m.digest IS NOT NULL, \(Self.latest("attempt")), \(Self.latest("received_at"))
            FROM delivery AS d LEFT JOIN open_message AS m ON m.digest = d.digest AND m.delivery = d.delivery
            \(condition.sql) ORDER BY d.received_at \(order), d.delivery \(order)\(limit)
            """)
        condition.bind(to: query)
    }

    /// Of an open message, whose latest delivery may be a replay: a column of what the sender last delivered itself.
    private static func latest(_ column: String) -> String {
        """
        CASE WHEN m.digest IS NOT NULL THEN (
            SELECT a.\(column) FROM delivery AS a WHERE a.digest = m.digest AND a.reason <> 'registered'
                AND a.attempt IS NOT NULL ORDER BY a.attempt DESC LIMIT 1) END
        """
    }

    /// What registered is found through the person's enrolments and their results: it has no index of its own.
    private static let ofPerson = """
        d.delivery IN (
            WITH ids(id) AS (
                SELECT ? UNION SELECT person_id FROM enrolment WHERE external_id = ? AND person_id IS NOT NULL
                UNION SELECT external_id FROM enrolment WHERE person_id = ? AND external_id IS NOT NULL)
            SELECT f.delivery FROM ids JOIN delivery AS f ON f.student_id = ids.id WHERE f.reason <> 'registered'
            UNION SELECT f.delivery FROM ids JOIN enrolment AS e ON e.person_id = ids.id
                JOIN result AS r ON r.result_id = e.result_id JOIN delivery AS f ON f.reference = r.reference
            UNION SELECT f.delivery FROM ids JOIN enrolment AS e ON e.external_id = ids.id
                JOIN result AS r ON r.result_id = e.result_id JOIN delivery AS f ON f.reference = r.reference
            UNION SELECT f.delivery FROM ids JOIN result AS r ON r.student_id = ids.id AND r.revoked_at IS NOT NULL
                JOIN delivery AS f ON f.reference = r.reference)
        """

    private static let ofBytes = """
        d.delivery IN (
            SELECT f.delivery FROM delivery AS f WHERE f.digest = ? AND f.reason <> 'registered'
            UNION SELECT f.delivery FROM result AS r JOIN delivery AS f ON f.reference = r.reference
                WHERE r.digest = ?)
        """

    /// Nil at the end.
    package func next() throws(RegistryError) -> DeliveryRow? {
        guard try query.step() else { return nil }
        let receivedAt = Timestamp(milliseconds: query.integer(2))
        let isOpen = query.truth(17) ?? false
        let latest = query.optionalInteger(19).map(Timestamp.init(milliseconds:)) ?? receivedAt
        return DeliveryRow(
            id: query.integer(0), reference: query.text(1) ?? "", receivedAt: receivedAt, plugin: query.text(3),
            code: Int(query.integer(4)),
            reason: query.text(5) ?? "", message: query.text(6), student: query.text(7), course: query.text(8),
            part: query.text(9), bytes: query.optionalInteger(10).map(Int.init), duration: query.optionalInteger(11),
            client: query.text(12), digest: query.bytes(13), attempt: query.optionalInteger(14).map(Int.init),
            replayOf: query.text(15), hasBody: query.truth(16) ?? false, isOpen: isOpen,
            outlook: isOpen ? DeliveryRow.Outlook(after: Int(query.integer(18)), at: latest, now: now) : nil)
    }
}

extension RegistryAccess {
    /// The deliveries that match, the latest first.
    package func deliveries(
        matching filter: DeliveryFilter = DeliveryFilter(), oldestFirst: Bool = false
    ) throws(RegistryError) -> DeliveryRows {
        try DeliveryRows(connection, filter, oldestFirst: oldestFirst)
    }

    /// The body of a refused delivery; nil: it is not kept, or not any more.
    package func body(ofDelivery id: Int64) throws(RegistryError) -> [UInt8]? {
        let query = try connection.prepare("SELECT body FROM delivery_body WHERE delivery = ?1")
        query.bind(id, at: 1)
        return try query.first { $0.bytes(0) } ?? nil
    }
}
