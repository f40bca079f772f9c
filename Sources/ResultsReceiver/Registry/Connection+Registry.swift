extension Connection {
    /// Opens the registry's database, makes it where `creating` allows, and brings it to the latest schema.
    ///
    /// - Parameters:
    ///   - path: the file. A new one is made with mode 0600, which SQLite gives to its -wal and -shm files as well.
    ///   - creating: false refuses a missing file with `missing`.
    ///   - patience: how long to wait for another process's lock, here and in later statements, in milliseconds.
    ///   - isAlone: nobody else can know the file, so that it needs no lock.
    /// - Throws: what keeps the file from being used; nothing of a foreign or newer file was changed.
    package convenience init(
        registry path: String, creating: Bool, patience: Int32 = 5000, isAlone: Bool = false
    ) throws(RegistryError) {
        try RegistryFile.prepare(path, creating: creating)
        let lock = isAlone ? nil : try RegistryLock(of: path, .shared, patience: patience)
        do throws(RegistryError) {
            try self.init(file: path)
            self.lock = lock
            waitForLocks(milliseconds: patience)
            try checkApplication(path)
            try configure(path)
            try Migrations.run(on: self)
        } catch {
            throw RegistryFile.explain(error, path: path)
        }
    }

    /// Opens a registry to read it as it is: nothing is migrated, nothing written.
    ///
    /// - Throws: what keeps the file from being used; an empty one is `notADatabase`.
    convenience init(inspecting path: String, patience: Int32 = 5000, isAlone: Bool = false) throws(RegistryError) {
        try RegistryFile.prepare(path, creating: false)
        let lock = isAlone ? nil : try RegistryLock(of: path, .shared, patience: patience)
        do throws(RegistryError) {
            try self.init(file: path)
            self.lock = lock
            waitForLocks(milliseconds: patience)
            try checkApplication(path)
            guard try number("PRAGMA user_version") > 0 else { throw .notADatabase(path: path) }
            try execute("PRAGMA trusted_schema = OFF; PRAGMA query_only = ON")
        } catch {
            throw RegistryFile.explain(error, path: path)
        }
    }

    /// The first column of the first row as a number; 0 where there is no row.
    func number(_ sql: String) throws(RegistryError) -> Int {
        Int(try prepare(sql).first { $0.integer(0) } ?? 0)
    }

    private func checkApplication(_ path: String) throws(RegistryError) {
        // The first statement that reads the file: what is no database shows here.
        let version = try number("PRAGMA user_version")
        let application = Int32(truncatingIfNeeded: try number("PRAGMA application_id"))
        if application == Migrations.applicationID {
            guard version <= Migrations.latest else {
                throw .newer(path: path, found: version, supported: Migrations.latest)
            }
        } else {
            let isEmpty = try number("SELECT count(*) FROM sqlite_schema") == 0
            // Another process may have laid out the empty file between the two questions.
            let now = Int32(truncatingIfNeeded: try number("PRAGMA application_id"))
            guard now == Migrations.applicationID || (application == 0 && version == 0 && isEmpty) else {
                throw .foreign(path: path, applicationID: application)
            }
        }
    }

    private func configure(_ path: String) throws(RegistryError) {
        let mode = try prepare("PRAGMA journal_mode = WAL").first { $0.text(0) } ?? nil
        guard mode == "wal" else { throw .noWriteAheadLog(path: path, mode: mode ?? "unknown") }
        // FULL: every commit is synced before it counts. secure_delete: what is erased is overwritten. trusted_schema:
        // a file from elsewhere cannot make its schema call functions.
        try execute(
            """
            PRAGMA synchronous = FULL;
            PRAGMA foreign_keys = ON;
            PRAGMA recursive_triggers = ON;
            PRAGMA trusted_schema = OFF;
            PRAGMA secure_delete = ON;
            """)
    }
}
