import Foundation
import Registry
import Results
import Testing

@testable import ResultsReceiver

@Suite struct ResultsCommandTests {
    /// Two results: 1 with everything, received at noon (UTC) of 20 November 2026, and 2, bare, a day later.
    private func fixture() throws -> (CommandFixture, RegistryFixture) {
        let registry = try RegistryFixture()
        try registry.enrol("i1", person: "p1", external: "a1", course: "e1")
        try registry.enrol("i2", person: "p2", course: "e1")
        let noon = Timestamp(year: 2026, month: 11, day: 20, hour: 12)
        var first = try Entry.make("p1", course: "e1", bytes: 1)
        first.completion.passed = true
        first.completion.present = false
        first.receivedAt = noon
        var second = try Entry.make("p2", course: "e1", bytes: 2, part: nil, score: nil)
        second.completion.passed = nil
        second.completion.present = nil
        second.receivedAt = Timestamp(milliseconds: noon.milliseconds + 86_400_000)
        for entry in [first, second] {
            guard case .registered = try registry.apply(entry)[0] else {
                Issue.record("not registered")
                break
            }
        }
        var commands = try CommandFixture()
        commands.registry = registry
        commands.environment = ["RESULTS_RECEIVER_DATABASE": registry.path]
        return (commands, registry)
    }

    private static let header =
        "result_id,enrolment_id,person_id,external_id,course_id,part_id,score,passed,present,completed_at,approved_on,"
        + "received_at"

    private func lines(_ fixture: CommandFixture, _ arguments: String...) async throws -> [String] {
        let ended =
            switch arguments.count {
            case 0: try await fixture.run("results", "export")
            case 1: try await fixture.run("results", "export", arguments[0])
            case 2: try await fixture.run("results", "export", arguments[0], arguments[1])
            default: try await fixture.run(["results", "export"] + arguments)
            }
        #expect(ended.code == 0)
        return ended.output.split(separator: "\n").map(String.init)
    }

    @Test func exportWritesItsColumnsOrderedByResultID() async throws {
        let (fixture, _) = try fixture()
        let lines = try await lines(fixture)
        try #require(lines.count == 3)
        #expect(lines[0] == Self.header)
        let first = lines[1].split(separator: ",", omittingEmptySubsequences: false)
        #expect(first[..<9] == ["1", "i1", "p1", "a1", "e1", "17", "8.5", "true", "false"])
        #expect(first[11] == "2026-11-20T12:00:00.000Z")
        let second = lines[2].split(separator: ",", omittingEmptySubsequences: false)
        #expect(second[..<9] == ["2", "i2", "p2", "", "e1", "", "", "", ""])
    }

    @Test func sinceIsIncludedAndUntilIsNot() async throws {
        let (fixture, _) = try fixture()
        func ids(_ arguments: String...) async throws -> [String] {
            let lines =
                arguments.count == 2
                ? try await lines(fixture, arguments[0], arguments[1])
                : try await lines(fixture, arguments[0], arguments[1], arguments[2], arguments[3])
            return lines.dropFirst().map { String($0.prefix(1)) }
        }
        #expect(try await ids("--since", "2026-11-20T12:00:00Z") == ["1", "2"])
        #expect(try await ids("--since", "2026-11-20T12:00:00.001Z") == ["2"])
        #expect(try await ids("--until", "2026-11-20T12:00:00Z") == [])
        #expect(try await ids("--until", "2026-11-20T12:00:00.001Z") == ["1"])
        #expect(try await ids("--since", "2026-11-20T13:00:00+01:00", "--until", "2026-11-21T13:00:00+01:00") == ["1"])
        // Without zone: as clocks show in Amsterdam.
        #expect(try await ids("--since", "2026-11-20T13:00") == ["1", "2"])
        #expect(try await ids("--since", "2026-11-20T13:01") == ["2"])
        #expect(try await ids("--after", "1") == ["2"])
        #expect(try await ids("--after", "2") == [])
    }

    @Test func aBareDateIsLocalMidnight() async throws {
        let (fixture, registry) = try fixture()
        try registry.enrol("i3", person: "p3", course: "e1")
        var entry = try Entry.make("p3", course: "e1", bytes: 3)
        // Half past midnight of the 21st in Amsterdam.
        entry.receivedAt = Timestamp(year: 2026, month: 11, day: 20, hour: 23, minute: 30)
        _ = try registry.apply(entry)
        #expect(try await lines(fixture, "--until", "2026-11-21").map { String($0.prefix(1)) } == ["r", "1"])
        #expect(
            try await lines(fixture, "--since", "2026-11-21").map { String($0.prefix(1)) } == ["r", "2", "3"])
    }

    @Test func aBareDateIsMidnightInTheZoneOfTheSettings() async throws {
        let (fixture, _) = try fixture()
        // Result 1 came at noon, UTC: a quarter to six in the evening in Kathmandu, two in the morning of the 21st on Kiritimati.
        for (zone, expected) in [("Asia/Kathmandu", ["r", "2"]), ("Pacific/Kiritimati", ["r", "1", "2"])] {
            let settings = try fixture.write("x.conf", "[server]\ntime-zone = \(zone)\n")
            let lines = try await lines(fixture, "--since", "2026-11-21", "--config", settings)
            #expect(lines.map { String($0.prefix(1)) } == expected)
        }
    }

    @Test func revokedResultsHaveTheirColumnsInJSONToo() async throws {
        let (fixture, _) = try fixture()
        _ = try await fixture.run("results", "revoke", "1", "--reason", "a \"test\"")
        let lines = try await lines(fixture, "--format", "ndjson", "--revoked", "--after=0")
        #expect(lines[0].contains(#/"revoked_at":"\d{4}-\d\d-\d\dT[\d:.]{12}Z","revoked_reason":"a \\"test\\""}$/#))
        #expect(lines[1].hasSuffix("\"revoked_at\":null,\"revoked_reason\":null}"))
        #expect(try await fixture.run("results", "list", "--format", "csv").output.split(separator: "\n").count == 2)
    }

    @Test(arguments: ["2026", "2026-02-30", "yesterday", "2026-11-20T25:00Z"])
    func aTimeThatIsNoneIsAUsageError(text: String) async throws {
        let ended = try await CommandFixture().run("results", "export", "--since", text)
        #expect(ended.code == 64)
        #expect(ended.errors.hasPrefix("results-receiver: error: --since: '\(text)' is no time\n"))
    }

    @Test(arguments: ["x", "-1", "1.5", "99999999999999999999"])
    func aResultIDThatIsNoneIsAUsageError(text: String) async throws {
        #expect(try await CommandFixture().run("results", "export", "--after=\(text)").code == 64)
        #expect(try await CommandFixture().run("results", "revoke", "--reason", "r", "--", text).code == 64)
    }

    @Test func JSONHasNumbersForIdsAndScoresAndOneObjectALineInNDJSON() async throws {
        let (fixture, _) = try fixture()
        let array = try await fixture.run("results", "export", "--format", "json")
        let rows = try #require(JSONSerialization.jsonObject(with: Data(array.output.utf8)) as? [[String: Any]])
        #expect(rows.count == 2)
        #expect(array.output.contains("\"result_id\":1,"))
        #expect(array.output.contains("\"score\":8.5,\"passed\":true,\"present\":false,"))
        #expect(array.output.contains("\"score\":null,\"passed\":null,"))
        let lines = try await fixture.run("results", "export", "--format", "ndjson").output.split(separator: "\n")
        #expect(lines.count == 2)
        #expect(lines.allSatisfy { $0.hasPrefix("{") && $0.hasSuffix("}") })
    }

    @Test func revokeUndoesAResultAndKeepsItAsHistory() async throws {
        let (fixture, registry) = try fixture()
        let revoked = try await fixture.run("results", "revoke", "1", "--reason", "a tester's message")
        #expect(revoked.code == 0)
        #expect(revoked.output == "result 1 is revoked; enrolment i1 is planned again\n")
        #expect(try registry.text("SELECT status FROM enrolment WHERE enrolment_id = 'i1'") == "ingepland")
        #expect(try await lines(fixture).count == 2)
        let all = try await lines(fixture, "--revoked")
        try #require(all.count == 3)
        #expect(all[0] == Self.header + ",revoked_at,revoked_reason")
        #expect(all[1].hasSuffix(",a tester's message"))
        #expect(all[2].hasSuffix(",,"))
        let again = try await fixture.run("results", "revoke", "1", "--reason", "x")
        #expect(again.code == 65)
        #expect(again.errors.contains("result 1 was revoked at 2"))
    }

    @Test func revokeKeepsWhoDidIt() async throws {
        var (fixture, registry) = try fixture()
        fixture.environment["SUDO_USER"] = "piet"
        _ = try await fixture.run("results", "revoke", "1", "--reason", "x")
        #expect(try registry.text("SELECT revoked_by FROM result WHERE result_id = 1") == "piet")
    }

    @Test func revokeNeedsAReasonAndAResult() async throws {
        let (fixture, _) = try fixture()
        #expect(try await fixture.run("results", "revoke", "1").code == 64)
        #expect(try await fixture.run("results", "revoke", "1", "--reason", " ").code == 64)
        let unknown = try await fixture.run("results", "revoke", "7", "--reason", "x")
        #expect(unknown.code == 65)
        #expect(unknown.errors.hasPrefix("results-receiver: error: there is no result 7\n"))
    }

    @Test func listShowsATableAndFilters() async throws {
        let (fixture, _) = try fixture()
        let table = try await fixture.run("results", "list").output.split(separator: "\n")
        try #require(table.count == 3)
        #expect(table[0].hasPrefix("result_id  enrolment_id  person_id"))
        let filtered = try await fixture.run("results", "list", "--person", "a1", "--format", "csv").output
        #expect(filtered.split(separator: "\n").count == 2)
    }
}
