/// The statements of a merge for a file with certain columns: `s` is the staged row, `e` the enrolment as it stands,
/// `r` its registered result, if there is one.
struct EnrolmentMergeSQL {
    let createChanges = "CREATE TEMP TABLE change(line INTEGER PRIMARY KEY, known INTEGER NOT NULL)"
    let fillChanges: String
    let insertNew: String
    let insertAll: String
    let conflicts: String
    let updateKnown: String

    init(header: EnrolmentHeader) {
        func staged(_ column: EnrolmentColumn) -> String { header.has(column) ? "s.\(column.rawValue)" : "NULL" }
        let names = header.columns.map(\.column.rawValue)
        let list = names.joined(separator: ", ")
        let known = """
            main.enrolment AS e ON e.enrolment_id = s.enrolment_id
            LEFT JOIN main.result AS r ON r.result_id = e.result_id
            """

        let insertion = header.columns.map { column, _ in
            column == .status ? "coalesce(s.status, 'ingepland')" : "s.\(column.rawValue)"
        }.joined(separator: ", ")
        // Without WHERE the parser would take ON CONFLICT for the condition of a join.
        let unlessKnown = "WHERE true ON CONFLICT(enrolment_id) DO NOTHING"
        insertAll = "INSERT INTO main.enrolment(\(list)) SELECT \(insertion) FROM temp.stage AS s \(unlessKnown)"
        insertNew = """
            INSERT INTO main.enrolment(\(list)) SELECT \(insertion)
            FROM temp.change AS c CROSS JOIN temp.stage AS s ON s.line = c.line AND NOT c.known \(unlessKnown)
            """

        // Where a result is registered, the person is the person id, or without one the external id and its source;
        // that stays, and what does not contradict it may be filled in.
        let person = staged(.personID)
        // Of a person who was erased nothing comes back, and the file need not know of it.
        let isErased = "r.erased_at IS NOT NULL AND e.person_id IS 'erased:' || e.enrolment"
        let assignments = header.columns.map { column, _ in
            let name = column.rawValue
            let value =
                switch column {
                case .personID:
                    "CASE WHEN r.result_id IS NULL THEN s.person_id ELSE coalesce(e.person_id, s.person_id) END"
                case .externalID, .externalSource:
                    """
                    CASE WHEN r.result_id IS NULL OR e.person_id = \(person) THEN s.\(name)
                        WHEN e.person_id IS NULL THEN e.\(name) ELSE coalesce(e.\(name), s.\(name)) END
                    """
                case .courseID: "CASE WHEN r.result_id IS NULL THEN s.course_id ELSE e.course_id END"
                case .status: "CASE WHEN r.result_id IS NULL THEN coalesce(s.status, e.status) ELSE e.status END"
                // What went with an erased result does not come back with the next import.
                case .firstName, .lastName, .email: "CASE WHEN r.erased_at IS NULL THEN s.\(name) ELSE e.\(name) END"
                default: "s.\(name)"
                }
            return (name: name, value: "CASE WHEN \(isErased) THEN e.\(name) ELSE \(value) END")
        }
        let values = assignments.map(\.value).joined(separator: ", ")
        let current = names.map { "e.\($0)" }.joined(separator: ", ")
        let otherPersonID = "(\(person) <> e.person_id) IS TRUE"
        let otherPerson = """
            (\(otherPersonID) OR ((\(person) IS NULL OR e.person_id IS NULL) AND (
                \(staged(.externalID)) <> e.external_id OR \(staged(.externalSource)) <> e.external_source) IS TRUE))
            """
        let otherCourse = "s.course_id <> e.course_id"
        let conflict = "(r.result_id IS NOT NULL AND NOT (\(isErased)) AND (\(otherPerson) OR \(otherCourse)))"

        fillChanges = """
            INSERT INTO temp.change SELECT s.line, e.enrolment IS NOT NULL
            FROM temp.stage AS s LEFT JOIN \(known)
            WHERE e.enrolment IS NULL OR (\(values)) IS NOT (\(current)) OR \(conflict)
            """
        let changed =
            "FROM temp.change AS c CROSS JOIN temp.stage AS s ON s.line = c.line AND c.known CROSS JOIN \(known)"
        conflicts = """
            SELECT s.line, s.enrolment_id, \(otherPerson), \(otherCourse), \(otherPersonID)
            \(changed) WHERE \(conflict) ORDER BY s.line LIMIT \(ImportIssues.limit + 1)
            """
        let news = assignments.map { "\($0.value) AS \($0.name)" }.joined(separator: ", ")
        updateKnown = """
            UPDATE main.enrolment SET (\(list)) = (\(names.map { "n.\($0)" }.joined(separator: ", ")))
            FROM (
                SELECT e.enrolment AS row, \(news)
                \(changed) WHERE (\(values)) IS NOT (\(current))
            ) AS n WHERE enrolment.enrolment = n.row
            """
    }
}
