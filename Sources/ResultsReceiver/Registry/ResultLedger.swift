import CSQLite
import Results

/// The rows of results: stored once, found again by their bytes or their enrolment, flagged when unanswered.
final class ResultLedger {
    private let connection: Connection
    private let insert: Statement
    private let ofBytes: Statement
    private let ofID: Statement
    private let flagByID: Statement
    private let flagByBytes: Statement
    /// The texts of the row at hand, one after the other, kept for their memory.
    private var texts: [UInt8] = []
    private var pieces: [Range<Int>] = []

    init(_ connection: Connection) throws(RegistryError) {
        self.connection = connection
        // The triggers do the rest: they refuse known bytes and an enrolment that is not planned, and finish this one.
        insert = try connection.prepare(
            """
            INSERT INTO result(enrolment_id, student_id, person_id, external_id, external_source, course_id, part_id,
                part_name, approved_on, reference, plugin, score, passed, present, created_at, completed_at,
                received_at, digest)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18)
            """)
        let columns = "result_id, enrolment_id, received_at, part_id, part_name, revoked_at, unanswered, erased_at"
        ofBytes = try connection.prepare("SELECT \(columns) FROM result WHERE digest = ?1")
        ofID = try connection.prepare(
            "SELECT \(columns) FROM result WHERE result_id = ?1")
        flagByID = try connection.prepare("UPDATE result SET unanswered = ?2 WHERE result_id = ?1")
        flagByBytes = try connection.prepare("UPDATE result SET unanswered = 1 WHERE digest = ?1")
    }

    /// Stores the result for a planned enrolment, which finishes it.
    ///
    /// - Throws: among others SQLITE_CONSTRAINT, when the bytes were registered before or the enrolment has a result.
    func register(_ entry: Entry, for enrolment: EnrolmentLookup.Candidate) throws(RegistryError) -> Registration {
        let completion = entry.completion
        texts.removeAll(keepingCapacity: true)
        pieces.removeAll(keepingCapacity: true)
        add(enrolment.enrolmentID)
        add(completion.student.text)
        add(enrolment.personID)
        add(enrolment.externalID)
        add(enrolment.externalSource)
        add(completion.course.text)
        add(completion.part?.text)
        add(completion.partName)
        add(entry.approvedOn.iso8601)
        add(entry.reference)
        add(entry.plugin)
        insert.bind(completion.score?.hundredths, at: 12)
        insert.bind(completion.passed, at: 13)
        insert.bind(completion.present, at: 14)
        insert.bind(completion.created.milliseconds, at: 15)
        insert.bind(completion.completed.milliseconds, at: 16)
        insert.bind(entry.receivedAt.milliseconds, at: 17)
        insert.bind(entry.digest, at: 18)
        try insert.run(texts: pieces, of: texts, from: 1)
        guard let id = EnrolmentID(enrolment.enrolmentID) else {
            throw .sqlite(code: SQLITE_MISMATCH, message: "an enrolment id is no token", sql: nil)
        }
        return Registration(
            resultID: connection.lastInsertedID, enrolment: id, receivedAt: entry.receivedAt, part: completion.part,
            partName: completion.partName)
    }

    private func add(_ text: String?) {
        let start = texts.count
        if let text { texts.append(contentsOf: text.utf8) }
        pieces.append(start..<texts.count)
    }

    /// A row found again.
    struct Known {
        var registration: Registration
        /// Its 200 is known not to have reached the sender.
        var isUnanswered: Bool
    }

    /// The result that was registered from the very same bytes, revoked or not.
    func known(digest: [UInt8]) throws(RegistryError) -> Known? {
        ofBytes.bind(digest, at: 1)
        return try ofBytes.first(read) ?? nil
    }

    func registration(resultID: Int64) throws(RegistryError) -> Registration? {
        ofID.bind(resultID, at: 1)
        return try ofID.first(read)??.registration
    }

    func setUnanswered(_ unanswered: Bool, resultID: Int64) throws(RegistryError) {
        flagByID.bind(resultID, at: 1)
        flagByID.bind(unanswered, at: 2)
        try flagByID.run()
    }

    /// Does nothing where no result has these bytes.
    func setUnanswered(digest: [UInt8]) throws(RegistryError) {
        flagByBytes.bind(digest, at: 1)
        try flagByBytes.run()
    }

    private func read(_ row: Statement) -> Known? {
        guard let enrolment = row.text(1).flatMap(EnrolmentID.init) else { return nil }
        return Known(
            registration: Registration(
                resultID: row.integer(0), enrolment: enrolment, receivedAt: Timestamp(milliseconds: row.integer(2)),
                part: row.text(3).flatMap(PartID.init), partName: row.text(4),
                revokedAt: row.optionalInteger(5).map(Timestamp.init(milliseconds:)), isErased: !row.isNull(7)),
            isUnanswered: row.integer(6) != 0)
    }
}
