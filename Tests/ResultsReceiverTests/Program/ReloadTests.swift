import Foundation
import Glibc
import Net
import Signature
import Testing

@testable import Registry

/// SIGHUP, on the real binary: new settings, secrets and schemas are taken whole, or not at all.
@Suite(.timeLimit(.minutes(5)))
struct ReloadTests {
    private static let newSecret = "another secret, for the time after"
    private static let get = "GET /results HTTP/1.1\r\nHost: a\r\n\r\n"

    private func signed(_ body: String, with secret: String) throws -> String {
        try RunningServer.request(body, signature: RunningServer.sign(body, secret: secret))
    }

    @Test func aNewSecretIsTakenAndTheOldOneRefusedOnTheSameConnection() async throws {
        let settings = try SettingsFolder("lanes = 2")
        let server = try await settings.start()
        let clients = try (0..<4).map { _ in try TestClient(server.address) }
        for client in clients {
            #expect(try client.ask(signed("<a/>", with: RunningServer.secret)).code == 400)
            #expect(try client.ask(signed("<a/>", with: Self.newSecret)).code == 403)
        }
        try settings.write(secret: Self.newSecret)
        #expect(try await server.reload().contains("\"message\":\"reloaded\""))
        for client in clients {
            #expect(try client.ask(signed("<a/>", with: Self.newSecret)).code == 400)
            #expect(try client.ask(signed("<a/>", with: RunningServer.secret)).code == 403)
        }
    }

    /// Nothing of it, not even what is right.
    @Test(arguments: [
        ("path = /new\nlanguage = klingon", nil, "language: "), ("path = /new\nnonsense = 1", nil, "nonsense: "),
        ("path = /new", "[plugin default]\nsecret-file = none\n", "there is no secret file"),
        ("path = /new", "[plugin default]\nsecret-file = empty\n", "is empty"),
        ("path = /new", "[plugin default]\nsecret-file = open\n", "other users can read it"),
        ("path = /new", "[plugin default]\nsecret-file = secret\nschema = empty\n", "schema: "),
        ("path = /new", "[plugin default]\nsecret-file = secret\n[plugin b]\n", "plugin b has no secret"),
    ])
    func whereAnythingIsWrongNothingChangesAndTheLogSaysWhy(
        _ server: String, _ plugin: String?, _ reason: String
    ) async throws {
        let settings = try SettingsFolder()
        try settings.write("\n", to: "empty")
        try settings.write("a secret for everybody", to: "open")
        try FileManager.default.setAttributes(
            [.posixPermissions: 0o644], ofItemAtPath: settings.folder.file("open"))
        let running = try await settings.start()
        let client = try TestClient(running.address)
        #expect(try client.ask(Self.get).code == 405)
        try settings.write(server, plugin: plugin ?? "[plugin default]\nsecret-file = secret\n")
        let line = try await running.reload()
        #expect(line.contains("\"level\":\"error\""))
        #expect(line.contains(reason), "\(line)")
        #expect(try client.ask(Self.get).code == 405)
        #expect(try client.ask(signed("<a/>", with: RunningServer.secret)).code == 400)
        // Put right, the next one takes it.
        try settings.write("path = /new")
        #expect(try await running.reload().contains("\"message\":\"reloaded\""))
        #expect(try client.ask(Self.get).code == 404)
    }

    @Test func everyMistakeIsALineOfItsOwn() async throws {
        let settings = try SettingsFolder()
        let server = try await settings.start()
        try settings.write("language = klingon\nredelivery = perhaps")
        _ = try await server.reload()
        try await eventually { server.errors.contains("redelivery: ") }
        #expect(server.errors.contains("x.conf:3:12: language: "))
        #expect(server.errors.contains("x.conf:4:14: redelivery: "))
    }

    @Test func aSettingsFileThatIsGoneIsNoReasonToServeWithoutOne() async throws {
        let settings = try SettingsFolder()
        let server = try await settings.start()
        try FileManager.default.removeItem(atPath: settings.file)
        #expect(try await server.reload().contains("no such file"))
        #expect(try server.post("<a/>").code == 400)
    }

    @Test func aRequestUnderWayIsFinishedByWhatItBeganWith() async throws {
        let settings = try SettingsFolder()
        let server = try await settings.start(enrolments: RunningServer.enrolments(["p1", "p2"]))
        let request = try RunningServer.request(RunningServer.message(student: "p1"))
        let client = try TestClient(server.address)
        client.send(String(request.dropLast(10)))
        // Another connection is answered after the first one's octets have been read.
        #expect(try server.post("", signature: "no").code == 403)
        try settings.write(secret: Self.newSecret)
        _ = try await server.reload()
        client.send(String(request.suffix(10)))
        #expect(try client.answer().code == 200)
        #expect(try client.ask(RunningServer.request(RunningServer.message(student: "p2"))).code == 403)
    }

    @Test func settingsAndLimitsAreThoseOfTheNewFile() async throws {
        let settings = try SettingsFolder()
        let server = try await settings.start()
        let client = try TestClient(server.address)
        #expect(try client.ask(Self.get).head.contains("\r\nContent-Language: nl\r\n"))
        try settings.write(
            "language = de\npath = /new",
            plugin: "[limits]\nbody-bytes = 10\nheader-fields = 5\nidle-time = 1s\n"
                + "[plugin a]\nsecret-file = secret\n[plugin b]\nsecret-file = secret\n")
        _ = try await server.reload()
        #expect(try client.ask(Self.get).head.contains("\r\nContent-Language: de\r\n"))
        #expect(try client.ask(RunningServer.request("x", target: "/new?plugin=b")).code == 400)
        #expect(try client.ask(RunningServer.request("x", target: "/new")).code == 403)
        let tooLong = try client.ask(RunningServer.request("0123456789x", target: "/new?plugin=a"))
        #expect(tooLong.content.contains("\"reason\":\"too-large\""))
        // Of connections that come from now on.
        let next = try TestClient(server.address)
        let fields = try RunningServer.request("x", target: "/new?plugin=a", fields: "A: 1\r\nB: 2\r\nC: 3\r\n")
        #expect(try next.ask(fields).content.contains("\"reason\":\"malformed-http\""))
        let idle = try TestClient(server.address)
        #expect(try idle.readToEnd() == "")
    }

    @Test func whatNeedsARestartIsSaid() async throws {
        let settings = try SettingsFolder()
        let server = try await settings.start()
        try settings.write(
            "lanes = 3\ndatabase = other.db\npath = /new",
            plugin: "[admin]\nlisten = 127.0.0.1:0\n[plugin default]\nsecret-file = secret\n")
        _ = try await server.reload()
        let lines = server.errors.split(separator: "\n").filter { $0.contains("waits for a restart") }
        #expect(lines.count == 2, "\(lines)")
        #expect(lines.contains { $0.contains("\"setting\":\"lanes\"") && $0.contains("x.conf:3:1") })
        #expect(lines.contains { $0.contains("\"setting\":\"admin\"") && $0.contains("x.conf:7:1") })
        // What needs none is in force.
        #expect(try TestClient(server.address).ask(Self.get).code == 404)
    }

    @Test func theDeliveryLogIsKeptAsTheNewFileSays() async throws {
        let settings = try SettingsFolder()
        let server = try await settings.start(enrolments: RunningServer.enrolments(["p1"]))
        #expect(try server.post(RunningServer.message(student: "nobody")).code == 404)
        let registry = try Connection(registry: server.database, creating: false)
        let bodies = "SELECT count(*) FROM delivery_body"
        try await eventually { (try? registry.number(bodies)) == 1 }
        try settings.write(plugin: "[deliveries]\nbodies-bytes = 0\n[plugin default]\nsecret-file = secret\n")
        #expect(try await server.reload().contains("\"message\":\"reloaded\""))
        #expect(!server.errors.contains("waits for a restart"))
        // The next batch of the log takes the old ones along.
        #expect(try server.post(RunningServer.message(student: "another")).code == 404)
        try await eventually {
            (try? registry.number("SELECT count(*) FROM delivery")) == 2 && (try? registry.number(bodies)) == 0
        }
    }

    @Test func underLoadNothingIsLostAndNobodyRefused() async throws {
        let persons = (0..<4000).map { "p\($0)" }
        let settings = try SettingsFolder("lanes = 2")
        let server = try await settings.start(enrolments: RunningServer.enrolments(persons))
        let load = Load(on: server.address, clients: 6, persons: persons, reuses: true)
        for round in 1...12 {
            // The secret in use moves from place to place, and every other time the file is broken.
            try settings.write(secret: RunningServer.secret, to: "next")
            let secrets = round % 2 == 0 ? "secret, next" : "next, secret"
            try settings.write(
                round % 3 == 0 ? "nonsense = 1" : "language = \(round % 2 == 0 ? "de" : "en")",
                plugin: "[plugin default]\nsecret-file = \(secrets)\n")
            _ = try await server.reload()
            let count = load.count
            try await eventually { load.count > count + 5 || load.count == persons.count }
        }
        let outcome = await load.stop()
        #expect(outcome.refused == [])
        #expect(outcome.failures == [])
        #expect(outcome.acknowledged.count > 12 * 5)
        #expect(try registered(in: server.database) == Set(outcome.acknowledged))
    }

    @Test func severalSignalsAtOnceEndInTheLastSettings() async throws {
        let settings = try SettingsFolder()
        let server = try await settings.start()
        try settings.write("path = /last")
        for _ in 0..<20 { kill(server.processID, SIGHUP) }
        for await line in server.lines where line.contains("\"message\":\"reloaded\"") { break }
        #expect(try TestClient(server.address).ask(Self.get).code == 404)
        #expect(await server.end() == 0)
    }

    private func startWithPipe() async throws -> (RunningServer, FakeManager, SettingsFolder) {
        let manager = try FakeManager()
        let settings = try SettingsFolder("[admin]\nlisten = 127.0.0.1:0")
        let server = try await settings.start(environment: ["NOTIFY_SOCKET": manager.address])
        try manager.awaits("READY=1")
        // Whoever opens it waits for somebody who writes into it.
        #expect(unsafe mkfifo(settings.folder.file("pipe"), 0o600) == 0)
        try settings.write(
            "[admin]\nlisten = 127.0.0.1:0", plugin: "[plugin default]\nsecret-file = secret\nschema = pipe\n")
        return (server, manager, settings)
    }

    @Test func aReloadThatHangsHoldsUpNeitherRequestsNorLaterReloads() async throws {
        let (server, manager, settings) = try await startWithPipe()
        async let outcome = server.reload()
        try manager.awaits("RELOADING=1")
        #expect(try server.post("<a/>").code == 400)
        #expect(try await outcome.contains("could not be read within 10 s; look for a pipe"))
        #expect(try manager.awaits("READY=1")[1].contains("failed, all is as it was: the settings and the files"))
        #expect(try server.metrics().value("results_receiver_reload_success") == 0)
        try settings.write("path = /new\n[admin]\nlisten = 127.0.0.1:0")
        #expect(try await server.reload().contains("\"message\":\"reloaded\""))
        #expect(try TestClient(server.address).ask(Self.get).code == 404)
        #expect(await server.end() == 0)
    }

    @Test func theEndDoesNotWaitForAReloadThatHangs() async throws {
        let (server, manager, _) = try await startWithPipe()
        kill(server.processID, SIGHUP)
        try manager.awaits("RELOADING=1")
        let began = ContinuousClock.now
        #expect(await server.end() == 0)
        #expect(ContinuousClock.now - began < .seconds(8))
        #expect(server.errors.contains("\"message\":\"ended\""))
        #expect(!server.errors.contains("not reloaded"))
    }

    @Test func aClosedTerminalEndsItsServer() async throws {
        let settings = try SettingsFolder()
        // `script` makes a terminal, which closes when it is killed. The pid is the server's, which the shell becomes.
        let ended = try await BuiltProgram.shell(
            """
            script -qfec 'echo $$ >pid; exec "$PROGRAM" serve --config x.conf' /dev/null </dev/null >out &
            i=0; until grep -q 'listening on' out; do i=$((i+1)); [ $i -lt 400 ] || exit 1; sleep 0.05; done
            kill -HUP "$(cat pid)"
            until grep -q 'reloaded' out; do i=$((i+1)); [ $i -lt 400 ] || exit 2; sleep 0.05; done
            kill -KILL $!
            while kill -0 "$(cat pid)" 2>/dev/null; do
                i=$((i+1)); [ $i -lt 400 ] || { kill -KILL "$(cat pid)"; exit 3; }; sleep 0.05
            done
            """, folder: settings.folder.path)
        #expect(ended.code == 0, "\(ended.errors)")
    }

    @Test func aHangUpEndsADemonstrationAndRemovesItsDatabase() async throws {
        let temporary = try TemporaryFolder()
        try FileManager.default.createDirectory(
            atPath: temporary.file("tmp"), withIntermediateDirectories: false)
        let ended = try await BuiltProgram.shell(
            """
            "$PROGRAM" serve --demo --listen 127.0.0.1:0 >out 2>errors &
            i=0; until grep -q 'listening on' errors; do i=$((i+1)); [ $i -lt 400 ] || exit 1; sleep 0.05; done
            ls -d tmp/results-receiver-demo-* >there || exit 2
            kill -HUP $!; wait $!
            """, environment: ["TMPDIR": temporary.file("tmp")], folder: temporary.path)
        #expect(ended.code == 0, "\(ended.errors)")
        #expect(try FileManager.default.contentsOfDirectory(atPath: temporary.file("tmp")) == [])
    }

    private func registered(in database: String) throws -> Set<String> {
        var found: Set<String> = []
        let statement = try Connection(registry: database, creating: false).prepare("SELECT enrolment_id FROM result")
        while try statement.step() { found.insert(String((statement.text(0) ?? "").dropFirst(2))) }
        return found
    }
}
