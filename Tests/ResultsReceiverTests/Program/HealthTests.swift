import Dispatch
import Glibc
import HTTP
import Log
import Net
import Registry
import Server
import Testing

@testable import ResultsReceiver

/// Whether a server is well, by its lanes and its committer themselves, as the watchdog and `/healthz` look at it.
@Suite(.timeLimit(.minutes(2))) struct HealthTests {
    private let logger = Logger(format: .json) { _ in }

    /// Each request holds its lane until the test says `go on`.
    private final class Holding: Service {
        private let desk: TestDesk

        init(_ desk: TestDesk) { self.desk = desk }

        func admit(_ head: RequestHead, from client: Client) -> Admission {
            desk.note("stuck")
            while desk.count("go on") == 0 { usleep(1000) }
            return .respond(Response(status: .ok))
        }

        func refuse(_ refusal: Refusal, head: RequestHead?, from client: Client) -> Response {
            Response(status: .badRequest)
        }
    }

    /// Hangs in its first question until it is released.
    private final class HoldingStore: Store {
        private let gate = DispatchSemaphore(value: 0)

        func release() { gate.signal() }
        func isInMaintenance() throws(StoreError) -> Bool {
            gate.wait()
            return false
        }
        func apply(_ entries: [Entry]) throws(StoreError) -> [Outcome] { [] }
        func markUnanswered(_ results: [Int64]) throws(StoreError) {}
        func record(_ records: [DeliveryRecord], turnedAway: [TurnedAway]) throws(StoreError) -> Bool { false }
        func close() {}
    }

    private func run(
        _ body: (Server, Committer, HoldingStore, TestDesk, _ holdLane: () async throws -> Void) async throws -> Void
    ) async throws {
        let desk = TestDesk()
        let store = HoldingStore()
        let committer = Committer(store: store, logger: logger)
        let server = Server(
            listeners: [try Listener(SocketAddress(parsing: "127.0.0.1:0"))], lanes: 1, limits: ServerLimits(),
            logger: logger
        ) { _ in Holding(desk) }
        let client = try TestClient(try server.start()[0])
        var failure: (any Error)?
        do {
            try await body(server, committer, store, desk) {
                client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
                await desk.noted("stuck")
            }
        } catch { failure = error }
        desk.note("go on")
        store.release()
        await server.drain(within: .milliseconds(100))
        await committer.finish()
        if let failure { throw failure }
    }

    @Test func whileALaneHangsTheWatchdogHearsNothingAndTheStatusSaysWhy() async throws {
        let manager = try FakeManager()
        let supervisor = Supervisor(["NOTIFY_SOCKET": manager.address], logger)
        try await run { server, committer, _, desk, holdLane in
            let health = Health(server: server, committer: committer)
            let watchdog = Watchdog(period: .seconds(1), supervisor, logger) { health.trouble(within: .seconds(1)) }
            defer { watchdog.stop() }
            watchdog.start()
            try manager.awaits("WATCHDOG=1")
            try await holdLane()
            let sick = try manager.awaits("STATUS=NOT HEALTHY")
            #expect(sick == ["STATUS=NOT HEALTHY: lane 0 does not answer; starting"])
            #expect(manager.next(within: 1.5) == nil)
            desk.note("go on")
            #expect(manager.next() == ["STATUS=starting"])
            #expect(manager.next() == ["WATCHDOG=1"])
        }
    }

    @Test func aTransactionThatHangsIsTroubleAfterTheWholePeriod() async throws {
        try await run { server, committer, store, _, _ in
            let health = Health(server: server, committer: committer)
            async let readiness = committer.readiness(within: .milliseconds(50))
            #expect(await readiness == .unreachable)
            #expect(health.trouble(within: .seconds(60)) == nil)
            try await eventually { health.trouble(within: .milliseconds(300)) == "the database hangs" }
            store.release()
            try await eventually { health.trouble(within: .milliseconds(300)) == nil }
        }
    }

    @Test func theHealthThatIsShownIsThatOfTheLanes() async throws {
        let monitor = Monitor(database: "/nonexistent")
        #expect(await monitor.lanesRespond(), "there are none yet")
        try await run { server, committer, _, desk, holdLane in
            monitor.serves(server, committer, [])
            #expect(await monitor.lanesRespond())
            try await holdLane()
            #expect(await !monitor.lanesRespond())
            desk.note("go on")
            #expect(await monitor.lanesRespond())
        }
    }
}
