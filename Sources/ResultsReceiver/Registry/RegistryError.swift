/// What goes wrong between the registry and its database file.
///
/// Carries SQLite's codes and the SQL text, never a bound value: errors reach log lines, and the values are personal.
package enum RegistryError: Error, Sendable, Equatable, CustomStringConvertible {
    /// SQLite refused. `code` is the extended result code; `sql` the statement, nil outside one.
    case sqlite(code: Int32, message: String, sql: String?)
    /// The file could not be made or opened; `errno` says why (ENOENT: its folder is missing).
    case cannotOpen(path: String, errno: Int32)
    /// There is no such file, and this caller does not create one.
    case missing(path: String)
    /// The file holds something else than an SQLite database.
    case notADatabase(path: String)
    /// An SQLite database of another application; its application id, 0 where it names none.
    case foreign(path: String, applicationID: Int32)
    /// Written by a newer release of this program: schema versions of the file and of this program.
    case newer(path: String, found: Int, supported: Int)
    /// The database's log or its index was deleted while in use, and not all of the log is saved yet.
    case logRemoved(path: String)
    /// Others use it, so that no other file can take its place.
    case inUse(path: String)
    /// Another process is putting another file in its place.
    case beingReplaced(path: String)
    /// The file system under the file cannot carry a write-ahead log (a network share, say).
    case noWriteAheadLog(path: String, mode: String)

    /// SQLite's primary result code, nil where the error is not SQLite's.
    package var primaryCode: Int32? {
        guard case .sqlite(let code, _, _) = self else { return nil }
        return code & 0xFF
    }

    package var description: String {
        switch self {
        case .sqlite(let code, let message, let sql):
            "SQLite \(code): \(message)" + (sql.map { " in: \($0)" } ?? "")
        case .cannotOpen(let path, let errno):
            "cannot open the database \(path): \(SystemText.describe(errno))"
        case .missing(let path):
            "there is no database \(path)"
        case .notADatabase(let path):
            "\(path) is not a database"
        case .foreign(let path, let applicationID):
            "\(path) is the database of another application (application id \(applicationID))"
        case .newer(let path, let found, let supported):
            "\(path) has schema version \(found); this program knows versions up to \(supported): use a newer release"
        case .logRemoved(let path):
            "the log of the database \(path) was deleted: it is being saved"
        case .inUse(let path):
            "\(path) is in use"
        case .beingReplaced(let path):
            "\(path) is being restored"
        case .noWriteAheadLog(let path, let mode):
            "\(path) cannot use a write-ahead log on its file system (journal mode stays \(mode)): use a local disk"
        }
    }
}
