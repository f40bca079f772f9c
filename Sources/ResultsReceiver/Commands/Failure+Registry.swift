import Glibc
import Registry

// What the registry's errors mean for the caller of a command.

extension Failure {
    init(_ error: RegistryError) {
        let another = "--database FILE names another"
        switch error {
        case .missing:
            self.init(.noInput, "\(error)", hint: "\(another); 'enrolments import' and 'serve' make one")
        case .cannotOpen(_, let code) where [EACCES, EPERM, EROFS].contains(code):
            self.init(.notPermitted, "\(error)", hint: "run it as the user whose database it is; \(another)")
        case .cannotOpen(_, let code) where code == ENOENT || code == ENOTDIR:
            self.init(.cannotCreate, "\(error)", hint: "make the folder first; \(another)")
        case .cannotOpen: self.init(.cannotCreate, "\(error)", hint: another)
        case .notADatabase, .foreign: self.init(.badData, "\(error)", hint: another)
        case .newer: self.init(.badData, "\(error)")
        case .logRemoved: self.init(.unavailable, "\(error)")
        case .inUse: self.init(.unavailable, "\(error)", hint: "end what uses it first: the server, or a command")
        case .beingReplaced: self.init(.unavailable, "\(error)", hint: "try again in a moment")
        case .noWriteAheadLog: self.init(.configuration, "\(error)", hint: another)
        case .sqlite: self.init(sqlite: error)
        }
    }

    private init(sqlite error: RegistryError) {
        // The primary result codes of sqlite3.h.
        switch error.primaryCode {
        case 5, 6:
            self.init(.unavailable, "another process keeps the database locked", hint: "try again in a moment")
        case 8, 3: self.init(.notPermitted, "\(error)")
        case 10, 13: self.init(.outputError, "\(error)", hint: "look at the disk's space and health")
        case 14: self.init(.cannotCreate, "\(error)")
        case 11: self.init(.badData, "\(error)", hint: "the database is damaged: restore a backup")
        default: self.init(.internalError, "\(error)")
        }
    }
}
