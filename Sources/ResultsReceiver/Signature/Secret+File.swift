internal import CHMAC
import Glibc

extension Secret {
    /// The largest secret file, in octets; a key has no use for more than the 128 of SHA-512's block.
    package static let largestFile = 65_536

    /// Reads a secret from a file: all of its octets but one LF or CRLF at the end, which editors and `echo` leave.
    ///
    /// The file may be a pipe. What was read is kept nowhere else in memory. A file that others may read, or that anyone
    /// but its owner may write, is refused; not so a credential of systemd (`isCredential`), whose folder is
    /// closed to others.
    package static func read(file: String, isCredential: Bool = false) throws(SecretError) -> Secret {
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
        if !isCredential { try expectClosed(descriptor, file: file) }
        let octets = unsafe UnsafeRawBufferPointer(rebasing: buffer[..<count])
        return unsafe Secret(count: count) { target in unsafe target.copyMemory(from: octets) }
    }

    /// The bits of a mode that make a secret everybody's: others may read it, or somebody beside its owner may put
    /// another in its place. A group may read: it is how an administrator gives a service what the service cannot change.
    private static let exposing: mode_t = S_IROTH | S_IWOTH | S_IWGRP

    /// Judges the file that was opened, so that neither a link nor a quick exchange shows another one's mode. A terminal
    /// or another device has no mode that says anything.
    private static func expectClosed(_ descriptor: Int32, file: String) throws(SecretError) {
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0 else { throw .unreadable(file: file, code: errno) }
        let kind = status.st_mode & S_IFMT
        guard kind == S_IFREG || kind == S_IFIFO, status.st_mode & exposing != 0 else { return }
        throw .exposed(file: file, mode: status.st_mode & 0o777)
    }
}

/// Why a file gives no secret. Each names the file, none what is in it.
package enum SecretError: Error, Sendable, Equatable {
    case missing(file: String)
    /// The user who runs the program may not read it.
    case denied(file: String)
    case directory(file: String)
    /// Others may read it, or write it; `mode` has the nine permission bits.
    case exposed(file: String, mode: UInt32)
    /// Nothing, or nothing but the end of a line.
    case empty(file: String)
    /// More than `Secret.largestFile` octets.
    case tooLarge(file: String)
    /// Another failure; `code` is an errno.
    case unreadable(file: String, code: Int32)
}

extension SecretError: CustomStringConvertible {
    /// A sentence without a full stop, for `error: …`.
    package var description: String { description(of: "secret file") }

    /// The same for another file that is as secret; `kind` is what it is called.
    package func description(of kind: String) -> String {
        switch self {
        case .missing(let file): "there is no \(kind) \(file)"
        case .denied(let file): "the \(kind) \(file) may not be read by this user"
        case .directory(let file): "\(file) is a folder, not a \(kind)"
        case .exposed(let file, let mode):
            "the \(kind) \(file) has mode 0\(String(mode, radix: 8)): other users can "
                + (mode & S_IROTH != 0 ? "read it" : "change it")
        case .empty(let file): "the \(kind) \(file) is empty"
        case .tooLarge(let file): "the \(kind) \(file) is larger than \(Secret.largestFile / 1024) KiB"
        case .unreadable(let file, let code):
            "the \(kind) \(file) cannot be read: \(unsafe String(cString: strerror(code)))"
        }
    }
}
