import CSQLite
import Glibc

/// The database as a file, before SQLite sees it.
enum RegistryFile {
    /// Makes a missing file with mode 0600 when `creating`.
    ///
    /// An existing file is not opened here: closing a descriptor would drop the locks that other connections of this
    /// process hold on the file ("How To Corrupt An SQLite Database File", section 2.2).
    static func prepare(_ path: String, creating: Bool) throws(RegistryError) {
        guard !path.isEmpty, !path.utf8.contains(0) else { throw .cannotOpen(path: path, errno: ENOENT) }
        if creating {
            let descriptor = unsafe open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
            if descriptor >= 0 {
                close(descriptor)
                return
            }
            let number = errno
            guard number == EEXIST else { throw .cannotOpen(path: path, errno: number) }
        }
        var status = stat()
        guard unsafe stat(path, &status) == 0 else {
            let number = errno
            // ENOTDIR: what should be its folder is a file.
            throw [ENOENT, ENOTDIR].contains(number) && !creating
                ? .missing(path: path) : .cannotOpen(path: path, errno: number)
        }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw .cannotOpen(path: path, errno: status.st_mode & S_IFMT == S_IFDIR ? EISDIR : EINVAL)
        }
        guard unsafe access(path, R_OK | W_OK) == 0 else { throw .cannotOpen(path: path, errno: errno) }
        // The -wal and -shm files are made beside it.
        guard unsafe access(folder(of: path), W_OK | X_OK) == 0 else { throw .cannotOpen(path: path, errno: errno) }
    }

    /// Whether the file's mode lets anyone but its owner read or write it.
    static func isOpenToOthers(_ path: String) -> Bool {
        var status = stat()
        return unsafe stat(path, &status) == 0 && status.st_mode & 0o077 != 0
    }

    /// SQLite's answer while opening, told as what it means for this file.
    static func explain(_ error: RegistryError, path: String) -> RegistryError {
        error.primaryCode == SQLITE_NOTADB ? .notADatabase(path: path) : error
    }

    /// The path without symbolic links, as SQLite takes it to name the files beside the database; of a missing file as it
    /// is.
    static func resolved(_ path: String) -> String {
        guard let real = unsafe realpath(path, nil) else { return path }
        // "The caller should deallocate this buffer using free(3)."
        defer { unsafe free(real) }
        return unsafe String(cString: real)
    }

    /// Has a file that root made belong to the database's owner, or to its folder's where there is no database yet, so
    /// that what an administrator runs keeps nothing from the server. Changes nothing for any other user.
    static func giveToOwner(of path: String, _ descriptor: Int32) {
        guard geteuid() == 0 else { return }
        var status = stat()
        guard unsafe stat(path, &status) == 0 || stat(folder(of: resolved(path)), &status) == 0 else { return }
        _ = fchown(descriptor, status.st_uid, status.st_gid)
    }

    static func folder(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }
}
