import Glibc
internal import CSQLite
package import Results

/// Why a backup did not take the database's place, which is as it was before.
package enum RestoreError: Error, Sendable, Equatable {
    /// What should be the backup is the database itself.
    case sameFile
    /// A file could not be made, read or written.
    case file(FileFault)
    /// The backup is damaged: SQLite's words.
    case unsound([String])
    /// The backup, or the place of the database, is at fault.
    case registry(RegistryError)
}

/// What a restoration did.
package struct RestoreReport: Sendable, Equatable {
    package var results = 0
    /// The name under which the database that was there is kept; nil: there was none.
    package var kept: String?
    /// Results of the one that was there which the backup does not have; nil: it could not be read.
    package var missing: Int?
    /// What contradicts itself in the backup.
    package var contradictions: [String] = []
}

/// Puts a backup in the place of the database: all or nothing. What was there is kept beside it.
///
/// The backup is copied, checked and brought to the latest schema under another name first, and takes its place by one
/// rename. Whoever uses the database keeps that from happening, and cannot begin to use it meanwhile (`RegistryLock`).
package struct RegistryRestore {
    private let source: String
    private let path: String
    private let shown: String
    private var candidate: String { path + ".restoring" }

    /// - Parameters:
    ///   - source: a backup, or any copy of a registry's file with what SQLite kept beside it.
    ///   - path: of the database; may be missing, its folder not.
    package init(from source: String, to path: String) {
        self.source = source
        self.path = RegistryFile.resolved(path)
        shown = path
    }

    package func run(
        at moment: Timestamp = .now(), progress: (CopyProgress) -> Void = { _ in }
    ) throws(RestoreError) -> RestoreReport {
        let lock = try registry { () throws(RegistryError) in
            if FileCopy.exists(path) { try RegistryFile.prepare(path, creating: false) }
            return try RegistryLock(of: shown, .exclusive)
        }
        defer { withExtendedLifetime(lock) {} }
        if let backup = FileIdentity(source), FileIdentity(path)?.isSame(as: backup) == true { throw .sameFile }
        defer { clear() }
        try copy(progress)
        var report = try registry { () throws(RegistryError) in try examine(progress) }
        try registry { () throws(RegistryError) in try learnFromOld(&report) }
        do throws(FileFault) { report.kept = try swap(at: moment) } catch { throw .file(error) }
        return report
    }

    /// What is thrown about the candidate is about the backup.
    private func registry<Value>(_ body: () throws(RegistryError) -> Value) throws(RestoreError) -> Value {
        do throws(RegistryError) { return try body() } catch {
            switch error {
            case .notADatabase(candidate): throw .registry(.notADatabase(path: source))
            case .foreign(candidate, let id): throw .registry(.foreign(path: source, applicationID: id))
            case .newer(candidate, let found, let supported):
                throw .registry(.newer(path: source, found: found, supported: supported))
            case .sqlite(SQLITE_CORRUPT, let message, nil): throw .unsound([message])
            default: throw .registry(error)
            }
        }
    }

    // MARK: The backup

    private func copy(_ progress: (CopyProgress) -> Void) throws(RestoreError) {
        clear()
        guard unsafe access(source, R_OK) == 0 else { throw .file(FileFault(source)) }
        // A database that is in use changes while it is copied; 'database backup' copies that.
        let lock = try lockOfSource()
        defer { withExtendedLifetime(lock) {} }
        let size = FileCopy.size(source)
        progress(.copied(0, of: size))
        do throws(FileFault) {
            try FileCopy.copy(source, to: candidate)
            for companion in ["-wal", "-journal"] where FileCopy.exists(source + companion) {
                try FileCopy.copy(source + companion, to: candidate + companion)
            }
        } catch { throw .file(error) }
        progress(.copied(size, of: size))
    }

    /// Nil: nobody can have it locked, or it is not for this user to know.
    private func lockOfSource() throws(RestoreError) -> RegistryLock? {
        guard FileCopy.exists(RegistryFile.resolved(source) + ".lock") else { return nil }
        do throws(RegistryError) { return try RegistryLock(of: source, .exclusive) } catch {
            if case .inUse = error { throw .registry(error) }
            return nil
        }
    }

    /// Checks the copy, and brings it to the latest schema.
    private func examine(_ progress: (CopyProgress) -> Void) throws(RegistryError) -> RestoreReport {
        progress(.verifying)
        let damage = try Connection(inspecting: candidate, isAlone: true).damage()
        guard damage.isEmpty else {
            throw .sqlite(code: SQLITE_CORRUPT, message: damage.joined(separator: "; "), sql: nil)
        }
        let findings = try Connection(registry: candidate, creating: false, isAlone: true).findings()
        return RestoreReport(results: findings.results, contradictions: findings.contradictions)
    }

    // MARK: The database that was there

    /// Empties the log of the old database into it, so that it is one file, and has ids go on where it ended: whoever
    /// asks for the results after one must not miss those that come now.
    private func learnFromOld(_ report: inout RestoreReport) throws(RegistryError) {
        guard FileCopy.exists(path) else { return report.missing = 0 }
        do throws(RegistryError) {
            let old = try Connection(inspecting: path, isAlone: true)
            try old.execute("PRAGMA query_only = OFF; PRAGMA journal_mode = DELETE")
        } catch {
            // A program that knows no RegistryLock uses it.
            if error.isBusy { throw .inUse(path: shown) }
            // It is damaged, or none, which may be why it is replaced.
            return
        }
        let new = try Connection(registry: candidate, creating: false, isAlone: true)
        do throws(RegistryError) {
            let attach = try new.prepare("ATTACH ?1 AS old")
            attach.bind(path.hasPrefix("/") || path.hasPrefix(".") ? path : "./" + path, at: 1)
            try attach.run()
            // First, and whole or not at all: of a damaged database this may be all that can be read.
            try new.transaction { () throws(RegistryError) in
                for table in ["result", "delivery"] { try goOn(after: "old", table, in: new) }
            }
            report.missing = try new.number(
                "SELECT count(*) FROM old.result AS o WHERE NOT EXISTS (SELECT 1 FROM main.result WHERE digest = o.digest)"
            )
        } catch {
            report.missing = nil
        }
        try? new.execute("DETACH old")
        // One file, closed with nothing beside it.
        try new.execute("PRAGMA main.journal_mode = DELETE")
    }

    /// The ids of a table go on where those of an attached database ended.
    private func goOn(after place: String, _ table: String, in new: Connection) throws(RegistryError) {
        func last(_ place: String) throws(RegistryError) -> Int {
            try new.number("SELECT coalesce(max(seq), 0) FROM \(place).sqlite_sequence WHERE name = '\(table)'")
        }
        let id = try last(place)
        guard try id > last("main") else { return }
        try new.execute(
            """
            DELETE FROM main.sqlite_sequence WHERE name = '\(table)';
            INSERT INTO main.sqlite_sequence(name, seq) VALUES ('\(table)', \(id));
            """)
    }

    // MARK: The change

    /// The database is there at every moment: the old one gets its second name before the new one takes the first.
    private func swap(at moment: Timestamp) throws(FileFault) -> String? {
        try settleCandidate()
        var kept: String?
        if FileCopy.exists(path) {
            let name = keptName(moment)
            if unsafe link(path, name) != 0 {
                // A file system without hard links: between two renames there is no database, but the lock holds.
                guard unsafe rename(path, name) == 0 else { throw FileFault(name) }
            }
            kept = name
            // Left where the old one could not be opened; beside the new one they would be taken for its own.
            for companion in ["-wal", "-journal"] { _ = unsafe rename(path + companion, name + companion) }
            FileCopy.remove(path + "-shm")
        }
        guard unsafe rename(candidate, path) == 0 else {
            let fault = FileFault(path)
            if let kept {
                for companion in ["-wal", "-journal"] { _ = unsafe rename(kept + companion, path + companion) }
                if FileCopy.exists(path) { FileCopy.remove(kept) } else { _ = unsafe rename(kept, path) }
            }
            throw fault
        }
        try FileCopy.syncFolder(of: path)
        return kept
    }

    /// Owner and mode as the old one's, and on disk.
    private func settleCandidate() throws(FileFault) {
        let descriptor = unsafe open(candidate, O_RDWR | O_CLOEXEC | O_NOFOLLOW)
        guard descriptor >= 0 else { throw FileFault(candidate) }
        defer { close(descriptor) }
        RegistryFile.giveToOwner(of: path, descriptor)
        var status = stat()
        if unsafe stat(path, &status) == 0 { _ = fchmod(descriptor, status.st_mode & 0o777) }
        guard fsync(descriptor) == 0 else { throw FileFault(candidate) }
    }

    /// `results.db.before-20261122T064705Z`
    private func keptName(_ moment: Timestamp) -> String {
        let stamp = String(moment.iso8601.prefix(19)).filter { $0 != "-" && $0 != ":" } + "Z"
        var name = "\(path).before-\(stamp)"
        var count = 2
        while FileCopy.exists(name) || FileCopy.exists(name + "-wal") {
            name = "\(path).before-\(stamp)-\(count)"
            count += 1
        }
        return name
    }

    private func clear() {
        for suffix in [""] + FileCopy.companions { FileCopy.remove(candidate + suffix) }
    }
}
