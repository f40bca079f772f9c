import Foundation
import Registry
import Testing

/// The way of a missing result, with the real binary: refused, found, mended, run again, registered.
@Suite(.timeLimit(.minutes(5)))
struct MissingResultTests {
    private func run(_ server: RunningServer, _ arguments: String...) async throws -> BuiltProgram.Ended {
        try await BuiltProgram.run(
            arguments, environment: ["RESULTS_RECEIVER_DATABASE": server.database, "LANG": "C"],
            folder: server.folder.path)
    }

    /// Refused deliveries are recorded soon after their answer.
    private func awaitDeliveries(_ count: Int, _ server: RunningServer) async throws {
        let access = try RegistryAccess(to: server.database)
        try await eventually {
            guard let rows = try? access.deliveries() else { return false }
            var found = 0
            while (try? rows.next()) ?? nil != nil { found += 1 }
            return found >= count
        }
    }

    @Test func aResultRefusedForAMissingEnrolmentIsFoundMendedReplayedAndRegistered() async throws {
        let server = try await RunningServer.start(enrolments: RunningServer.enrolments(["p1"]))
        let message = RunningServer.message(student: "p2")
        for _ in 1...3 { #expect(try server.post(message).code == 404) }
        try await awaitDeliveries(3, server)

        let attention = try await run(server, "report", "attention")
        #expect(attention.code == 1)
        #expect(attention.output.hasPrefix("1 × unknown-person, course c1, plugin default"))
        let list = try await run(server, "deliveries", "list", "--person", "p2")
        #expect(list.output.contains("3 of 11"))
        let reference = try #require(attention.output.firstMatch(of: #/such as (\w+)/#)).1
        let explained = try await run(server, "explain", String(reference))
        #expect(explained.code == 1 && explained.output.contains("FAILED  person"))

        let csv = server.folder.file("e.csv")
        try Data("enrolment_id,person_id,course_id\ni-p2,p2,c1\n".utf8).write(to: URL(fileURLWithPath: csv))
        let imported = try await run(server, "enrolments", "import", csv)
        #expect(imported.output.contains("1 refused message would now be accepted"))
        let replay = try await run(server, "deliveries", "replay", String(reference))
        #expect(replay.code == 0 && replay.output.contains("200 registered"))

        let results = try await run(server, "results", "export")
        #expect(results.output.contains(",i-p2,p2,"))
        #expect(try await run(server, "report", "attention").code == 0)
        // The learning platform's next try is told that there is nothing to do.
        let answer = try server.post(message)
        #expect(answer.code == 404 && answer.content.contains("\"reason\":\"duplicate\""))
        try await awaitDeliveries(5, server)
        #expect(try await run(server, "report", "attention").code == 0)
        #expect(await server.end() == 0)
    }

    @Test func everyDeliveryWithARightSignatureIsRecordedAndOthersAreBare() async throws {
        let server = try await RunningServer.start(enrolments: RunningServer.enrolments(["p1"]))
        let accepted = RunningServer.message(student: "p1")
        let wrong = RunningServer.message(student: "p1", score: "850")
        #expect(try server.post(accepted).code == 200)
        #expect(try server.post(accepted).code == 404)
        #expect(try server.post(wrong).code == 400)
        #expect(try server.post(wrong, signature: try RunningServer.sign("another")).code == 403)
        for _ in 1...30 { #expect(try server.post("x", signature: "none").code == 403) }
        #expect(await server.end() == 0)
        let export = try await run(server, "deliveries", "export")
        let rows = export.output.split(separator: "\n").dropFirst().map {
            $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        }
        let signed = rows.filter { !$0[4].isEmpty }
        #expect(signed.map { "\($0[2]) \($0[3]) \($0[4])" } == ["200 registered 1", "404 duplicate 2", "400 schema 1"])
        #expect(signed[0][6...9] == ["p1", "c1", "17", "default"])
        #expect(signed.allSatisfy { Int($0[11]) != nil && $0[12] == "127.0.0.1" })
        let bare = rows.filter { $0[4].isEmpty }
        #expect(bare.count { $0[3] == "signature-mismatch" } == 1)
        // Ten in each minute, and the thirty may have come in two.
        let minutes = Dictionary(grouping: bare.filter { $0[3] == "signature-malformed" }) { $0[1].prefix(16) }
        #expect(minutes.values.allSatisfy { $0.count <= 10 } && minutes.values.contains { $0.count == 10 })
        #expect(bare.allSatisfy { $0[6].isEmpty && $0[7].isEmpty })
        let registry = try Connection(registry: server.database, creating: false)
        let tally = try registry.prepare("SELECT sum(requests) FROM turned_away").first { $0.integer(0) }
        #expect(tally == 31)
        let bodies = try registry.prepare("SELECT count(*) FROM delivery_body").first { $0.integer(0) }
        #expect(bodies == 2, "of the two refused messages with a right signature")
    }

    @Test func bodiesAreNotKeptWhereTheSettingsSaySo() async throws {
        let server = try await RunningServer.start(environment: ["RESULTS_RECEIVER_BODIES": "none"])
        #expect(try server.post(RunningServer.message(student: "p1")).code == 404)
        #expect(await server.end() == 0)
        let registry = try Connection(registry: server.database, creating: false)
        #expect(try registry.prepare("SELECT count(*) FROM delivery").first { $0.integer(0) } == 1)
        #expect(try registry.prepare("SELECT count(*) FROM delivery_body").first { $0.integer(0) } == 0)
    }
}
