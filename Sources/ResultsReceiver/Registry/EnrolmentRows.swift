package import Results

/// Which enrolments are wanted; nil: all.
package struct EnrolmentFilter: Sendable {
    /// A person id or an external id.
    package var person: String?
    package var course: String?
    package var status: EnrolmentStatus?
    /// The most rows; nil: all.
    package var limit: Int?

    package init(
        person: String? = nil, course: String? = nil, status: EnrolmentStatus? = nil, limit: Int? = nil
    ) {
        self.person = person
        self.course = course
        self.status = status
        self.limit = limit
    }
}

/// An enrolment as it stands in the registry.
package struct EnrolmentRow: Sendable, Equatable {
    package var enrolmentID: String
    package var personID: String?
    package var externalID: String?
    package var externalSource: String?
    package var firstName: String?
    package var lastName: String?
    package var email: String?
    package var courseID: String
    package var courseName: String?
    package var status: String
    /// yyyy-mm-dd
    package var startDate: String?

    /// The columns of the import, so that what is listed as CSV can be imported again.
    package static let columns = EnrolmentColumn.allCases.map(\.rawValue)

    package var values: [FieldValue] {
        [
            .text(enrolmentID), FieldValue(personID), FieldValue(externalID), FieldValue(externalSource),
            FieldValue(firstName), FieldValue(lastName), FieldValue(email), .text(courseID), FieldValue(courseName),
            .text(status), FieldValue(startDate),
        ]
    }
}

/// Enrolments one by one, by enrolment id, from one state of the registry. While they are being read, changes by others
/// go on and do not show.
package struct EnrolmentRows {
    let query: Statement

    init(_ connection: Connection, _ filter: EnrolmentFilter) throws(RegistryError) {
        var condition = Condition()
        condition.add("person_id = ? OR external_id = ?", filter.person)
        condition.add("course_id = ?", filter.course)
        condition.add("status = ?", filter.status?.rawValue)
        // The index of the rare statuses is partial; the planner must be told.
        if let status = filter.status, status == .wachtlijst || status == .geannuleerd {
            condition.add("status <> 'ingepland' AND status <> 'afgerond'")
        }
        query = try connection.prepare(
            """
            SELECT \(EnrolmentRow.columns.joined(separator: ", ")) FROM enrolment\(condition.sql)
            ORDER BY enrolment_id
            """ + (filter.limit.map { " LIMIT \($0)" } ?? ""))
        condition.bind(to: query)
    }

    /// Planned enrolments in courses with results.
    init(missingIn connection: Connection, course: String?, limit: Int?) throws(RegistryError) {
        var condition = Condition()
        condition.add("c.course_id = ?", course)
        let columns = EnrolmentRow.columns.map { "e.\($0)" }.joined(separator: ", ")
        query = try connection.prepare(
            """
            SELECT \(columns) FROM course_with_results AS c
            CROSS JOIN enrolment AS e INDEXED BY enrolment_planned
                ON e.course_id = c.course_id AND e.status = 'ingepland'\(condition.sql)
            ORDER BY c.course_id, e.enrolment_id
            """ + (limit.map { " LIMIT \($0)" } ?? ""))
        condition.bind(to: query)
    }

    /// Nil at the end.
    package func next() throws(RegistryError) -> EnrolmentRow? {
        guard try query.step() else { return nil }
        return EnrolmentRow(
            enrolmentID: query.text(0) ?? "", personID: query.text(1), externalID: query.text(2),
            externalSource: query.text(3), firstName: query.text(4), lastName: query.text(5), email: query.text(6),
            courseID: query.text(7) ?? "", courseName: query.text(8), status: query.text(9) ?? "",
            startDate: query.text(10))
    }
}

extension RegistryAccess {
    /// The enrolments that match.
    package func enrolments(matching filter: EnrolmentFilter = EnrolmentFilter()) throws(RegistryError) -> EnrolmentRows
    {
        try EnrolmentRows(connection, filter)
    }
}
