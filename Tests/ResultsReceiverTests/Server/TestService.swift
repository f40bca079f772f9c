import Dispatch
import HTTP
import Log
import Net
import Server
import Synchronization
import Testing

/// A service whose path says how it answers:
/// - `/refused`: 403 before the content is read
/// - `/echo`: 200 with the content
/// - `/later`: 200, when the test lets it
/// - `/huge`: 200 with 8 MiB
/// - `/close`: 200 and close
final class TestService: Service {
    private let desk: TestDesk

    init(_ desk: TestDesk) { self.desk = desk }

    func admit(_ head: RequestHead, from client: Client) -> Admission {
        desk.note("admit \(head.path)")
        switch head.path {
        case "/echo": return .receive(Echo(limit: desk.contentLimit))
        case "/later": return .receive(Later(desk: desk, limit: desk.contentLimit))
        case "/huge":
            let desk = desk
            return .respond(
                Response(
                    status: .ok, content: [UInt8](repeating: 0x78, count: 8 << 20),
                    undelivered: { desk.note("undelivered") }))
        case "/close": return .respond(Response(status: .ok, closes: true))
        case "/who": return .respond(Response(status: .ok, content: Array(client.address.utf8)))
        default: return .respond(Response(status: .forbidden, content: Array("no".utf8)))
        }
    }

    // Methods, not closures: what must stay on the lane must not become a concurrent function (ContentReceiver).

    private struct Echo: ContentReceiver {
        let limit: Int
        func receive(_ content: [UInt8]) async -> Response { Response(status: .ok, content: content) }
    }

    private struct Later: ContentReceiver {
        let desk: TestDesk
        let limit: Int

        func receive(_ content: [UInt8]) async -> Response {
            await desk.gate()
            return Response(status: .ok, content: content, undelivered: { [desk] in desk.note("undelivered") })
        }
    }

    func refuse(_ refusal: Refusal, head: RequestHead?, from client: Client) -> Response {
        desk.note("refuse \(refusal) \(head?.path ?? "-")")
        let status =
            switch refusal {
            case .malformed, .contentTooLarge, .contentTimedOut: Status.badRequest
            case .contentEvicted, .tooManyConnections: Status.serviceUnavailable
            }
        return Response(status: status, content: Array("\(refusal)".utf8))
    }
}

/// Where a test and its services meet: what they noted, and a gate for `/later`.
final class TestDesk: Sendable {
    private struct State {
        var notes: [String] = []
        var watchers: [(wanted: String, count: Int, continuation: CheckedContinuation<Bool, Never>)] = []
        var gated: [CheckedContinuation<Void, Never>] = []
    }

    let contentLimit: Int
    private let state = Mutex(State())

    init(contentLimit: Int = 1 << 20) { self.contentLimit = contentLimit }

    var notes: [String] { state.withLock { $0.notes } }
    func count(_ note: String) -> Int { notes.count { $0 == note } }

    func note(_ note: String) {
        let due = state.withLock { state in
            state.notes.append(note)
            let count = state.notes.count { $0 == note }
            let due = state.watchers.filter { $0.wanted == note && $0.count <= count }
            state.watchers.removeAll { $0.wanted == note && $0.count <= count }
            return due.map(\.continuation)
        }
        for continuation in due { continuation.resume(returning: true) }
    }

    /// Returns when the note was made `count` times; that it was not made in time is a failure of the test.
    func noted(_ wanted: String, count: Int = 1) async {
        let inTime = await withCheckedContinuation { continuation in
            let isDue = state.withLock { state in
                if state.notes.count(where: { $0 == wanted }) >= count { return true }
                state.watchers.append((wanted, count, continuation))
                return false
            }
            if isDue { return continuation.resume(returning: true) }
            DispatchQueue.global().asyncAfter(deadline: .now() + 20) {
                let late = self.state.withLock { state in
                    defer { state.watchers.removeAll { $0.wanted == wanted && $0.count == count } }
                    return state.watchers.filter { $0.wanted == wanted && $0.count == count }
                }
                for watcher in late { watcher.continuation.resume(returning: false) }
            }
        }
        #expect(inTime, "'\(wanted)' was not noted \(count) times")
    }

    /// Waits until `open` is called.
    func gate() async {
        await withCheckedContinuation { continuation in state.withLock { $0.gated.append(continuation) } }
    }

    /// Lets `count` requests go on, each when it waits.
    func open(_ count: Int) async throws {
        var opened = 0
        try await eventually {
            opened += open()
            return opened >= count
        }
    }

    /// Lets those that wait now go on; how many there were.
    @discardableResult
    func open() -> Int {
        let gated = state.withLock { state in
            defer { state.gated = [] }
            return state.gated
        }
        for continuation in gated { continuation.resume() }
        return gated.count
    }
}

/// Runs a server on an ephemeral port while `body` talks to it.
func withTestServer<R>(
    lanes: Int = 1, on addresses: [String] = ["127.0.0.1:0"], security: (any TransportSecurity)? = nil,
    logger: Logger = Logger(format: .json) { _ in }, desk: TestDesk = TestDesk(),
    limits change: (inout ServerLimits) -> Void = { _ in },
    _ body: (_ server: Server, _ address: SocketAddress, _ desk: TestDesk) async throws -> R
) async throws -> R {
    var limits = ServerLimits()
    change(&limits)
    let server = Server(
        entrances: try addresses.map { Entrance(try Listener(SocketAddress(parsing: $0)), security: security) },
        lanes: lanes, limits: limits, logger: logger
    ) { _ in TestService(desk) }
    let bound = try server.start()
    do {
        let result = try await body(server, bound[0], desk)
        desk.open()
        await server.drain(within: .milliseconds(100))
        return result
    } catch {
        desk.open()
        await server.drain(within: .milliseconds(100))
        throw error
    }
}
