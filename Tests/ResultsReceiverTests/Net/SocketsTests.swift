import Glibc
import Testing

@testable import Net

/// System calls, descriptors, listeners, transport.
@Suite struct SocketsTests {
    @Test func anInterruptedCallIsMadeAgain() throws {
        var calls = 0
        let result: CInt = try systemCall("test") {
            calls += 1
            errno = EINTR
            return calls < 4 ? -1 : 7
        }
        #expect(result == 7)
        #expect(calls == 4)
    }

    @Test func aFailedCallTellsItsNumberAndName() {
        #expect(throws: SystemError(ENOSPC, "write")) {
            try systemCall("write") {
                errno = ENOSPC
                return CInt(-1)
            }
        }
        #expect(SystemError(EADDRINUSE, "bind").description == "bind: Address already in use")
    }

    @Test func aDescriptorUsedAfterItWasClosedTraps() async {
        await #expect(processExitsWith: .failure) {
            let transport = PlainTransport(Descriptor(owning: dup(STDERR_FILENO)))
            transport.close()
            _ = unsafe transport.receive(into: UnsafeMutableRawBufferPointer(start: nil, count: 0))
        }
    }

    @Test func aDescriptorIsClosedWhenItsOwnerLetsItGo() {
        let number: CInt
        do {
            let descriptor = Descriptor(owning: dup(STDERR_FILENO))
            number = descriptor.number
            #expect(fcntl(number, F_GETFD) >= 0)
        }
        // Another test may have got the number meanwhile, but then not for the standard error's file.
        var ours = stat()
        var standard = stat()
        let isOpen = unsafe fstat(number, &ours) == 0
        unsafe fstat(STDERR_FILENO, &standard)
        #expect(!isOpen || ours.st_ino != standard.st_ino || ours.st_dev != standard.st_dev)
    }

    @Test func aPortInUseIsToldApart() throws {
        let first = try Listener(SocketAddress(parsing: "127.0.0.1:0"))
        #expect(first.address.port != 0)
        #expect(throws: ListenerError.inUse(first.address)) { try Listener(first.address) }
        #expect(ListenerError.inUse(first.address).description.contains("\(first.address)"))
    }

    @Test func anAddressOfAnotherMachineIsNotAvailable() throws {
        let foreign = try SocketAddress(parsing: "192.0.2.1:0")
        #expect(throws: ListenerError.notAvailable(foreign)) { try Listener(foreign) }
    }

    @Test func bothLoopbackAddressesCanHaveTheSamePort() throws {
        let six = try Listener(SocketAddress(parsing: "[::]:0"))
        let four = try Listener(SocketAddress(ip: .v4(0), port: six.address.port))
        #expect(four.address.port == six.address.port)
    }

    @Test func acceptedSocketsDoNotDelayAndDoNotBlock() throws {
        let listener = try Listener(SocketAddress(parsing: "127.0.0.1:0"))
        guard case .wouldBlock = listener.accept() else {
            Issue.record("nobody has connected")
            return
        }
        let client = Descriptor(owning: socket(AF_INET, CInt(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0))
        let connected = unsafe listener.address.withKernelForm { unsafe connect(client.number, $0, $1) }
        #expect(connected == 0)
        guard case .connection(let descriptor, let address) = listener.accept() else {
            Issue.record("a connection waits")
            return
        }
        #expect(address.ip == .loopback4)
        var on: CInt = 0
        var length = socklen_t(MemoryLayout<CInt>.size)
        unsafe getsockopt(descriptor.number, CInt(IPPROTO_TCP), TCP_NODELAY, &on, &length)
        #expect(on != 0)
        #expect(fcntl(descriptor.number, F_GETFL) & O_NONBLOCK != 0)
        #expect(fcntl(descriptor.number, F_GETFD) & FD_CLOEXEC != 0)
    }

    @Test func transportTellsWouldBlockEndAndFailureApart() throws {
        var ends: [CInt] = [0, 0]
        let type = CInt(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
        #expect(unsafe socketpair(AF_UNIX, type, 0, &ends) == 0)
        let here = PlainTransport(Descriptor(owning: ends[0]))
        let there = PlainTransport(Descriptor(owning: ends[1]))
        func receive(_ transport: PlainTransport) -> Transfer {
            var buffer = [UInt8](repeating: 0, count: 100_000)
            return unsafe buffer.withUnsafeMutableBytes { unsafe transport.receive(into: $0) }
        }
        #expect(receive(here) == .wouldBlock)

        // A write that is cut short, and one for which there is no room at all.
        let much = [UInt8](repeating: 1, count: 10_000_000)
        let sent = unsafe much.withUnsafeBytes { unsafe here.send($0) }
        guard case .octets(let count) = sent, count < much.count else {
            Issue.record("\(sent)")
            return
        }
        #expect(unsafe much.withUnsafeBytes { unsafe here.send($0) } == .wouldBlock)

        here.endSending()
        var received = 0
        while case .octets(let more) = receive(there) { received += more }
        #expect(received == count)
        #expect(receive(there) == .ended)
        // What was ended is an error to write to, not a signal that ends the process.
        #expect(unsafe much.withUnsafeBytes { unsafe here.send($0) } == .failed(SystemError(EPIPE, "send")))
    }
}
