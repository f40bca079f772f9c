import Glibc
import Testing

@testable import Net

/// A client of one connection that sends and reads octets as a test wants them, and waits `patience` seconds at most.
final class TestClient {
    private var socket: Descriptor?
    private var received: [UInt8] = []

    struct TimedOut: Error {}
    struct Refused: Error { let number: CInt }

    /// Not inherited by exit tests, which would keep it open.
    ///
    /// Connects to `server`, from a given address of the loopback network if need be.
    init(
        _ server: SocketAddress, from local: String? = nil, receiveBuffer: CInt? = nil, patience seconds: Int = 5
    ) throws {
        let number = Glibc.socket(
            server.ip.isVersion6 ? AF_INET6 : AF_INET, CInt(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard number >= 0 else { throw Refused(number: errno) }
        let socket = Descriptor(owning: number)
        if var size = receiveBuffer {
            unsafe setsockopt(number, SOL_SOCKET, SO_RCVBUF, &size, socklen_t(MemoryLayout<CInt>.size))
        }
        var patience = timeval(tv_sec: seconds, tv_usec: 0)
        unsafe setsockopt(number, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        unsafe setsockopt(number, SOL_SOCKET, SO_SNDTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        if let local {
            let address = try SocketAddress(parsing: "\(local):0")
            let bound = unsafe address.withKernelForm { unsafe bind(number, $0, $1) }
            guard bound == 0 else { throw Refused(number: errno) }
        }
        let connected = unsafe server.withKernelForm { unsafe connect(number, $0, $1) }
        guard connected == 0 else { throw Refused(number: errno) }
        self.socket = consume socket
    }

    /// Takes over a connected socket.
    init(_ socket: consuming Descriptor, patience seconds: Int = 5) {
        var patience = timeval(tv_sec: seconds, tv_usec: 0)
        unsafe setsockopt(socket.number, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        self.socket = consume socket
    }

    private var number: CInt { socket?.number ?? -1 }

    // MARK: Sending

    /// Sends everything; false when the server has closed or reset.
    @discardableResult
    func send(_ text: String) -> Bool { send(Array(text.utf8)) }

    @discardableResult
    func send(_ bytes: [UInt8]) -> Bool {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = unsafe rest.withUnsafeBytes {
                unsafe Glibc.send(number, $0.baseAddress, $0.count, CInt(MSG_NOSIGNAL))
            }
            guard count > 0 else { return false }
            rest = rest.dropFirst(count)
        }
        return true
    }

    func endSending() { shutdown(number, CInt(SHUT_WR)) }

    /// Ends the connection with a reset.
    func reset() {
        var linger = Glibc.linger(l_onoff: 1, l_linger: 0)
        unsafe setsockopt(number, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout<Glibc.linger>.size))
        close()
    }

    func close() { socket = nil }

    // MARK: Reading

    /// Waits for octets or the end, at most so long; false when neither came.
    func awaitsSomething(milliseconds: CInt) -> Bool {
        var ready = pollfd(fd: number, events: Int16(POLLIN), revents: 0)
        return unsafe poll(&ready, 1, milliseconds) > 0
    }

    /// False at the end; a reset is the end too where `toleratesReset`.
    private func readMore(toleratesReset: Bool = false) throws -> Bool {
        var buffer = [UInt8](repeating: 0, count: 64 * 1024)
        let count = unsafe recv(number, &buffer, buffer.count, 0)
        if count < 0 && errno == EAGAIN { throw TimedOut() }
        if count < 0 && toleratesReset { return false }
        guard count >= 0 else { throw Refused(number: errno) }
        received += buffer.prefix(count)
        return count > 0
    }

    /// Reads until the server closes.
    func readToEnd(toleratesReset: Bool = false) throws -> String {
        while try readMore(toleratesReset: toleratesReset) {}
        defer { received = [] }
        return String(decoding: received, as: UTF8.self)
    }

    struct Answer {
        var code: Int
        var head: String
        var content: String
        var closes: Bool { head.contains("\r\nConnection: close\r\n") }
    }

    /// The next answer, framed by its Content-Length.
    func answer() throws -> Answer {
        while true {
            let text = String(decoding: received, as: UTF8.self)
            if let end = text.firstRange(of: "\r\n\r\n") {
                let head = String(text[..<end.upperBound])
                let code = try #require(Int(head.dropFirst(9).prefix(3)))
                let length = head.firstMatch(of: #/Content-Length: (\d+)\r\n/#).flatMap { Int($0.1) } ?? 0
                if received.count >= head.utf8.count + length {
                    let content = String(decoding: received[head.utf8.count...].prefix(length), as: UTF8.self)
                    received = Array(received.dropFirst(head.utf8.count + length))
                    return Answer(code: code, head: head, content: content)
                }
            }
            guard try readMore() else { throw Ended() }
        }
    }

    struct Ended: Error {}

    /// What is asked and answered at once.
    func ask(_ text: String) throws -> Answer {
        send(text)
        return try answer()
    }
}
