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
    /// Whether so many rows are new that sorting the indexes once is quicker than placing every entry by itself.
    private var rebuildsIndexes = false

    init(of stage: EnrolmentStage) {
        connection = stage.connection
        sql = EnrolmentMergeSQL(header: stage.header)
        staged = stage.count
    }

    /// Finds the rows that are new or differ. It reads one state of the registry and locks nobody out.
    mutating func select() throws(RegistryError) {
        let present = try connection.number("SELECT count(*) FROM main.enrolment")
        if present > 0 {
            try connection.execute(sql.createChanges)
            try connection.execute(sql.fillChanges)
            let known = try connection.number("SELECT count(*) FROM temp.change WHERE known")
            selected = (try connection.number("SELECT count(*) FROM temp.change") - known, known)
        }
        let new = selected?.new ?? staged
        rebuildsIndexes = new >= Self.rebuildThreshold && new >= present
    }

    static let rebuildThreshold = 50_000

    /// Writes. To be called within a transaction, which is to be rolled back when `issues` are added.
    mutating func run(_ issues: inout ImportIssues) throws(RegistryError) -> (inserted: Int, updated: Int) {
        var inserted = 0
        if let selected {
            inserted = selected.new > 0 ? try insert(sql.insertNew) : 0
            // Somebody else inserted some of them meanwhile: what they hold is compared now.
            if inserted < selected.new {
                try connection.execute("UPDATE temp.change SET known = 1")
            } else if selected.known == 0 {
                return (inserted, 0)
            }
        } else {
            inserted = try insert(sql.insertAll)
            if inserted == staged { return (inserted, 0) }
            try connection.execute(sql.createChanges)
            try connection.execute(sql.fillChanges)
        }
        try findConflicts(&issues)
        guard issues.list.isEmpty else { return (0, 0) }
        try connection.execute(sql.updateKnown)
        return (inserted, connection.changes)
    }

    /// Inserts; the indexes that enforce nothing may be dropped before and made again behind. Measured for a million
    /// rows, that halves the time for which the write lock is held.
    private func insert(_ statement: String) throws(RegistryError) -> Int {
        var indexes: [(name: String, sql: String)] = []
        if rebuildsIndexes {
            let query = try connection.prepare(
                """
                SELECT name, sql FROM main.sqlite_schema
                WHERE type = 'index' AND tbl_name = 'enrolment' AND sql LIKE 'CREATE INDEX %'
                """)
            while try query.step() {
                if let name = query.text(0), let sql = query.text(1) { indexes.append((name, sql)) }
            }
        }
        for index in indexes { try connection.execute("DROP INDEX main.\(index.name)") }
        try connection.execute(statement)
        let inserted = connection.changes
        for index in indexes { try connection.execute(index.sql) }
        return inserted
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
            CROSS JOIN main.enrolment AS e ON e.enrolment_id = s.enrolment_id AND e.result_id IS NOT NULL
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
