import Foundation
import Testing

/// What an operator does with the registry while the server runs, and how its answers follow.
@Suite(.timeLimit(.minutes(5)))
struct CommandsBesideServerTests {
    private func run(_ server: RunningServer, _ arguments: String..., input: String = "") async throws -> String {
        let ended = try await BuiltProgram.run(arguments + ["--database", server.database], input: input)
        #expect(ended.code == 0, "\(arguments): \(ended.errors)")
        return ended.output
    }

    private func reason(_ server: RunningServer, _ body: String) throws -> String {
        let content = try server.post(body).content
        return try #require(content.firstMatch(of: #/"reason":"([^"]+)"/#).map { String($0.1) })
    }

    @Test func enrolmentsAreImportedAddedAndCancelled() async throws {
        let server = try await RunningServer.start()
        #expect(try reason(server, RunningServer.message(student: "p1")) == "unknown-person")
        _ = try await run(
            server, "enrolments", "import", "-", input: "enrolment_id,person_id,course_id\ni1,p1,c1\ni2,p2,c1\n")
        #expect(try reason(server, RunningServer.message(student: "p1")) == "registered")
        _ = try await run(server, "enrolments", "add", "i3", "--person", "p3", "--course", "c1")
        #expect(try reason(server, RunningServer.message(student: "p3")) == "registered")
        _ = try await run(server, "enrolments", "cancel", "i2")
        #expect(try reason(server, RunningServer.message(student: "p2")) == "enrolment-cancelled")
        let listed = try await run(server, "enrolments", "list", "--format", "csv").split(separator: "\n")
        #expect(listed.dropFirst().map { $0.split(separator: ",").last } == ["afgerond", "geannuleerd", "afgerond"])
    }

    @Test func aResultIsExportedAndRevoked() async throws {
        let server = try await RunningServer.start(enrolments: RunningServer.enrolments(["p1"]))
        let message = RunningServer.message(student: "p1")
        #expect(try reason(server, message) == "registered")
        #expect(try await run(server, "results", "list", "--format", "csv").split(separator: "\n").count == 2)
        #expect(try await run(server, "results", "export").split(separator: "\n").count == 2)
        _ = try await run(server, "results", "revoke", "1", "--reason", "a tester's message")
        #expect(try await run(server, "results", "export").split(separator: "\n").count == 1)
        let again = try server.post(message, fields: "Accept-Language: en\r\n")
        #expect(again.code == 404)
        #expect(again.content.contains("\"reason\":\"duplicate\""))
        #expect(again.content.contains("revoked"))
        #expect(try reason(server, RunningServer.message(student: "p1", score: "9")) == "registered")
        // Result ids increase.
        let export = try await run(server, "results", "export", "--after", "1").split(separator: "\n")
        #expect(export.count == 2 && export[1].hasPrefix("2,i-p1,"))
    }

    @Test func maintenanceBeginsAndEnds() async throws {
        let server = try await RunningServer.start(enrolments: RunningServer.enrolments(["p1"]))
        _ = try await run(server, "maintenance", "on", "--message", "Back at noon")
        let answer = try server.post(RunningServer.message(student: "p1"))
        #expect(answer.code == 503)
        #expect(answer.content.contains("\"reason\":\"maintenance\""))
        #expect(answer.content.contains("Back at noon"))
        #expect(answer.head.contains(#/\r\nRetry-After: \d+\r\n/#))
        #expect(try await run(server, "maintenance", "status").hasSuffix(": Back at noon\n"))
        _ = try await run(server, "maintenance", "off")
        #expect(try reason(server, RunningServer.message(student: "p1")) == "registered")
    }

    @Test func maintenanceOutlastsARestart() async throws {
        let server = try await RunningServer.start(enrolments: RunningServer.enrolments(["p1"]))
        _ = try await run(server, "maintenance", "on")
        await server.end()
        let restarted = try await RunningServer.start(folder: server.folder)
        #expect(try reason(restarted, RunningServer.message(student: "p1")) == "maintenance")
    }

    /// What others write at the same time waits for the lock, or is answered 503, and is never lost.
    @Test func deliveriesGoOnWhileALargeFileIsImported() async throws {
        let persons = (0..<40).map { "d\($0)" }
        let server = try await RunningServer.start(enrolments: RunningServer.enrolments(persons))
        let folder = try TemporaryFolder()
        let rows = (0..<60_000).map { "i\($0),p\($0),c\($0 % 50)\n" }.joined()
        try Data("enrolment_id,person_id,course_id\n\(rows)".utf8).write(
            to: URL(fileURLWithPath: folder.file("e.csv")))
        async let imported = run(server, "enrolments", "import", folder.file("e.csv"))
        var codes: [Int] = []
        for person in persons { codes.append(try server.post(RunningServer.message(student: person)).code) }
        #expect(try await imported.contains("60000 new"))
        #expect(codes.allSatisfy { [200, 503].contains($0) })
        let export = try await run(server, "results", "export").split(separator: "\n")
        #expect(export.count - 1 == codes.count { $0 == 200 })
    }
}
