import Glibc

/// Files as a backup and its restoration make them: of the owner alone, on disk before they count, all or nothing.
enum FileCopy {
    /// Makes a file that was not there, with mode 0600.
    static func create(_ path: String) throws(FileFault) -> Int32 {
        let descriptor = unsafe open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw FileFault(path) }
        return descriptor
    }

    /// Copies a file's bytes into one that was not there, and syncs it.
    static func copy(_ source: String, to path: String) throws(FileFault) {
        let input = unsafe open(source, O_RDONLY | O_CLOEXEC)
        guard input >= 0 else { throw FileFault(source) }
        defer { close(input) }
        let output = try create(path)
        defer { close(output) }
        var buffer = [UInt8](repeating: 0, count: 1 << 20)
        while true {
            let count = unsafe read(input, &buffer, buffer.count)
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { throw FileFault(source) }
            if count == 0 { break }
            var position = 0
            while position < count {
                let written = unsafe buffer[position..<count].withUnsafeBytes {
                    unsafe write(output, $0.baseAddress, $0.count)
                }
                if written < 0 && errno == EINTR { continue }
                guard written > 0 else { throw FileFault(path) }
                position += written
            }
        }
        guard fsync(output) == 0 else { throw FileFault(path) }
    }

    /// Gives a file another name, unless one of that name is there already.
    static func rename(_ path: String, toNew name: String) throws(FileFault) {
        // A hard link is the one way to a name that never overwrites. Not every file system has them: FAT, some shares.
        if unsafe link(path, name) == 0 {
            _ = unsafe unlink(path)
        } else {
            let number = errno
            guard [EPERM, ENOTSUP, ENOSYS, EMLINK].contains(number), !exists(name), unsafe Glibc.rename(path, name) == 0
            else { throw FileFault(name, number == EEXIST || exists(name) ? EEXIST : number) }
        }
        try syncFolder(of: name)
    }

    /// Has the names in a file's folder on disk.
    static func syncFolder(of path: String) throws(FileFault) {
        let folder = RegistryFile.folder(of: path)
        let descriptor = unsafe open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw FileFault(folder) }
        defer { close(descriptor) }
        // EINVAL: a file system that has no such thing.
        guard fsync(descriptor) == 0 || errno == EINVAL else { throw FileFault(folder) }
    }

    /// A link that leads nowhere is there too.
    static func exists(_ path: String) -> Bool {
        var status = stat()
        return unsafe lstat(path, &status) == 0
    }

    static func remove(_ path: String) { _ = unsafe unlink(path) }

    /// What SQLite keeps beside a database.
    static let companions = ["-wal", "-journal", "-shm"]

    /// Bytes.
    static func size(_ path: String) -> Int64 {
        var status = stat()
        return unsafe stat(path, &status) == 0 ? Int64(status.st_size) : 0
    }
}

/// A file that could not be made, read or written.
package struct FileFault: Error, Sendable, Equatable {
    package let path: String
    /// errno
    package let number: Int32

    init(_ path: String, _ number: Int32 = errno) {
        self.path = path
        self.number = number
    }
}
