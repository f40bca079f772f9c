import Glibc

/// Why a file could not be read whole.
package enum InputFileError: Error, Sendable, Equatable {
    case missing
    case notPermitted
    /// A folder, a socket, and the like.
    case notAFile
    case tooLarge(limit: Int)
    /// `errno` of the call that failed.
    case system(Int32)

    package var message: String {
        switch self {
        case .missing: "no such file"
        case .notPermitted: "permission denied"
        case .notAFile: "not a file"
        case .tooLarge(let limit): "larger than \(limit) bytes"
        case .system(let code): InputFileError.sentence(code)
        }
    }

    /// The C library's sentence for an error number.
    package static func sentence(_ code: Int32) -> String {
        // strerror's answer is copied at once, before another call can reuse its storage.
        guard let text = unsafe strerror(code) else { return "error \(code)" }
        return unsafe String(cString: text)
    }
}

/// Reads files and standard input whole.
package enum InputFile {
    /// Opens a file for reading; the descriptor is the caller's to close.
    package static func open(_ path: String) throws(InputFileError) -> Int32 {
        let descriptor = unsafe Glibc.open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw error(errno) }
        return descriptor
    }

    /// The bytes of the file, from a pipe as well.
    ///
    /// Reads no more than `limit` bytes and one.
    package static func read(_ path: String, limit: Int) throws(InputFileError) -> [UInt8] {
        let descriptor = try open(path)
        defer { close(descriptor) }
        return try read(descriptor: descriptor, limit: limit)
    }

    /// Reads to the end of an open descriptor, which stays open.
    package static func read(descriptor: Int32, limit: Int) throws(InputFileError) -> [UInt8] {
        var content: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 64 * 1024)
        while true {
            let count = unsafe chunk.withUnsafeMutableBytes { unsafe Glibc.read(descriptor, $0.baseAddress, $0.count) }
            if count < 0 {
                if errno == EINTR { continue }
                throw error(errno)
            }
            if count == 0 { return content }
            content.append(contentsOf: chunk[..<count])
            guard content.count <= limit else { throw .tooLarge(limit: limit) }
        }
    }

    private static func error(_ code: Int32) -> InputFileError {
        switch code {
        case ENOENT, ENOTDIR: .missing
        case EACCES, EPERM: .notPermitted
        case EISDIR, ENXIO: .notAFile
        default: .system(code)
        }
    }

    /// True when something stands at `path`, of whatever kind.
    package static func exists(_ path: String) -> Bool { unsafe access(path, F_OK) == 0 }
}
