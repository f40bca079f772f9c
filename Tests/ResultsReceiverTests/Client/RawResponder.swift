import Foundation
import Glibc
import Synchronization

/// A server for one connection on an ephemeral port of 127.0.0.1: it reads one request, answers with given octets
/// (or before any request, or keeps silent until its client goes), and tells afterwards what it read.
final class RawResponder: Sendable {
    enum Answer: Sendable { case octets([UInt8]), atOnce([UInt8]), silence }

    let port: UInt16
    private let received = Mutex<[UInt8]>([])
    private let done = DispatchSemaphore(value: 0)

    struct SocketFailure: Error { let code: Int32 }

    convenience init(_ text: String) throws { try self.init(.octets(Array(text.utf8))) }

    init(_ answer: Answer) throws {
        let (listener, port) = try Self.listen()
        self.port = port
        let thread = Thread { [self] in
            let connection = accept(listener, nil, nil)
            close(listener)
            if case .atOnce = answer {
            } else {
                let request = Self.readRequest(connection)
                received.withLock { $0 = request }
            }
            switch answer {
            case .octets(let octets), .atOnce(let octets):
                _ = unsafe send(connection, octets, octets.count, Int32(MSG_NOSIGNAL))
                shutdown(connection, Int32(SHUT_WR))
            case .silence: break
            }
            var rest: UInt8 = 0
            while unsafe read(connection, &rest, 1) > 0 {}
            close(connection)
            done.signal()
        }
        thread.start()
    }

    /// What came, once the connection is over.
    func request() -> String {
        done.wait()
        return received.withLock { String(decoding: $0, as: UTF8.self) }
    }

    /// A port at which nothing listens: it was just given back.
    static func closedPort() throws -> UInt16 {
        let (listener, port) = try listen()
        close(listener)
        return port
    }

    private static func listen() throws -> (Int32, UInt16) {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let bound = unsafe withUnsafeMutablePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                unsafe bind(listener, pointer, length) == 0 && Glibc.listen(listener, 1) == 0
                    && getsockname(listener, pointer, &length) == 0
            }
        }
        guard bound else { throw SocketFailure(code: errno) }
        return (listener, UInt16(bigEndian: address.sin_port))
    }

    /// A head, and as much content as it says.
    private static func readRequest(_ connection: Int32) -> [UInt8] {
        var octets: [UInt8] = []
        var wanted: Int?
        while wanted.map({ octets.count < $0 }) ?? true {
            var buffer = [UInt8](repeating: 0, count: 4096)
            let count = unsafe read(connection, &buffer, buffer.count)
            guard count > 0 else { break }
            octets += buffer.prefix(count)
            guard wanted == nil else { continue }
            let text = String(decoding: octets, as: UTF8.self)
            guard let end = text.firstRange(of: "\r\n\r\n") else { continue }
            let head = text[..<end.upperBound]
            let length = head.lowercased().split(separator: "\r\n").first { $0.hasPrefix("content-length:") }
            wanted = head.utf8.count + (length.flatMap { Int($0.dropFirst(15).drop { $0 == " " }) } ?? 0)
        }
        return octets
    }
}
