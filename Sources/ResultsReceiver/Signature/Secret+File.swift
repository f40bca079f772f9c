internal import CHMAC
import Glibc

extension Secret {
    /// The largest secret file, in octets; a key has no use for more than the 128 of SHA-512's block.
    package static let largestFile = 65_536

    /// Reads a secret from a file: all of its octets but one LF or CRLF at the end, which editors and `echo` leave.
    ///
    /// The file may be a pipe. What was read is kept nowhere else in memory.
    package static func read(file: String) throws(SecretError) -> Secret {
        let descriptor = unsafe open(file, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw switch errno {
            case ENOENT, ENOTDIR: .missing(file: file)
            case EACCES, EPERM: .denied(file: file)
            case let code: .unreadable(file: file, code: code)
            }
        }
        defer { close(descriptor) }
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: largestFile + 1, alignment: 1)
        defer {
            unsafe chmac_wipe(buffer.baseAddress, buffer.count)
            unsafe buffer.deallocate()
        }
        var count = 0
        while count < buffer.count {
            let got = unsafe Glibc.read(descriptor, buffer.baseAddress?.advanced(by: count), buffer.count - count)
            if got == 0 { break }
            if got > 0 {
                count += got
            } else if errno == EISDIR {
                throw .directory(file: file)
            } else if errno != EINTR {
                throw .unreadable(file: file, code: errno)
            }
        }
        guard count <= largestFile else { throw .tooLarge(file: file) }
        if count > 0, unsafe buffer[count - 1] == UInt8(ascii: "\n") {
            count -= 1
            if count > 0, unsafe buffer[count - 1] == UInt8(ascii: "\r") { count -= 1 }
        }
        guard count > 0 else { throw .empty(file: file) }
        let octets = unsafe UnsafeRawBufferPointer(rebasing: buffer[..<count])
        return unsafe Secret(count: count) { target in unsafe target.copyMemory(from: octets) }
    }

    /// Whether every user of the machine may read the file. A systemd credential (a file below
    /// `$CREDENTIALS_DIRECTORY`) does not count: its folder is closed to others. False where there is no such file.
    package static func isReadableByOthers(file: String) -> Bool {
        if let folder = unsafe getenv("CREDENTIALS_DIRECTORY"), unsafe folder.pointee != 0,
            file.hasPrefix(unsafe String(cString: folder) + "/"), !file.contains("/../")
        {
            return false
        }
        var status = stat()
        guard unsafe stat(file, &status) == 0 else { return false }
        return status.st_mode & S_IFMT == S_IFREG && status.st_mode & S_IROTH != 0
    }
}

/// Why a file gives no secret. Each names the file, none what is in it.
package enum SecretError: Error, Sendable, Equatable {
    case missing(file: String)
    /// The user who runs the program may not read it.
    case denied(file: String)
    case directory(file: String)
    /// Nothing, or nothing but the end of a line.
    case empty(file: String)
    /// More than `Secret.largestFile` octets.
    case tooLarge(file: String)
    /// Another failure; `code` is an errno.
    case unreadable(file: String, code: Int32)
}

extension SecretError: CustomStringConvertible {
    /// A sentence without a full stop, for `error: …`.
    package var description: String {
        switch self {
        case .missing(let file): "there is no secret file \(file)"
        case .denied(let file): "the secret file \(file) may not be read by this user"
        case .directory(let file): "\(file) is a folder, not a secret file"
        case .empty(let file): "the secret file \(file) is empty"
        case .tooLarge(let file): "the secret file \(file) is larger than \(Secret.largestFile / 1024) KiB"
        case .unreadable(let file, let code):
            "the secret file \(file) cannot be read: \(unsafe String(cString: strerror(code)))"
        }
    }
}
