import Foundation
import Registry
import Signature
import Testing

/// Every key of the settings file, as the program that runs obeys it.
@Suite(.timeLimit(.minutes(5)))
struct ConfiguredServerTests {
    /// A server with this settings file beside its database; `secrets` are files in the same folder.
    private func start(
        _ settings: String, secrets: [String: String] = ["secret": RunningServer.secret], enrolments: String? = nil,
        environment: [String: String] = [:]
    ) async throws -> RunningServer {
        let folder = try TemporaryFolder()
        try Data(settings.utf8).write(to: URL(fileURLWithPath: folder.file("x.conf")))
        for (name, secret) in secrets {
            let path = folder.file(name)
            try Data(secret.utf8).write(to: URL(fileURLWithPath: path))
            try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path)
        }
        return try await RunningServer.start(
            enrolments: enrolments.map { Array($0.utf8) }, folder: folder,
            arguments: ["--config", folder.file("x.conf")], environment: environment, secret: nil)
    }

    private static let plugin = "[plugin default]\nsecret-file = secret\n"
    private static let header = "enrolment_id,person_id,external_id,external_source,course_id\n"

    @Test func theKeysOfTheServerAreObeyed() async throws {
        let server = try await start(
            """
            [server]
            listen = 127.0.0.1:0
            path = /in/results
            language = de
            time-zone = America/New_York
            redelivery = acknowledge
            \(Self.plugin)
            """, enrolments: Self.header + "i1,p1,,,c1\n")
        // Still the 20th in New York, the 21st in Amsterdam.
        let message = RunningServer.message(student: "p1").replacing(
            "<completed>2026-11-20T14:03:10+01:00", with: "<completed>2026-11-21T03:00:00Z")
        #expect(try server.post(message).content.contains("\"reason\":\"no-such-path\""))
        let first = try server.post(message, target: "/in/results?x=1")
        #expect(first.code == 200)
        #expect(first.head.contains("\r\nContent-Language: de\r\n"))
        let again = try server.post(message, target: "/in/results")
        #expect(again.code == 200)
        #expect(again.content.contains("\"reason\":\"redelivered\""))
        let export = try await BuiltProgram.run(["results", "export", "--database", server.database])
        let row = try #require(export.output.split(separator: "\n").last)
        #expect(row.contains(",2026-11-21T03:00:00.000Z,2026-11-20,"))
    }

    @Test func lanesAreAsManyAsTheSettingsSay() async throws {
        func eventLoops(_ lanes: Int) async throws -> Int {
            let server = try await start("[server]\nlisten = 127.0.0.1:0\nlanes = \(lanes)\n\(Self.plugin)")
            #expect(try server.post("", signature: "no").code == 403)
            let folder = "/proc/\(server.processID)/fd"
            return try FileManager.default.contentsOfDirectory(atPath: folder).count { name in
                (try? FileManager.default.destinationOfSymbolicLink(atPath: "\(folder)/\(name)"))
                    == "anon_inode:[eventpoll]"
            }
        }
        #expect(try await eventLoops(4) - eventLoops(1) == 3)
    }

    @Test func theSizesAreObeyed() async throws {
        let server = try await start(
            """
            [server]
            listen = 127.0.0.1:0
            [limits]
            header-bytes = 600
            header-fields = 6
            body-bytes = 1000
            \(Self.plugin)
            """)
        // Host, signature and length are three fields more.
        let fields = "A: 1\r\nB: 2\r\nC: 3\r\n"
        #expect(try server.post("x", fields: fields).content.contains("\"reason\":\"not-xml\""))
        #expect(try server.post("x", fields: fields + "D: 4\r\n").content.contains("\"reason\":\"malformed-http\""))
        let long = "A: " + String(repeating: "x", count: 600) + "\r\n"
        #expect(try server.post("x", fields: long).content.contains("\"reason\":\"malformed-http\""))
        let body = String(repeating: "x", count: 1000)
        #expect(try server.post(body).content.contains("\"reason\":\"not-xml\""))
        #expect(try server.post(body + "x").content.contains("\"reason\":\"too-large\""))
    }

    /// Each time is far below its default, which outlasts the patience of the clients.
    @Test func theTimesAreObeyed() async throws {
        let server = try await start(
            """
            [server]
            listen = 127.0.0.1:0
            [limits]
            header-time = 500ms
            body-time = 500ms
            idle-time = 2s
            \(Self.plugin)
            """)
        let silent = try TestClient(server.address, patience: 9)
        let slowHead = try TestClient(server.address, patience: 9)
        slowHead.send("POST /results HT")
        let slowBody = try TestClient(server.address, patience: 9)
        slowBody.send(String(try RunningServer.request("<a/>").dropLast(2)))
        #expect(try slowHead.readToEnd() == "")
        let answer = try slowBody.answer()
        #expect(answer.code == 400)
        #expect(answer.closes)
        #expect(try silent.readToEnd() == "")
    }

    @Test func theNumbersOfConnectionsAreObeyed() async throws {
        let server = try await start(
            """
            [server]
            listen = 127.0.0.1:0
            [limits]
            connections = 3
            connections-per-address = 2
            \(Self.plugin)
            """)
        let request = "GET /results HTTP/1.1\r\nHost: a\r\n\r\n"
        do {
            let clients = try (0..<2).map { _ in try TestClient(server.address, from: "127.0.0.2") }
            for client in clients { #expect(try client.ask(request).code == 405) }
            let third = try TestClient(server.address, from: "127.0.0.2")
            let answer = try third.answer()
            #expect(answer.code == 503)
            #expect(answer.closes)
            #expect(answer.content.contains("\"reason\":\"overload\""))
        }
        let clients = try (0..<3).map { _ in try TestClient(server.address) }
        for client in clients { #expect(try client.ask(request).code == 405) }
        let fourth = try TestClient(server.address)
        #expect(try fourth.ask(request).code == 405)
        // The oldest of them made room.
        #expect(try clients[0].readToEnd() == "")
    }

    @Test func theMemoryInFlightIsObeyed() async throws {
        let server = try await start(
            """
            [server]
            listen = 127.0.0.1:0
            [limits]
            in-flight-bytes = 64KiB
            body-bytes = 60KiB
            \(Self.plugin)
            """)
        let body = String(repeating: "x", count: 60_000)
        let client = try TestClient(server.address)
        client.send(String(try RunningServer.request(body).dropLast(1)))
        let answer = try client.answer()
        #expect(answer.code == 503)
        #expect(answer.content.contains("\"reason\":\"overload\""))
    }

    @Test func theKeysOfEachPluginAreItsOwn() async throws {
        let server = try await start(
            """
            [server]
            listen = 127.0.0.1:0
            [plugin north]
            secret-file = north, north.next
            person-key = person-id
            [plugin south]
            secret-file = south
            algorithms = sha512
            person-key = external-id
            external-source = erp
            [plugin east]
            secret-file = east
            """,
            secrets: [
                "north": "the secret of north\n", "north.next": "the next secret of north\r\n",
                "south": "the secret of south", "east": "the secret of east",
            ],
            enrolments: Self.header + "i1,p1,x1,erp,c1\ni2,p2,x1,crm,c1\ni3,p3,x3,erp,c1\n")
        func reason(
            _ plugin: String, _ student: String, _ secret: String, _ algorithm: Algorithm = .sha512
        ) throws -> String {
            let body = RunningServer.message(student: student)
            let signature = Signing.fieldValue(
                for: Array(body.utf8), secret: try #require(Secret(Array(secret.utf8))), algorithm: algorithm)
            let content = try server.post(body, signature: signature, target: "/results?plugin=\(plugin)").content
            return try #require(content.firstMatch(of: #/"reason":"([^"]+)"/#).map { String($0.1) })
        }
        #expect(try reason("north", "x3", "the secret of north") == "unknown-person")
        #expect(try reason("south", "p3", "the secret of south") == "unknown-person")
        #expect(try reason("east", "x1", "the secret of east") == "unknown-person")
        #expect(try reason("south", "x1", "the secret of south", .sha256) == "signature-mismatch")
        #expect(try reason("south", "x1", "the secret of north") == "signature-mismatch")
        #expect(try reason("south", "x1", "the secret of south") == "registered")
        #expect(try reason("north", "p2", "the next secret of north", .sha1) == "registered")
        #expect(try reason("east", "x3", "the secret of east", .sha256) == "registered")
        let found = try Connection(registry: server.database, creating: false)
            .prepare("SELECT group_concat(enrolment_id || ' ' || plugin) FROM result").first { $0.text(0) }
        #expect(found == "i1 south,i2 north,i3 east")
    }

    @Test func aVariableBeatsTheFile() async throws {
        let server = try await start(
            "[server]\nlisten = 127.0.0.1:0\npath = /file\n\(Self.plugin)",
            environment: ["RESULTS_RECEIVER_PATH": "/variable", "RESULTS_RECEIVER_BODY_BYTES": "4"])
        #expect(try server.post("<a/>", target: "/file").code == 404)
        #expect(try server.post("<a/>", target: "/variable").content.contains("\"reason\":\"schema\""))
        #expect(try server.post("<a />", target: "/variable").content.contains("\"reason\":\"too-large\""))
    }
}
