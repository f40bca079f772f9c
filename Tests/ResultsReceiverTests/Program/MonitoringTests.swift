import Foundation
import HTTP
import Net
import Receiver
import Registry
import Results
import Signature
import Testing

@testable import Admin

/// The admin endpoints of the built program, beside real deliveries.
@Suite(.timeLimit(.minutes(5)))
struct MonitoringTests {
    private func start(_ persons: [String] = ["p1", "p2", "p3"], arguments: [String] = []) async throws -> RunningServer
    {
        try await RunningServer.start(
            enrolments: RunningServer.enrolments(persons), arguments: ["--admin", "127.0.0.1:0"] + arguments)
    }

    private func requests(_ exposed: Exposed, _ reason: Reason) -> Double? {
        exposed.value(
            "results_receiver_requests_total", ["code": "\(reason.status.code)", "reason": reason.rawValue])
    }

    // MARK: Metrics

    @Test func aScraperReadsEveryMetricFromTheStart() async throws {
        let server = try await start()
        let answer = try server.ask("/metrics")
        #expect(answer.code == 200)
        #expect(answer.head.contains("\r\nContent-Type: text/plain; version=0.0.4; charset=utf-8\r\n"))
        let exposed = try Exposed(answer.content)
        #expect(exposed.families.map(\.name) == MetricTable.all.map(\.name))
        for family in exposed.families where family.name != MetricTable.certificateExpiry.name {
            #expect(!family.samples.isEmpty, "\(family.name)")
        }
        for reason in Reason.allCases { #expect(requests(exposed, reason) == 0, "\(reason)") }
        #expect(exposed.family("results_receiver_requests_total")?.samples.count == Reason.allCases.count)
        for algorithm in Algorithm.allCases {
            let labels = ["plugin": "default", "position": "1", "algorithm": algorithm.rawValue]
            #expect(exposed.value("results_receiver_signatures_total", labels) == 0)
        }
        #expect(exposed.value("results_receiver_enrolments", ["status": "ingepland"]) == 3)
        #expect(exposed.family("results_receiver_enrolments")?.samples.count == EnrolmentStatus.allCases.count)
        #expect(exposed.value("results_receiver_ready") == 1)
        #expect(exposed.value("results_receiver_reload_success") == 1)
        let version = try await BuiltProgram.run(["--version"]).output.split(separator: " ")[1].dropLast()
        #expect(exposed.value("results_receiver_build_info", ["version": String(version)]) == 1)
    }

    @Test func countersMoveWithDeliveriesAndWithNothingElse() async throws {
        let server = try await start()
        _ = try server.metrics()
        let body = RunningServer.message(student: "p1")
        let plain = try TestClient(server.address)
        #expect(try server.post(body).code == 200)
        #expect(try server.post(RunningServer.message(student: "p2")).code == 200)
        #expect(try server.post(body).code == 404)
        #expect(try server.post("<a/>").code == 400)
        #expect(try server.post(body, signature: RunningServer.sign("other")).code == 403)
        #expect(try server.post(body, signature: "hex").code == 403)
        #expect(try server.post(body, target: "/other").code == 404)
        #expect(try plain.ask("GET /results HTTP/1.1\r\nHost: a\r\n\r\n").code == 405)
        #expect(try TestClient(server.address).ask("no request\r\n\r\n").code == 400)
        // The answers of the admin endpoints are not counted.
        for path in ["/healthz", "/metrics", "/none"] { _ = try server.ask(path) }
        let exposed = try server.metrics()
        let wanted: [Reason: Double] = [
            .registered: 2, .duplicate: 1, .schema: 1, .signatureMismatch: 1, .signatureMalformed: 1, .noSuchPath: 1,
            .methodNotAllowed: 1, .malformedHTTP: 1,
        ]
        for reason in Reason.allCases { #expect(requests(exposed, reason) == wanted[reason] ?? 0, "\(reason)") }
        #expect(exposed.value("results_receiver_request_duration_seconds_count") == 9)
        #expect(try #require(exposed.value("results_receiver_request_duration_seconds_sum")) > 0)
        // The duplicate was found in a transaction too.
        #expect(exposed.value("results_receiver_commit_group_size_sum") == 3)
        #expect(exposed.value("results_receiver_commit_duration_seconds_count") == 3)
        #expect(try #require(exposed.value("results_receiver_commit_duration_seconds_sum")) > 0)
        let signature = ["plugin": "default", "position": "1", "algorithm": "sha1"]
        #expect(exposed.value("results_receiver_signatures_total", signature) == 4)
        #expect(exposed.value("results_receiver_queue_depth") == 0)
        // The registry is read again when it is worth it, which is soon in a small one; of connections the server hears
        // after their clients are gone.
        try await eventually {
            let now = try? server.metrics()
            return now?.value("results_receiver_enrolments", ["status": "afgerond"]) == 2
                && now?.value("results_receiver_enrolments", ["status": "ingepland"]) == 1
                && now?.value("results_receiver_connections") == 1
        }
        #expect(try #require(exposed.value("results_receiver_database_bytes")) > 10_000)
        _ = consume plain
    }

    @Test func aSignatureCountsForThePositionOfItsSecret() async throws {
        let folder = try TemporaryFolder()
        for (name, secret) in [("old", "the old secret of these tests"), ("new", RunningServer.secret)] {
            try Data(secret.utf8).write(to: URL(fileURLWithPath: folder.file(name)))
            try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: folder.file(name))
        }
        let server = try await RunningServer.start(
            folder: folder,
            arguments: [
                "--admin", "127.0.0.1:0", "--secret-file", folder.file("old"), "--secret-file", folder.file("new"),
            ],
            secret: nil)
        func count(_ position: Int) throws -> Double? {
            try server.metrics().value(
                "results_receiver_signatures_total",
                ["plugin": "default", "position": "\(position)", "algorithm": "sha1"])
        }
        #expect(try count(1) == 0 && count(2) == 0)
        #expect(try server.post("<a/>").code == 400)
        #expect(try count(1) == 0 && count(2) == 1)
        let old = try RunningServer.sign("<a/>", secret: "the old secret of these tests")
        #expect(try server.post("<a/>", signature: old).code == 400)
        #expect(try count(1) == 1 && count(2) == 1)
    }

    @Test func aReloadThatFailedShowsUntilOneSucceedsAndCountersGoOn() async throws {
        let settings = try SettingsFolder("[admin]\nlisten = 127.0.0.1:0")
        let server = try await settings.start()
        #expect(try server.post("<a/>").code == 400)
        #expect(try server.metrics().value("results_receiver_reload_success") == 1)
        try settings.write("language = klingon\n[admin]\nlisten = 127.0.0.1:0")
        _ = try await server.reload()
        #expect(try server.metrics().value("results_receiver_reload_success") == 0)
        try settings.write("language = de\n[admin]\nlisten = 127.0.0.1:0")
        _ = try await server.reload()
        #expect(try server.post("<a/>").code == 400)
        let exposed = try server.metrics()
        #expect(exposed.value("results_receiver_reload_success") == 1)
        #expect(requests(exposed, .schema) == 2)
        let signature = ["plugin": "default", "position": "1", "algorithm": "sha1"]
        #expect(exposed.value("results_receiver_signatures_total", signature) == 2)
    }

    // MARK: Apart from the results

    @Test func theResultsListenerKnowsNoAdminEndpointAndTheOtherWayRound() async throws {
        let server = try await start()
        for path in ["/metrics", "/healthz", "/readyz"] {
            for method in ["GET", "HEAD", "POST"] {
                let client = try TestClient(server.address)
                client.send("\(method) \(path) HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
                let answer = try client.readToEnd()
                #expect(answer.hasPrefix("HTTP/1.1 404 "), "\(method) \(path)")
                if method != "HEAD" { #expect(answer.contains("\"reason\":\"no-such-path\"")) }
            }
        }
        let admin = try #require(server.adminAddress)
        #expect(admin.port != server.address.port)
        let posted = try TestClient(admin).ask(try RunningServer.request(RunningServer.message(student: "p1")))
        #expect(posted.code == 404)
        #expect(!posted.content.contains("reason"))
        #expect(try server.ask("/metrics", method: "POST").code == 405)
        #expect(try server.post(RunningServer.message(student: "p1")).code == 200)
    }

    @Test func withoutTheSettingThereAreNoEndpoints() async throws {
        let server = try await RunningServer.start()
        #expect(!server.errors.contains("admin"))
        #expect(server.adminAddress == nil)
    }

    @Test func slowAskersOfTheEndpointsSlowNoDelivery() async throws {
        let server = try await start()
        let admin = try #require(server.adminAddress)
        let askers = try (0..<40).map { _ in try TestClient(admin) }
        for asker in askers { asker.send("GET /metr") }
        #expect(try server.post(RunningServer.message(student: "p1")).code == 200)
        // One more has room, too: the oldest makes it.
        try await eventually { (try? server.metrics().value("results_receiver_connections")) == 0 }
        _ = consume askers
    }

    // MARK: Readiness

    @Test func aLockedDatabaseIsNotReadyUntilItIsFree() async throws {
        let server = try await start()
        #expect(try server.ask("/readyz").code == 200)
        let other = try Connection(registry: server.database, creating: false)
        try other.execute("BEGIN IMMEDIATE")
        let answer = try server.ask("/readyz")
        #expect(answer.code == 503)
        #expect(answer.content.hasPrefix("not ready: registry-busy: "))
        #expect(try server.metrics().value("results_receiver_ready") == 0)
        #expect(try server.ask("/healthz").code == 200)
        try other.execute("ROLLBACK")
        #expect(try server.ask("/readyz").code == 200)
    }

    @Test func aDatabaseThatIsGoneIsNotReadyUntilItIsBack() async throws {
        let server = try await start()
        let folder = server.folder
        for end in ["", "-wal", "-shm"] { unsafe rename(server.database + end, folder.file("away.db") + end) }
        let answer = try server.ask("/readyz")
        #expect(answer.code == 503)
        #expect(answer.content.hasPrefix("not ready: registry-unreachable: "))
        let exposed = try server.metrics()
        #expect(exposed.value("results_receiver_ready") == 0)
        #expect(try server.ask("/healthz").code == 200)
        for end in ["", "-wal", "-shm"] { unsafe rename(folder.file("away.db") + end, server.database + end) }
        #expect(try server.ask("/readyz").code == 200)
        #expect(try server.post(RunningServer.message(student: "p1")).code == 200)
    }

    @Test func maintenanceIsNotReady() async throws {
        let server = try await start()
        func maintenance(_ word: String) async throws {
            let ended = try await BuiltProgram.run(["maintenance", word, "--database", server.database])
            #expect(ended.code == 0)
        }
        try await maintenance("on")
        let answer = try server.ask("/readyz")
        #expect(answer.code == 503)
        #expect(answer.content.hasPrefix("not ready: maintenance: "))
        try await maintenance("off")
        #expect(try server.ask("/readyz").code == 200)
    }

    @Test func aServerThatEndsIsNotReadyAndStillSaysSo() async throws {
        let server = try await start()
        let client = try TestClient(server.address)
        let request = try RunningServer.request(RunningServer.message(student: "p1"))
        client.send(String(request.dropLast(10)))
        // Another connection is answered after the first one's octets have been read.
        #expect(try server.post("", signature: "no").code == 403)
        kill(server.processID, SIGTERM)
        for await line in server.lines where line.contains("\"message\":\"ending\"") { break }
        var content = ""
        try await eventually {
            content = (try? server.ask("/readyz").content) ?? ""
            return content.hasPrefix("not ready")
        }
        #expect(content.hasPrefix("not ready: draining: "))
        #expect(try server.ask("/healthz").code == 200)
        client.send(String(request.suffix(10)))
        #expect(try client.answer().code == 200)
        #expect(await server.ended() == 0)
    }

    // MARK: Bad input

    private func serve(_ arguments: [String], environment: [String: String] = [:]) async throws -> BuiltProgram.Ended {
        let folder = try TemporaryFolder()
        let ended = try await BuiltProgram.run(
            ["serve", "--database", folder.file("results.db"), "--listen", "127.0.0.1:0"] + arguments,
            environment: ["RESULTS_RECEIVER_SECRET": RunningServer.secret].merging(environment) { $1 }, limit: 60)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).isEmpty)
        return ended
    }

    @Test(arguments: ["0.0.0.0:0", "[::]:0", "192.0.2.1:9080", "admin.example.nl:9080", "127.example.nl:9080"])
    func anAddressThatOthersReachMustBeAskedForTwice(_ address: String) async throws {
        let flag = try await serve(["--admin", address])
        #expect(flag.code == 64)
        #expect(flag.errors.hasPrefix("results-receiver: error: --admin: other machines may reach \(address), "))
        #expect(flag.errors.contains("write 127.0.0.1:") && flag.errors.contains("public = yes in [admin]"))
        let folder = try TemporaryFolder()
        try Data("[admin]\nlisten = \(address)\n".utf8).write(to: URL(fileURLWithPath: folder.file("x.conf")))
        let file = try await serve(["--config", folder.file("x.conf")])
        #expect(file.code == 78)
        #expect(file.errors.contains("x.conf:2:1: listen: other machines may reach \(address), "))
        let variable = try await serve([], environment: ["RESULTS_RECEIVER_ADMIN": address])
        #expect(variable.code == 78)
        #expect(variable.errors.contains("RESULTS_RECEIVER_ADMIN: other machines may reach"))
    }

    @Test func whoeverAsksTwiceGetsIt() async throws {
        let server = try await RunningServer.start(
            arguments: ["--admin", "0.0.0.0:0"], environment: ["RESULTS_RECEIVER_ADMIN_PUBLIC": "yes"])
        let port = try #require(server.adminAddress?.port)
        let answer = try TestClient(SocketAddress(parsing: "127.0.0.1:\(port)"))
            .ask("GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(answer.code == 200)
    }

    @Test func aPortInUseNamesTheKeyAndTheFlag() async throws {
        let server = try await start()
        let ended = try await serve(["--admin", "\(server.address)"])
        #expect(ended.code == 69)
        #expect(ended.errors.hasPrefix("results-receiver: error: cannot listen on \(server.address): "))
        #expect(ended.errors.contains("--admin HOST:PORT, or listen in [admin]"))
    }

    @Test func aNameForThisMachineIsTaken() async throws {
        let server = try await RunningServer.start(arguments: ["--admin", "localhost:0"])
        #expect(try server.ask("/healthz").code == 200)
    }
}
