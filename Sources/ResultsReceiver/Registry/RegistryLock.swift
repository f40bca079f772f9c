import Glibc

/// That a database is in use: a lock on the file `NAME.lock` beside it, shared by all who use the database, and exclusive
/// for whoever puts another file in its place. The kernel drops it with its process, however that ends; the file stays.
///
/// A file of its own, because the database itself changes places, and because closing a descriptor of it would drop
/// SQLite's locks. flock(2) and not fcntl(2): the lock belongs to this descriptor, not to the whole process.
final class RegistryLock: Sendable {
    enum Kind {
        case shared
        case exclusive
    }

    private let descriptor: Int32

    /// - Parameters:
    ///   - path: of the database, whose folder must be there.
    ///   - kind: whether others may hold it too.
    ///   - patience: how long to wait for others, in milliseconds.
    /// - Throws: `beingReplaced` when a shared lock, `inUse` when an exclusive one is not to be had; `cannotOpen`.
    init(of path: String, _ kind: Kind, patience: Int32 = 0) throws(RegistryError) {
        let name = RegistryFile.resolved(path) + ".lock"
        descriptor = unsafe open(name, O_RDONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw .cannotOpen(path: name, errno: errno) }
        RegistryFile.giveToOwner(of: path, descriptor)
        let operation = (kind == .shared ? LOCK_SH : LOCK_EX) | LOCK_NB
        var waited: Int32 = 0
        while flock(descriptor, operation) != 0 {
            let number = errno
            if number == EINTR { continue }
            guard number == EWOULDBLOCK else {
                close(descriptor)
                throw .cannotOpen(path: name, errno: number)
            }
            guard waited < patience else {
                close(descriptor)
                throw kind == .shared ? .beingReplaced(path: path) : .inUse(path: path)
            }
            // The holder is another process, of which nothing tells when it ends.
            usleep(20_000)
            waited += 20
        }
    }

    deinit { close(descriptor) }
}
