internal import CSQLite
import Glibc

/// Why there is no backup. Nothing of it is left.
package enum BackupError: Error, Sendable, Equatable {
    /// A file of that name is there.
    case exists
    /// Another backup of the same name is being written.
    case underWay
    case file(FileFault)
    /// SQLITE_CORRUPT: what was written is not sound, hence neither is the database.
    case registry(RegistryError)
}

/// How far a backup or the like is.
package enum CopyProgress: Sendable, Equatable {
    /// Bytes.
    case copied(Int64, of: Int64)
    case verifying
}

extension RegistryAccess {
    /// Writes the registry's present state into a new file: one database, complete, for the owner alone, on disk and
    /// verified when this returns.
    ///
    /// SQLite's online backup within a read transaction: writers go on meanwhile and do not show. The file gets its name
    /// only in the end.
    ///
    /// - Returns: its size in bytes, and how many results it holds.
    package func backUp(
        to path: String, progress: (CopyProgress) -> Void = { _ in }
    ) throws(BackupError) -> (bytes: Int64, results: Int) {
        guard !FileCopy.exists(path) else { throw .exists }
        let partial = path + ".partial"
        // What a killed backup has left is taken over; its lock went with it.
        let descriptor = unsafe open(partial, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw .file(FileFault(partial)) }
        defer { close(descriptor) }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else { throw .underWay }
        do throws(BackupError) {
            guard fchmod(descriptor, 0o600) == 0, ftruncate(descriptor, 0) == 0 else {
                throw .file(FileFault(partial))
            }
            let results: Int
            do throws(RegistryError) {
                try copy(to: partial, descriptor, progress)
                progress(.verifying)
                results = try Self.verify(partial)
            } catch { throw BackupError.registry(error) }
            guard fsync(descriptor) == 0 else { throw .file(FileFault(partial)) }
            do throws(FileFault) { try FileCopy.rename(partial, toNew: path) } catch {
                throw error.number == EEXIST ? .exists : .file(error)
            }
            return (FileCopy.size(path), results)
        } catch {
            FileCopy.remove(partial)
            throw error
        }
    }

    /// So many pages at a stretch: 4 MiB.
    private static let pagesAtOnce: Int32 = 1024

    private func copy(
        to path: String, _ descriptor: Int32, _ progress: (CopyProgress) -> Void
    ) throws(RegistryError) {
        let target = try Connection(file: path)
        // Nobody else reads it before it is whole, and a broken one is thrown away.
        try target.execute("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF")
        try connection.snapshot { () throws(RegistryError) in
            // Begins the read transaction, in which the backup then stays: else each commit of others would begin it anew.
            let pageSize = Int64(try connection.number("PRAGMA page_size"))
            _ = try connection.number("SELECT count(*) FROM sqlite_schema")
            guard let backup = unsafe sqlite3_backup_init(target.handle, "main", connection.handle, "main") else {
                throw target.error(unsafe sqlite3_errcode(target.handle), sql: nil)
            }
            var code = SQLITE_OK
            while code == SQLITE_OK {
                code = unsafe sqlite3_backup_step(backup, Self.pagesAtOnce)
                let total = Int64(unsafe sqlite3_backup_pagecount(backup))
                let rest = Int64(unsafe sqlite3_backup_remaining(backup))
                // Little by little: a sync of everything at the end would hold up the commits of the server.
                if fdatasync(descriptor) != 0, code == SQLITE_OK { code = SQLITE_IOERR }
                progress(.copied((total - rest) * pageSize, of: total * pageSize))
            }
            let ended = unsafe sqlite3_backup_finish(backup)
            guard code == SQLITE_DONE, ended == SQLITE_OK else {
                throw target.error(code == SQLITE_DONE ? ended : code, sql: nil)
            }
        }
        // One file, which can be read from any medium.
        try target.execute("PRAGMA journal_mode = DELETE")
    }

    /// Reads the whole copy. Answers how many results it holds; throws SQLITE_CORRUPT where it is not sound.
    private static func verify(_ path: String) throws(RegistryError) -> Int {
        let copy = try Connection(file: path)
        let damage = try copy.damage()
        guard damage.isEmpty else {
            throw .sqlite(code: SQLITE_CORRUPT, message: damage.joined(separator: "; "), sql: nil)
        }
        return try copy.number("SELECT count(*) FROM result")
    }
}
