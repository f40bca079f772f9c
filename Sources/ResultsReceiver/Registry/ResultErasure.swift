import Results

/// Takes from a result everything but the bare fact, inside an open transaction: its ids, enrolment, course, time of
/// receipt, reference, integration and digest stay, so that neither its bytes nor its enrolment get a second one.
struct ResultErasure {
    private let strip: Statement
    private let stripDelivery: Statement
    private let dropBodies: Statement

    init(_ connection: Connection) throws(RegistryError) {
        strip = try connection.prepare(
            """
            UPDATE result SET erased_at = ?1, student_id = 'erased', person_id = NULL, external_id = NULL,
                external_source = NULL, part_id = NULL, part_name = NULL, score = NULL, passed = NULL,
                present = NULL, created_at = received_at, completed_at = received_at,
                approved_on = date(received_at / 1000, 'unixepoch'),
                revoked_reason = CASE WHEN revoked_at IS NOT NULL THEN 'erased' END
            WHERE result_id = ?2 AND erased_at IS NULL
            """)
        // Those of the very same message; one that was registered is found by its reference.
        let deliveries = """
            (SELECT d.delivery FROM result AS r JOIN delivery AS d ON d.reference = r.reference WHERE r.result_id = ?1
            UNION SELECT d.delivery FROM result AS r JOIN delivery AS d
                ON d.digest = r.digest AND d.reason <> 'registered' WHERE r.result_id = ?1)
            """
        stripDelivery = try connection.prepare(
            "UPDATE delivery SET student_id = NULL, part_id = NULL, message = NULL WHERE delivery IN \(deliveries)")
        dropBodies = try connection.prepare("DELETE FROM delivery_body WHERE delivery IN \(deliveries)")
    }

    func erase(_ result: Int64, at moment: Timestamp) throws(RegistryError) {
        strip.bind(moment.milliseconds, at: 1)
        strip.bind(result, at: 2)
        try strip.run()
        for statement in [stripDelivery, dropBodies] {
            statement.bind(result, at: 1)
            try statement.run()
        }
    }
}

/// Erases results because they are old: what `ResultErasure` does, and the name and address of the enrolment that the
/// result finished. The enrolment keeps its person's ids, by which a second message and the next import find it.
struct ResultPurge {
    private let erasure: ResultErasure
    private let forgetName: Statement

    init(_ connection: Connection) throws(RegistryError) {
        erasure = try ResultErasure(connection)
        // Of a revoked result nothing is to be done: its enrolment is planned, and needs them.
        forgetName = try connection.prepare(
            """
            UPDATE enrolment SET first_name = NULL, last_name = NULL, email = NULL
            WHERE enrolment_id = (SELECT enrolment_id FROM result WHERE result_id = ?1) AND result_id = ?1
            """)
    }

    func purge(_ result: Int64, at moment: Timestamp) throws(RegistryError) {
        try erasure.erase(result, at: moment)
        forgetName.bind(result, at: 1)
        try forgetName.run()
    }
}

/// Purges the results that are older than they may be, a few at a time, inside an open transaction.
struct ResultPruning {
    /// How many go at once: some milliseconds of work at most.
    private static let batch = 50

    private let purge: ResultPurge
    private let oldest: Statement
    private let note: Statement

    init(_ connection: Connection) throws(RegistryError) {
        purge = try ResultPurge(connection)
        // Ids increase with the time of receipt, but for seconds.
        oldest = try connection.prepare(
            """
            SELECT result_id, received_at, erased_at FROM result
            WHERE result_id > (SELECT up_to FROM purged) ORDER BY result_id LIMIT \(Self.batch)
            """)
        note = try connection.prepare("UPDATE purged SET up_to = ?1")
    }

    /// Those that are older than `age`.
    ///
    /// - Returns: whether there is more to do.
    func run(at now: Timestamp, age: Duration) throws(RegistryError) -> Bool {
        let limit = now.earlier(by: age).milliseconds
        var old: [(id: Int64, isErased: Bool)] = []
        while try oldest.step() {
            guard oldest.integer(1) < limit else {
                oldest.reset()
                break
            }
            old.append((oldest.integer(0), !oldest.isNull(2)))
        }
        guard let last = old.last else { return false }
        for result in old where !result.isErased { try purge.purge(result.id, at: now) }
        note.bind(last.id, at: 1)
        try note.run()
        return old.count == Self.batch
    }
}
