/// What a look at the whole database found.
package struct RegistryFindings: Sendable, Equatable {
    /// The file itself is broken: SQLite's words, a line each. What it says cannot be relied on.
    package var damage: [String] = []
    /// Rows that contradict each other, a line each.
    package var contradictions: [String] = []
    package var enrolments = 0
    package var results = 0
    package var deliveries = 0

    package var isSound: Bool { damage.isEmpty && contradictions.isEmpty }
}

extension RegistryAccess {
    /// Looks whether the database is whole, and whether its rows agree with each other. Reads one state; others go on
    /// meanwhile.
    package func check() throws(RegistryError) -> RegistryFindings {
        try connection.snapshot { () throws(RegistryError) in try connection.findings() }
    }
}

extension Connection {
    /// What breaks the file: pages, indexes, constraints, rows that refer to rows that are not there. At most 20 of each.
    func damage() throws(RegistryError) -> [String] {
        do throws(RegistryError) {
            var lines = try lines("PRAGMA integrity_check(20)").filter { $0 != "ok" }
            let orphans = try prepare("SELECT \"table\", rowid, parent FROM pragma_foreign_key_check() LIMIT 20")
            while try orphans.step() {
                lines.append(
                    "\(orphans.text(0) ?? "") row \(orphans.integer(1)) refers to a row of \(orphans.text(2) ?? "") "
                        + "that is not there")
            }
            return lines
        } catch {
            // What cannot even be read.
            guard [11, 26].contains(error.primaryCode) else { throw error }
            return [error.description]
        }
    }

    func findings() throws(RegistryError) -> RegistryFindings {
        var findings = RegistryFindings(damage: try damage())
        guard findings.damage.isEmpty else { return findings }
        // A table may be missing.
        findings.enrolments = (try? number("SELECT count(*) FROM enrolment")) ?? 0
        findings.results = (try? number("SELECT count(*) FROM result")) ?? 0
        findings.deliveries = (try? number("SELECT count(*) FROM delivery")) ?? 0
        let version = try number("PRAGMA user_version")
        findings.contradictions = try schemaFaults(version)
        // The rules are about tables that may not be there.
        guard findings.contradictions.isEmpty else { return findings }
        for (since, rule) in Consistency.rules where since <= version {
            let found = try lines(rule + " LIMIT \(Consistency.limit + 1)")
            findings.contradictions += found.prefix(Consistency.limit)
            if found.count > Consistency.limit { findings.contradictions.append("… and more of this kind") }
        }
        return findings
    }

    /// Tables, indexes and triggers that are missing or other than the program makes them: with them goes the rule that
    /// they keep.
    private func schemaFaults(_ version: Int) throws(RegistryError) -> [String] {
        let model = try Connection(inMemory: ())
        try Migrations.run(on: model, to: version)
        let wanted = try model.schema()
        let found = try schema()
        var faults: [String] = []
        for (name, sql) in wanted.sorted(by: { $0.key < $1.key }) {
            guard let other = found[name] else {
                faults.append("the \(name) is missing")
                continue
            }
            if other != sql { faults.append("the \(name) was changed") }
        }
        for name in found.keys.sorted() where wanted[name] == nil && name.hasPrefix("trigger ") {
            faults.append("the \(name) is not this program's")
        }
        return faults
    }

    /// `trigger result_is_kept` and its text.
    private func schema() throws(RegistryError) -> [String: String] {
        let query = try prepare("SELECT type || ' ' || name, sql FROM sqlite_schema WHERE sql IS NOT NULL")
        var schema: [String: String] = [:]
        while try query.step() { schema[query.text(0) ?? ""] = query.text(1) ?? "" }
        return schema
    }

    private func lines(_ sql: String) throws(RegistryError) -> [String] {
        let query = try prepare(sql)
        var lines: [String] = []
        while try query.step() { lines.append(query.text(0) ?? "") }
        return lines
    }
}
