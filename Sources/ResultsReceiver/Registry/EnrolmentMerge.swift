/// Merges staged rows into the registry, by statements over whole sets.
///
/// `select` finds outside the write lock which rows would change anything; `run` writes those, inside the
/// transaction, where also the rule is checked against results that came meanwhile.
struct EnrolmentMerge {
    let connection: Connection
    private let sql: EnrolmentMergeSQL
    private let staged: Int
    /// Nil: the registry was empty, and every row is new.
    private var selected: (new: Int, known: Int)?

    init(of stage: EnrolmentStage) {
        connection = stage.connection
        sql = EnrolmentMergeSQL(header: stage.header)
        staged = stage.count
    }

    /// Finds the rows that are new or differ. It reads one state of the registry and locks nobody out.
    mutating func select() throws(RegistryError) {
        guard try connection.number("SELECT EXISTS (SELECT 1 FROM main.enrolment)") == 1 else { return }
        try connection.execute(sql.createChanges)
        try connection.execute(sql.fillChanges)
        let known = try connection.number("SELECT count(*) FROM temp.change WHERE known")
        selected = (try connection.number("SELECT count(*) FROM temp.change") - known, known)
    }

    /// Writes. To be called within a transaction, which is to be rolled back when `issues` are added.
    mutating func run(_ issues: inout ImportIssues) throws(RegistryError) -> (inserted: Int, updated: Int) {
        var inserted = 0
        if let selected {
            if selected.new > 0 { try connection.execute(sql.insertNew) }
            inserted = selected.new > 0 ? connection.changes : 0
            // Somebody else inserted some of them meanwhile: what they hold is compared now.
            if inserted < selected.new {
                try connection.execute("UPDATE temp.change SET known = 1")
            } else if selected.known == 0 {
                return (inserted, 0)
            }
        } else {
            try connection.execute(sql.insertAll)
            inserted = connection.changes
            if inserted == staged { return (inserted, 0) }
            try connection.execute(sql.createChanges)
            try connection.execute(sql.fillChanges)
        }
        try findConflicts(&issues)
        guard issues.list.isEmpty else { return (0, 0) }
        try connection.execute(sql.updateKnown)
        return (inserted, connection.changes)
    }

    /// Whether anything would be written, as far as `select` could see.
    var hasWork: Bool {
        guard let selected else { return staged > 0 }
        return selected.new + selected.known > 0
    }

    /// How many staged rows are of enrolments with a registered result.
    func countKept() throws(RegistryError) -> Int {
        guard try connection.number("SELECT EXISTS (SELECT 1 FROM main.result)") == 1 else { return 0 }
        return try connection.number(
            """
            SELECT count(*) FROM temp.stage AS s
            CROSS JOIN main.result AS r ON r.enrolment_id = s.enrolment_id AND r.revoked_at IS NULL
            """)
    }

    private func findConflicts(_ issues: inout ImportIssues) throws(RegistryError) {
        let conflicts = try connection.prepare(sql.conflicts)
        while try conflicts.step() {
            let line = Int(conflicts.integer(0))
            let id = conflicts.text(1) ?? ""
            if conflicts.truth(2) == true {
                let column: EnrolmentColumn = conflicts.truth(4) == true ? .personID : .externalID
                issues.add(ImportIssue(line: line, column: column, kind: .differentPerson(id)))
            }
            if conflicts.truth(3) == true {
                issues.add(ImportIssue(line: line, column: .courseID, kind: .differentCourse(id)))
            }
        }
    }
}
