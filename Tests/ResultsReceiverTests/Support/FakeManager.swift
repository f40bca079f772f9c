import Glibc
import Net
import Testing

/// A service manager as a unit of Type=notify meets it: a datagram socket that takes what it is told.
final class FakeManager: Sendable {
    struct SaidNothing: Error { let heard: [[String]] }
    struct Failed: Error { let number: CInt }

    /// For `NOTIFY_SOCKET`.
    let address: String
    private let folder: TemporaryFolder
    private let socket: Descriptor

    init(inAbstractNamespace: Bool = false) throws {
        folder = try TemporaryFolder()
        let path = folder.file("notify")
        address = inAbstractNamespace ? "@\(path)" : path
        let number = Glibc.socket(AF_UNIX, CInt(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard number >= 0 else { throw Failed(number: errno) }
        socket = Descriptor(owning: number)
        var name = sockaddr_un()
        name.sun_family = sa_family_t(AF_UNIX)
        let octets = (inAbstractNamespace ? [0] : []) + Array(path.utf8)
        unsafe withUnsafeMutableBytes(of: &name.sun_path) { unsafe $0.copyBytes(from: octets) }
        // The length counts in the abstract namespace; else the zero behind the path does.
        let length = socklen_t(2 + octets.count + (inAbstractNamespace ? 0 : 1))
        let bound = unsafe withUnsafePointer(to: &name) {
            unsafe bind(number, UnsafeRawPointer($0).assumingMemoryBound(to: sockaddr.self), length)
        }
        guard bound == 0 else { throw Failed(number: errno) }
    }

    /// The lines of the next message; nil when none comes within `seconds`.
    func next(within seconds: Double = 20) -> [String]? {
        var ready = pollfd(fd: socket.number, events: Int16(POLLIN), revents: 0)
        guard unsafe poll(&ready, 1, CInt(seconds * 1000)) > 0 else { return nil }
        var buffer = [UInt8](repeating: 0, count: 64 * 1024)
        let count = unsafe recv(socket.number, &buffer, buffer.count, 0)
        guard count >= 0 else { return nil }
        return String(decoding: buffer.prefix(count), as: UTF8.self).split(separator: "\n").map(String.init)
    }

    /// The next message in which a line begins so; what comes before is passed over. It must come within 20 seconds.
    @discardableResult
    func awaits(_ start: String) throws -> [String] {
        var heard: [[String]] = []
        let end = ContinuousClock.now + .seconds(20)
        while .now < end, let lines = next() {
            if lines.contains(where: { $0.hasPrefix(start) }) { return lines }
            heard.append(lines)
        }
        throw SaidNothing(heard: heard)
    }
}
