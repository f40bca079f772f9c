import Foundation
import Net
import Registry
import Samples
import Signature
import Testing

/// The real binary, as it is run by an operator.
@Suite(.timeLimit(.minutes(5)))
struct ServeTests {
    @Test func everySampleGetsWhatTheManifestSays() async throws {
        let book = try SampleBook()
        let server = try await RunningServer.start(enrolments: book.enrolments)
        let secret = try #require(Secret(Array(RunningServer.secret.utf8)))
        for sample in book.samples {
            let client = try TestClient(server.address)
            client.send(sample.request(path: "/results", secret: secret).octets(host: "localhost"))
            let answer = try client.answer()
            #expect(answer.code == sample.expectation.code, "\(sample.name)")
            #expect(answer.content.contains("\"reason\":\"\(sample.expectation.reason)\""), "\(sample.name)")
            #expect(answer.content.contains("\"status\":\"\(sample.expectation.status)\""), "\(sample.name)")
        }
    }

    @Test func fortySimultaneousMessagesForOneEnrolmentGiveOneResult() async throws {
        let server = try await RunningServer.start(enrolments: RunningServer.enrolments(["p1"]))
        let codes = try await withThrowingTaskGroup(of: Int.self) { group in
            for part in 0..<40 {
                group.addTask { try server.post(RunningServer.message(student: "p1", part: "\(part)")).code }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(codes.count { $0 == 200 } == 1)
        #expect(codes.count { $0 == 404 } == 39)
        #expect(try await exportedLines(server).count == 1)
    }

    @Test func aKillAfterAnAnswerLosesNothing() async throws {
        let persons = (0..<20).map { "p\($0)" }
        let server = try await RunningServer.start(enrolments: RunningServer.enrolments(persons))
        for person in persons {
            #expect(try server.post(RunningServer.message(student: person)).code == 200)
        }
        await server.end(by: SIGKILL)
        let again = try await RunningServer.start(folder: server.folder)
        #expect(try await exportedLines(again).count == persons.count)
        let answer = try again.post(RunningServer.message(student: "p0"))
        #expect(answer.code == 404)
        #expect(answer.content.contains("\"reason\":\"duplicate\""))
    }

    @Test(arguments: [SIGTERM, SIGINT]) func aSignalFinishesWhatWasBegunAndEndsWithZero(_ signal: Int32) async throws {
        let server = try await RunningServer.start(enrolments: RunningServer.enrolments(["p1"]))
        let client = try TestClient(server.address)
        let request = try RunningServer.request(RunningServer.message(student: "p1"))
        client.send(String(request.dropLast(10)))
        // Another connection is answered after the first one's octets have been read.
        #expect(try server.post("", signature: "no").code == 403)
        kill(server.processID, signal)
        for await line in server.lines where line.contains("\"message\":\"ending\"") { break }
        client.send(String(request.suffix(10)))
        let answer = try client.answer()
        #expect(answer.code == 200)
        #expect(answer.closes)
        #expect(await server.ended() == 0)
        // A clean end leaves nothing in the log.
        let log = try? FileManager.default.attributesOfItem(atPath: server.database + "-wal")[.size] as? Int
        #expect((log ?? 0) == 0)
    }

    @Test func aSignalThatComesAsSoonAsItListensIsNotLost() async throws {
        for _ in 0..<10 {
            let server = try await RunningServer.start()
            #expect(await server.end() == 0)
        }
    }

    @Test func aLineForEachAddressSaysWhereItListens() async throws {
        let server = try await RunningServer.start(
            arguments: [
                "--listen", "127.0.0.1:0", "--listen", "127.0.0.2:0", "--listen", "127.0.0.1:0",
                "--path", "/hook/results",
            ])
        #expect(Set(server.addresses).count == 3)
        for address in server.addresses {
            #expect(address.port != 0)
            #expect(server.errors.contains("\"message\":\"listening on http://\(address)/hook/results\""))
            let client = try TestClient(address)
            let request = try RunningServer.request("<a/>", target: "/hook/results?x=1")
            #expect(try client.ask(request).code == 400)
        }
    }

    @Test func aPortInUseNamesTheFlagThatChoosesAnother() async throws {
        let server = try await RunningServer.start()
        let second = try await serve(["--listen", "\(server.address)"])
        #expect(second.code == 69)
        #expect(second.errors.hasPrefix("results-receiver: error: cannot listen on \(server.address): "))
        #expect(second.errors.contains("in use"))
        #expect(second.errors.contains("--listen"))
    }

    @Test func aStartThatFailsLeavesNoDatabaseBehind() async throws {
        let server = try await RunningServer.start()
        let folder = try TemporaryFolder()
        try Data("<a/>".utf8).write(to: URL(fileURLWithPath: folder.file("a.xsd")))
        try Data("\n".utf8).write(to: URL(fileURLWithPath: folder.file("empty")))
        for (arguments, code) in [
            (["--listen", "\(server.address)"], 69),
            (["--listen", "127.0.0.1:0", "--listen", "\(server.address)"], 69),
            (["--listen", "192.0.2.1:80"], 69), (["--listen", "host.invalid:80"], 69),
            (["--secret-file", folder.file("none")], 78), (["--secret-file", folder.file("empty")], 78),
            (["--schema", folder.file("a.xsd")], 78), (["--schema", folder.file("none.xsd")], 66),
        ] as [([String], Int32)] {
            let ended = try await serve(arguments, database: folder.file("results.db"))
            #expect(ended.code == code, "\(arguments)")
            #expect(!ended.errors.contains("listening on"))
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted() == ["a.xsd", "empty"])
        }
    }

    @Test func withoutASecretItDoesNotStart() async throws {
        for secret in [nil, ""] as [String?] {
            let ended = try await serve([], secret: secret)
            #expect(ended.code == 78)
            #expect(ended.errors.contains("secret"))
        }
        let folder = try TemporaryFolder()
        try Data("\n".utf8).write(to: URL(fileURLWithPath: folder.file("secret")))
        let ended = try await serve(["--secret-file", folder.file("secret")], secret: nil)
        #expect(ended.code == 78)
        // One that is right does not make up for it.
        try Data("0123456789abcdef".utf8).write(to: URL(fileURLWithPath: folder.file("right")))
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: folder.file("right"))
        let both = ["--secret-file", folder.file("right"), "--secret-file", folder.file("secret")]
        let second = try await serve(both, secret: nil)
        #expect(second.code == 78)
        #expect(second.errors.contains("is empty"))
        try Data("[plugin a]\nsecret-file = right\n[plugin b]\n".utf8)
            .write(to: URL(fileURLWithPath: folder.file("x.conf")))
        let other = try await serve(["--config", folder.file("x.conf")], secret: nil)
        #expect(other.code == 78)
        #expect(other.errors.contains("plugin b has no secret"))
    }

    @Test func aShortSecretIsWarnedOf() async throws {
        let server = try await RunningServer.start(environment: ["RESULTS_RECEIVER_SECRET": "short"])
        #expect(server.errors.contains("\"level\":\"warning\""))
        #expect(server.errors.contains("5 bytes"))
        #expect(!server.errors.contains("short\""))
    }

    @Test func aDatabaseOfANewerReleaseIsRefusedWithBothNumbers() async throws {
        let folder = try TemporaryFolder()
        do {
            let store = try SQLiteStore(path: folder.file("results.db"), logger: nil)
            store.close()
            try Connection(registry: folder.file("results.db"), creating: false).execute("PRAGMA user_version = 99")
        }
        let ended = try await serve([], database: folder.file("results.db"))
        #expect(ended.code == 65)
        #expect(ended.errors.contains("99"))
        #expect(ended.errors.contains("up to 2"))
    }

    @Test func theDatabaseIsReadableByItsOwnerOnly() async throws {
        let server = try await RunningServer.start(enrolments: RunningServer.enrolments(["p1"]))
        #expect(try server.post(RunningServer.message(student: "p1")).code == 200)
        for file in [server.database, server.database + "-wal", server.database + "-shm"] {
            let mode = try FileManager.default.attributesOfItem(atPath: file)[.posixPermissions] as? Int
            #expect(mode == 0o600, "\(file)")
        }
    }

    @Test func theLogHoldsNoPersonalDataAndNoSignature() async throws {
        let server = try await RunningServer.start(enrolments: RunningServer.enrolments(["p1"]))
        // Marks that no time or duration of a log line can look like.
        let message = RunningServer.message(student: "p1", score: "73.19")
        #expect(try server.post(message).code == 200)
        #expect(try server.post(message).code == 404)
        #expect(try server.post(RunningServer.message(student: "p1", score: "731.9")).code == 400)
        #expect(try server.post(message, signature: RunningServer.sign("other")).code == 403)
        await server.end()
        let log = server.errors
        #expect(log.split(separator: "\n").count { $0.contains("\"reference\"") } == 4)
        for private_ in [
            "Secretia", "Lastname", "example.nl", "73.19", "731.9", try RunningServer.sign(message),
            try RunningServer.sign("other"), RunningServer.secret,
        ] {
            #expect(!log.contains(private_), "\(private_)")
        }
    }

    // MARK: -

    /// Runs `serve` where it is expected to end by itself.
    private func serve(
        _ arguments: [String], secret: String? = RunningServer.secret, database: String? = nil
    ) async throws -> BuiltProgram.Ended {
        let folder = try TemporaryFolder()
        let listen = arguments.contains("--listen") ? [] : ["--listen", "127.0.0.1:0"]
        return try await BuiltProgram.run(
            ["serve", "--database", database ?? folder.file("results.db")] + listen + arguments,
            environment: secret.map { ["RESULTS_RECEIVER_SECRET": $0] } ?? [:], limit: 60)
    }

    /// The rows of `results export`, without the header line.
    private func exportedLines(_ server: RunningServer) async throws -> [Substring] {
        let ended = try await BuiltProgram.run(["results", "export", "--database", server.database])
        #expect(ended.code == 0)
        return Array(ended.output.split(separator: "\n").dropFirst())
    }
}
