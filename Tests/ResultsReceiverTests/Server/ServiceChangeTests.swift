import Glibc
import HTTP
import Log
import Net
import Server
import Synchronization
import Testing

/// Other services and limits for a server that runs.
@Suite struct ServiceChangeTests {
    private let who = "GET /who HTTP/1.1\r\nHost: a\r\n\r\n"

    /// Says its number.
    private final class Numbered: Service {
        let number: Int
        private let desk: TestDesk
        private let gate: TestService

        init(_ number: Int, _ desk: TestDesk) {
            self.number = number
            self.desk = desk
            gate = TestService(desk)
        }

        deinit { desk.note("\(number) is gone") }

        func admit(_ head: RequestHead, from client: Client) -> Admission {
            if head.path == "/stuck" {
                desk.note("stuck")
                while desk.count("go on") == 0 { usleep(1000) }
            }
            if head.path == "/later" { return .receive(Later(service: self)) }
            return .respond(Response(status: .ok, content: Array("\(number)".utf8)))
        }

        func refuse(_ refusal: Refusal, head: RequestHead?, from client: Client) -> Response {
            gate.refuse(refusal, head: head, from: client)
        }

        private struct Later: ContentReceiver {
            let service: Numbered
            var limit: Int { 100 }

            func receive(_ content: [UInt8]) async -> Response {
                service.desk.note("waiting")
                await service.desk.gate()
                return Response(status: .ok, content: Array("\(service.number)".utf8))
            }
        }
    }

    private func run(
        lanes: Int, _ body: (Server, SocketAddress, TestDesk) async throws -> Void
    ) async throws {
        let desk = TestDesk()
        let server = Server(
            listeners: [try Listener(SocketAddress(parsing: "127.0.0.1:0"))], lanes: lanes, limits: ServerLimits(),
            logger: Logger(format: .json) { _ in }
        ) { _ in Numbered(1, desk) }
        let address = try server.start()[0]
        do { try await body(server, address, desk) } catch {
            desk.open()
            await server.drain(within: .milliseconds(100))
            throw error
        }
        desk.open()
        await server.drain(within: .milliseconds(100))
    }

    @Test func everyLaneServesByTheNewServiceOnTheSameConnections() async throws {
        try await run(lanes: 3) { server, address, desk in
            let clients = try (0..<12).map { _ in try TestClient(address) }
            for client in clients { #expect(try client.ask(who).content == "1") }
            await server.change(to: ServerLimits()) { _ in Numbered(2, desk) }
            for client in clients { #expect(try client.ask(who).content == "2") }
            #expect(desk.count("1 is gone") == 3)
        }
    }

    @Test func whatWasAdmittedIsFinishedByItsOwnServiceWhichThenGoes() async throws {
        try await run(lanes: 1) { server, address, desk in
            let waiting = try TestClient(address)
            waiting.send("POST /later HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\n1")
            await desk.noted("waiting")
            let begun = try TestClient(address)
            begun.send("POST /later HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\n")
            #expect(try TestClient(address).ask(who).content == "1")
            await server.change(to: ServerLimits()) { _ in Numbered(2, desk) }
            #expect(desk.count("1 is gone") == 0)
            begun.send("1")
            await desk.noted("waiting", count: 2)
            try await desk.open(2)
            #expect(try waiting.answer().content == "1")
            #expect(try begun.answer().content == "1")
            #expect(try begun.ask(who).content == "2")
            await desk.noted("1 is gone")
        }
    }

    @Test func newLimitsAreThoseOfWhatComesNext() async throws {
        try await run(lanes: 2) { server, address, desk in
            let old = try TestClient(address)
            #expect(try old.ask(who).content == "1")
            var limits = ServerLimits()
            limits.uncountedAddresses = []
            limits.connectionsPerAddress = 1
            await server.change(to: limits) { _ in Numbered(2, desk) }
            #expect(try old.ask(who).code == 200)
            let first = try TestClient(address)
            #expect(try first.ask(who).code == 200)
            #expect(try TestClient(address).answer().code == 503)
        }
    }

    @Test func aServerThatHasEndedChangesNothing() async throws {
        try await run(lanes: 1) { server, _, desk in
            await server.drain(within: .milliseconds(100))
            await server.change(to: ServerLimits()) { _ in Numbered(2, desk) }
            #expect(desk.count("2 is gone") == 0)
            #expect(server.pingLanes().isEmpty)
        }
    }

    @Test func aLaneThatIsStuckOwesAnAnswerToItsPing() async throws {
        try await run(lanes: 2) { server, address, desk in
            _ = server.pingLanes()
            try await eventually { server.pingLanes() == [.zero, .zero] }
            let client = try TestClient(address)
            client.send("GET /stuck HTTP/1.1\r\nHost: a\r\n\r\n")
            await desk.noted("stuck")
            try await eventually { server.pingLanes().max() ?? .zero > .milliseconds(100) }
            #expect(server.pingLanes().min() ?? .zero < .milliseconds(100))
            desk.note("go on")
            try await eventually { server.pingLanes() == [.zero, .zero] }
        }
    }

    @Test func whoHasJustConnectedIsAnsweredAtTheEnd() async throws {
        try await run(lanes: 1) { server, address, desk in
            let known = try TestClient(address)
            #expect(try known.ask(who).code == 200)
            let fresh = try TestClient(address)
            try await eventually { server.openConnections == 2 }
            async let drained: Void = server.drain(within: .seconds(60))
            try await eventually { known.awaitsSomething(milliseconds: 0) }
            let answer = try fresh.ask(who)
            #expect(answer.code == 200)
            #expect(answer.closes)
            await drained
        }
    }

    @Test func whoConnectedAndAsksNothingHoldsUpNobodysEnd() async throws {
        try await run(lanes: 1) { server, address, _ in
            let silent = try TestClient(address)
            try await eventually { server.openConnections == 1 }
            let begun = ContinuousClock.now
            await server.drain(within: .seconds(60))
            #expect(ContinuousClock.now - begun < .seconds(20))
            #expect(try silent.readToEnd() == "")
        }
    }
}
