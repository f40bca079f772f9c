import Foundation
import Glibc
import Net
import Testing

/// `openssl s_client` as a client whose octets the test reads and writes as it does without TLS.
final class SecureClient {
    /// The octets inside TLS.
    let inside: TestClient
    private let process = Process()
    private let errors = Pipe()

    struct NoSockets: Error {}

    /// Connects to `server`; `arguments` are those of s_client beside the address.
    init(_ server: SocketAddress, _ arguments: [String] = [], patience: Int = 10) throws {
        var ends: [CInt] = [-1, -1]
        let type = CInt(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)
        guard unsafe socketpair(AF_UNIX, type, 0, &ends) == 0 else { throw NoSockets() }
        inside = TestClient(Descriptor(owning: ends[0]), patience: patience)
        // The other end is the process's alone, so that its end is an end here.
        let theirs = FileHandle(fileDescriptor: ends[1], closeOnDealloc: true)
        process.executableURL = URL(fileURLWithPath: "/usr/bin/openssl")
        process.arguments = ["s_client", "-quiet", "-connect", "\(server)", "-verify_quiet"] + arguments
        process.standardInput = theirs
        process.standardOutput = theirs
        process.standardError = errors
        try process.run()
        try theirs.close()
    }

    deinit {
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
    }

    /// What is asked and answered at once.
    func ask(_ text: String) throws -> TestClient.Answer {
        try withExtendedLifetime(self) { try inside.ask(text) }
    }

    /// What it says on standard error until it ends, and its exit code.
    func ended() -> (code: Int32, errors: String) {
        let text = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        return (process.terminationStatus, text)
    }

    /// Runs s_client with this as its input, and returns all it says, with the exit code.
    static func run(
        _ server: SocketAddress, _ arguments: [String], input: String = ""
    ) async throws -> BuiltProgram.Ended {
        let line = (["openssl s_client -connect \(server)"] + arguments).joined(separator: " ")
        return try await BuiltProgram.shell("printf '\(input)' | \(line) 2>&1")
    }
}

/// A place between client and server that can hold back what the client sends, so that several records arrive at once.
final class HoldingRelay: @unchecked Sendable {
    // The octets are touched with the lock held; the sockets by one thread each, and closed when both are done.
    private let lock = NSLock()
    private var held: [UInt8] = []
    private var holds = false
    private let listener: Listener
    private var upstream: CInt = -1

    var address: SocketAddress { listener.address }

    init(to server: SocketAddress) throws {
        listener = try Listener(SocketAddress(parsing: "127.0.0.1:0"))
        let listener = listener
        Thread { [self] in
            var ready = pollfd(fd: listener.descriptor, events: Int16(POLLIN), revents: 0)
            guard unsafe poll(&ready, 1, 10_000) > 0, case .connection(let client, _) = listener.accept() else {
                return
            }
            _ = fcntl(client.number, F_SETFL, fcntl(client.number, F_GETFL) & ~O_NONBLOCK)
            let number = socket(AF_INET, CInt(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
            var on: CInt = 1
            unsafe setsockopt(number, CInt(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<CInt>.size))
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_port = server.port.bigEndian
            address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
            _ = unsafe withUnsafePointer(to: address) {
                unsafe connect(
                    number, UnsafeRawPointer($0).assumingMemoryBound(to: sockaddr.self),
                    socklen_t(MemoryLayout<sockaddr_in>.size))
            }
            lock.withLock { upstream = number }
            let back = Thread {
                Self.pump(number) { Self.send($0, to: client.number) }
                shutdown(client.number, CInt(SHUT_RDWR))
            }
            back.start()
            Self.pump(client.number) { octets in
                self.lock.withLock {
                    if self.holds { self.held += octets } else { Self.send(octets, to: number) }
                }
            }
            shutdown(number, CInt(SHUT_RDWR))
            while !back.isFinished { usleep(1000) }
            close(number)
        }.start()
    }

    /// From now on what the client sends stays here.
    func hold() { lock.withLock { holds = true } }

    /// How many TLS records are held, counted by their headers (RFC 8446, section 5.1).
    var heldRecords: Int {
        lock.withLock {
            var count = 0
            var position = 0
            while position + 5 <= held.count {
                position += 5 + Int(held[position + 3]) << 8 + Int(held[position + 4])
                if position <= held.count { count += 1 }
            }
            return count
        }
    }

    /// Sends what was held in one piece; what comes later is held again where `holdsOn`.
    func release(holdsOn: Bool = false) {
        lock.withLock {
            Self.send(held, to: upstream)
            held = []
            holds = holdsOn
        }
    }

    private static func pump(_ number: CInt, _ take: ([UInt8]) -> Void) {
        var buffer = [UInt8](repeating: 0, count: 64 * 1024)
        while true {
            let count = unsafe recv(number, &buffer, buffer.count, 0)
            guard count > 0 else { return }
            take(Array(buffer.prefix(count)))
        }
    }

    private static func send(_ octets: [UInt8], to number: CInt) {
        _ = unsafe Glibc.send(number, octets, octets.count, CInt(MSG_NOSIGNAL))
    }
}
