import Glibc
import HTTP
import Log
import Metrics
import Net
import Server
import Synchronization
import Testing

@testable import Admin

/// The admin endpoints over a real connection, with a receiver that is as the test says.
@Suite(.timeLimit(.minutes(1))) struct AdminServiceTests {
    private final class StandIn: Observed {
        let lanes = Atomic(true)
        let found = Mutex(Availability.ready)
        let registry: RegistryReading?

        init(registry: RegistryReading? = RegistryReading(enrolments: [("ingepland", 3)], bytes: 4096)) {
            self.registry = registry
        }

        func lanesRespond() async -> Bool { lanes.load(ordering: .relaxed) }
        func readiness() async -> Availability { found.withLock { $0 } }

        func readings() async -> Readings {
            let empty = Histogram(numbers: [1, 2]).reading
            return Readings(
                version: "1.2.3", answers: [(200, "registered", 5), (503, "overload", 0)], requestDurations: empty,
                signatures: [("a\"b", 1, "sha1", 5)], groupSizes: empty, commitDurations: empty, queueDepth: 2,
                connections: 7, connectionsNotAllowed: 3, registry: registry, reloadSucceeded: false,
                certificates: [("public", 1_800_000_000)], failedHandshakes: [("timeout", 3)])
        }
    }

    private func serve(
        _ observed: StandIn, _ body: (SocketAddress) async throws -> Void
    ) async throws {
        let quiet = Logger(minimum: .error, format: .json) { _ in }
        let listener = try Listener(SocketAddress(parsing: "127.0.0.1:0"))
        let server = Server(listeners: [listener], lanes: 1, limits: ServerLimits(), logger: quiet) { _ in
            AdminService(observed)
        }
        let address = try server.start()[0]
        do { try await body(address) } catch {
            await server.drain(within: .seconds(1))
            throw error
        }
        await server.drain(within: .seconds(1))
    }

    private func ask(_ address: SocketAddress, _ target: String, method: String = "GET") throws -> TestClient.Answer {
        try TestClient(address).ask("\(method) \(target) HTTP/1.1\r\nHost: a\r\n\r\n")
    }

    @Test func healthIsThatTheLanesRespond() async throws {
        let observed = StandIn()
        try await serve(observed) { (address) async throws in
            let well = try ask(address, "/healthz")
            #expect(well.code == 200 && well.content == "ok\n")
            observed.lanes.store(false, ordering: .relaxed)
            #expect(try ask(address, "/healthz").code == 503)
        }
    }

    @Test func whoeverIsNotReadySaysWhy() async throws {
        let observed = StandIn()
        try await serve(observed) { (address) async throws in
            let ready = try ask(address, "/readyz")
            #expect(ready.code == 200 && ready.content == "ready\n")
            #expect(ready.head.contains("\r\nCache-Control: no-store\r\n"))
            observed.found.withLock { $0 = .notReady(reason: "draining", meaning: "it is ending") }
            let not = try ask(address, "/readyz")
            #expect(not.code == 503)
            #expect(not.content == "not ready: draining: it is ending\n")
            #expect(try Exposed(ask(address, "/metrics").content).value("results_receiver_ready") == 0)
        }
    }

    @Test func everyMetricOfTheTableIsShownWithItsKindAndLabels() async throws {
        try await serve(StandIn()) { (address) async throws in
            let answer = try ask(address, "/metrics")
            #expect(answer.code == 200)
            #expect(answer.head.contains("\r\nContent-Type: text/plain; version=0.0.4; charset=utf-8\r\n"))
            let exposed = try Exposed(answer.content)
            #expect(exposed.families.map(\.name) == MetricTable.all.map(\.name))
            for (family, metric) in zip(exposed.families, MetricTable.all) {
                #expect(family.kind == metric.kind.rawValue)
                #expect(!family.samples.isEmpty, "\(family.name)")
                for sample in family.samples {
                    let labels = sample.labels.keys.filter { $0 != "le" }
                    #expect(Set(labels) == Set(metric.labels), "\(sample.name)")
                }
            }
            #expect(
                exposed.value("results_receiver_requests_total", ["code": "503", "reason": "overload"]) == 0)
            #expect(
                exposed.value(
                    "results_receiver_signatures_total", ["plugin": "a\"b", "position": "1", "algorithm": "sha1"]) == 5)
            #expect(exposed.value("results_receiver_build_info", ["version": "1.2.3"]) == 1)
            #expect(exposed.value("results_receiver_queue_depth") == 2)
            #expect(exposed.value("results_receiver_connections") == 7)
            #expect(exposed.value("results_receiver_connections_not_allowed_total") == 3)
            #expect(exposed.value("results_receiver_enrolments", ["status": "ingepland"]) == 3)
            #expect(exposed.value("results_receiver_database_bytes") == 4096)
            #expect(exposed.value("results_receiver_ready") == 1)
            #expect(exposed.value("results_receiver_reload_success") == 0)
        }
    }

    @Test func withoutARegistryItsNumbersAreAbsent() async throws {
        try await serve(StandIn(registry: nil)) { (address) async throws in
            let exposed = try Exposed(ask(address, "/metrics").content)
            #expect(exposed.family("results_receiver_enrolments")?.samples.isEmpty == true)
            #expect(exposed.family("results_receiver_database_bytes")?.samples.isEmpty == true)
        }
    }

    @Test func theProcessIsShownAsTheSystemSeesIt() async throws {
        try await serve(StandIn()) { (address) async throws in
            let before = try Exposed(ask(address, "/metrics").content)
            func value(_ exposed: Exposed, _ name: String) -> Double { exposed.value(name) ?? .nan }
            #expect(value(before, "process_cpu_seconds_total") > 0)
            #expect(value(before, "process_resident_memory_bytes") > 1_048_576)
            let now = Double(time(nil))
            let started = value(before, "process_start_time_seconds")
            #expect(started <= now + 1 && started > now - 86_400)
            // Twenty connections more are twenty descriptors more at either end, which are both in this process.
            let clients = try (0..<20).map { _ in try TestClient(address) }
            for client in clients { #expect(try client.ask("GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n").code == 200) }
            let after = try Exposed(ask(address, "/metrics").content)
            let more = value(after, "process_open_fds") - value(before, "process_open_fds")
            #expect((39...42).contains(more), "\(more)")
            #expect(value(after, "process_open_fds") < value(after, "process_max_fds"))
            #expect(value(after, "process_start_time_seconds") == started)
            _ = consume clients
        }
    }

    @Test(arguments: ["/", "/results", "/metrics/", "/Metrics", "/healthz2", "//metrics", "/%6detrics", "*"])
    func anyOtherPathIsNotFoundBeforeTheMethod(_ path: String) async throws {
        try await serve(StandIn()) { (address) async throws in
            for method in ["GET", "OPTIONS"] + (path == "*" ? [] : ["POST"]) where path != "*" || method == "OPTIONS" {
                let answer = try ask(address, path, method: method)
                #expect(answer.code == 404, "\(method)")
                #expect(answer.content.contains("/healthz, /readyz, /metrics"))
            }
        }
    }

    @Test(arguments: ["POST", "PUT", "DELETE", "OPTIONS", "get"])
    func anyOtherMethodIs405WithAllow(_ method: String) async throws {
        try await serve(StandIn()) { (address) async throws in
            for path in ["/healthz", "/readyz", "/metrics"] {
                let answer = try ask(address, path, method: method)
                #expect(answer.code == 405)
                #expect(answer.head.contains("\r\nAllow: GET, HEAD\r\n"))
            }
        }
    }

    @Test func aHeadRequestGetsTheLengthAlone() async throws {
        try await serve(StandIn()) { (address) async throws in
            let client = try TestClient(address)
            client.send("HEAD /readyz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            let answer = try client.readToEnd()
            #expect(answer.hasPrefix("HTTP/1.1 200 OK\r\n"))
            #expect(answer.contains("\r\nContent-Length: 6\r\n"))
            #expect(answer.hasSuffix("\r\n\r\n"))
        }
    }

    @Test func aQueryChangesNothingAndAContentIsNotWanted() async throws {
        try await serve(StandIn()) { (address) async throws in
            #expect(try ask(address, "/metrics?name=x").code == 200)
            let long = "GET /metrics HTTP/1.1\r\nHost: a\r\nContent-Length: 1025\r\n\r\n"
            #expect(try TestClient(address).ask(long).code == 413)
            #expect(try TestClient(address).ask("GET /metrics HTTP/1.1\nHost: a\n\n").code == 400)
        }
    }
}
