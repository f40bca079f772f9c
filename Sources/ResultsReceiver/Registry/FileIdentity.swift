import Glibc

/// Which file a path led to once: its device and inode.
struct FileIdentity: Sendable {
    private let path: String
    private let device: dev_t
    private let inode: ino_t

    /// Nil where there is no file.
    init?(_ path: String) {
        var status = stat()
        guard unsafe stat(path, &status) == 0 else { return nil }
        self.path = path
        device = status.st_dev
        inode = status.st_ino
    }

    /// Whether the path still leads to the same file; a link to it that is left elsewhere does not count.
    var isInPlace: Bool {
        FileIdentity(path).map(isSame(as:)) ?? false
    }

    /// Whether both paths lead to one file.
    func isSame(as other: FileIdentity) -> Bool { other.device == device && other.inode == inode }
}
