package import Results

/// Which results are wanted; nil: all.
package struct ResultFilter: Sendable {
    /// A person id, an external id, or the student id of the message.
    package var person: String?
    package var course: String?
    package var enrolment: String?
    /// Received at this moment or later.
    package var since: Timestamp?
    /// Received before this moment.
    package var until: Timestamp?
    /// Only results with a greater id.
    package var after: Int64?
    package var includesRevoked: Bool
    /// Those too of which only the bare fact is left.
    package var includesErased: Bool
    /// The most rows; nil: all.
    package var limit: Int?

    package init(
        person: String? = nil, course: String? = nil, enrolment: String? = nil, since: Timestamp? = nil,
        until: Timestamp? = nil, after: Int64? = nil, includesRevoked: Bool = false,
        includesErased: Bool = false, limit: Int? = nil
    ) {
        self.person = person
        self.course = course
        self.enrolment = enrolment
        self.since = since
        self.until = until
        self.after = after
        self.includesRevoked = includesRevoked
        self.includesErased = includesErased
        self.limit = limit
    }
}

/// A registered result.
package struct ResultRow: Sendable, Equatable {
    package var resultID: Int64
    package var enrolmentID: String
    /// The enrolment's ids as they were when the message came.
    package var personID: String?
    package var externalID: String?
    package var courseID: String
    package var partID: String?
    package var score: Score?
    package var passed: Bool?
    package var present: Bool?
    package var completedAt: Timestamp
    /// yyyy-mm-dd
    package var approvedOn: String
    package var receivedAt: Timestamp
    package var revokedAt: Timestamp?
    package var revokedReason: String?

    /// The columns of an export.
    package static func columns(withRevoked: Bool) -> [String] {
        let columns = [
            "result_id", "enrolment_id", "person_id", "external_id", "course_id", "part_id", "score", "passed",
            "present", "completed_at", "approved_on", "received_at",
        ]
        return withRevoked ? columns + ["revoked_at", "revoked_reason"] : columns
    }

    /// The values of those columns.
    package func values(withRevoked: Bool) -> [FieldValue] {
        let values: [FieldValue] = [
            .integer(resultID), .text(enrolmentID), FieldValue(personID), FieldValue(externalID), .text(courseID),
            FieldValue(partID), FieldValue(score), FieldValue(passed), FieldValue(present), FieldValue(completedAt),
            .text(approvedOn), FieldValue(receivedAt),
        ]
        return withRevoked ? values + [FieldValue(revokedAt), FieldValue(revokedReason)] : values
    }
}

/// Results one by one, by result id, from one state of the registry. While they are being read, deliveries go on and do
/// not show.
package struct ResultRows {
    let query: Statement

    init(_ connection: Connection, _ filter: ResultFilter) throws(RegistryError) {
        var condition = Condition()
        condition.add(Self.ofPerson, filter.person)
        Self.add(course: filter.course, of: filter, to: &condition)
        condition.add(Self.ofEnrolment, filter.enrolment)
        condition.add(Self.since, filter.since?.milliseconds)
        condition.add(Self.until, filter.until?.milliseconds)
        condition.add("result_id > ?", filter.after)
        if !filter.includesRevoked { condition.add("revoked_at IS NULL") }
        if !filter.includesErased { condition.add("erased_at IS NULL") }
        query = try connection.prepare(
            """
            SELECT result_id, enrolment_id, person_id, external_id, course_id, part_id, score, passed, present,
                completed_at, approved_on, received_at, revoked_at, revoked_reason
            FROM result\(condition.sql) ORDER BY result_id
            """ + (filter.limit.map { " LIMIT \($0)" } ?? ""))
        condition.bind(to: query)
    }

    // A result that stands is found through its enrolment, which spares every accepted message an index page.

    private static let ofPerson = """
        result_id IN (
            SELECT result_id FROM enrolment WHERE person_id = ?
            UNION SELECT result_id FROM enrolment WHERE external_id = ?
            UNION SELECT r.result_id FROM enrolment AS e JOIN result AS r ON r.enrolment_id = e.enrolment_id
                WHERE e.person_id = ? AND r.revoked_at IS NOT NULL
            UNION SELECT r.result_id FROM enrolment AS e JOIN result AS r ON r.enrolment_id = e.enrolment_id
                WHERE e.external_id = ? AND r.revoked_at IS NOT NULL
            UNION SELECT result_id FROM result WHERE student_id = ? AND revoked_at IS NOT NULL)
        """

    private static let since = "received_at >= ? AND result_id >= \(firstID(since: "?"))"
    private static let until = "received_at < ? AND result_id <= \(lastID(until: "?"))"

    /// Less than or equal to the id of every result since a moment.
    static func firstID(since moment: String) -> String {
        "(SELECT min(first_id) FROM result_day WHERE day >= \(moment) / 86400000)"
    }

    /// Greater than or equal to the id of every result until a moment.
    static func lastID(until moment: String) -> String {
        "(SELECT max(last_id) FROM result_day WHERE day <= \(moment) / 86400000)"
    }

    /// The first rows of a course are found through its enrolments, and the revoked ones by an index of their own. Where
    /// every row is wanted, all are read in their order instead, because the ids of a course would be held.
    private static func add(course: String?, of filter: ResultFilter, to condition: inout Condition) {
        guard let course else { return }
        guard let limit = filter.limit, filter.person == nil, filter.enrolment == nil else {
            return condition.add("course_id = ?", course)
        }
        let place = condition.place(for: course)
        var wanted: [String] = []
        if let since = filter.since.map({ condition.place(for: $0.milliseconds) }) {
            wanted += ["r.received_at >= \(since)", "r.result_id >= \(firstID(since: since))"]
        }
        if let until = filter.until.map({ condition.place(for: $0.milliseconds) }) {
            wanted += ["r.received_at < \(until)", "r.result_id <= \(lastID(until: until))"]
        }
        if let after = filter.after.map({ condition.place(for: $0) }) { wanted.append("r.result_id > \(after)") }
        if !filter.includesErased { wanted.append("r.erased_at IS NULL") }
        let standing =
            ["e.course_id = \(place)", "e.result_id IS NOT NULL"]
            + wanted.map { $0.replacing("r.result_id", with: "e.result_id") }
        var sides = [
            """
            SELECT e.result_id FROM enrolment AS e CROSS JOIN result AS r ON r.result_id = e.result_id
            WHERE \(standing.joined(separator: " AND ")) ORDER BY e.result_id LIMIT \(limit)
            """
        ]
        if filter.includesRevoked {
            let revoked = ["r.course_id = \(place)", "r.revoked_at IS NOT NULL"] + wanted
            sides.append(
                """
                SELECT r.result_id FROM result AS r WHERE \(revoked.joined(separator: " AND "))
                ORDER BY r.result_id LIMIT \(limit)
                """)
        }
        condition.add("result_id IN (\(sides.map { "SELECT * FROM (\($0))" }.joined(separator: " UNION ALL ")))")
    }

    private static let ofEnrolment = """
        result_id IN (
            SELECT result_id FROM enrolment WHERE enrolment_id = ?
            UNION SELECT result_id FROM result WHERE enrolment_id = ? AND revoked_at IS NOT NULL)
        """

    /// Nil at the end.
    package func next() throws(RegistryError) -> ResultRow? {
        guard try query.step() else { return nil }
        return ResultRow(
            resultID: query.integer(0), enrolmentID: query.text(1) ?? "", personID: query.text(2),
            externalID: query.text(3), courseID: query.text(4) ?? "", partID: query.text(5),
            score: query.optionalInteger(6).flatMap { Score(hundredths: Int($0)) }, passed: query.truth(7),
            present: query.truth(8), completedAt: Timestamp(milliseconds: query.integer(9)),
            approvedOn: query.text(10) ?? "", receivedAt: Timestamp(milliseconds: query.integer(11)),
            revokedAt: query.optionalInteger(12).map(Timestamp.init(milliseconds:)), revokedReason: query.text(13))
    }
}

extension RegistryAccess {
    /// The results that match.
    package func results(matching filter: ResultFilter = ResultFilter()) throws(RegistryError) -> ResultRows {
        try ResultRows(connection, filter)
    }
}
