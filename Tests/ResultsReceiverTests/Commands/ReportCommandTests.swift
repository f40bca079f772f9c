import Foundation
import Registry
import Results
import Testing

@testable import ResultsReceiver

/// `report attention` and `report missing`.
@Suite struct ReportCommandTests {
    private let fixture: DeliveryFixture
    private var commands: CommandFixture { fixture.commands }

    init() throws { fixture = try DeliveryFixture() }

    @Test func whereNothingNeedsAnybodyItSaysNothing() async throws {
        let ended = try await commands.run("report", "attention")
        #expect(ended.code == 0 && ended.output.isEmpty && ended.errors.isEmpty)
    }

    @Test func openMessagesAreGroupedByCauseWithACure() async throws {
        for number in 1...3 {
            try fixture.refuse(
                "u\(number)", "<m\(number)/>", reason: "unknown-course", course: "e123",
                at: Timestamp(milliseconds: Timestamp.now().milliseconds + Int64(number)))
        }
        try fixture.refuse("d1", "<m9/>", reason: "duplicate", course: "e77")
        let ended = try await commands.run("report", "attention")
        #expect(ended.code == 1)
        let lines = fixture.lines(ended.output)
        #expect(lines[0].hasPrefix("3 × unknown-course, course e123, plugin default, last "))
        #expect(lines[0].hasSuffix("such as u3"))
        #expect(lines[1].hasPrefix("    Course 'e123' is in no enrolment: import it, or correct the course id"))
        #expect(lines[2].hasPrefix("1 × duplicate, course e77"))
        #expect(lines[3].contains("Several parts of course 'e77'") && lines[3].contains("switch off all but one"))
    }

    @Test func theReportIsReadByPrograms() async throws {
        try fixture.refuse("r1", "<m/>")
        let csv = try await commands.run("report", "attention", "--format", "csv")
        let lines = fixture.lines(csv.output)
        #expect(csv.code == 1)
        #expect(lines[0] == "cause,plugin,course_id,count,first_at,last_at,example_reference,cure")
        #expect(lines[1].hasPrefix("unknown-person,default,c1,1,"))
        let json = try await commands.run("report", "attention", "--format", "json")
        let rows = try JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [[String: Any]]
        #expect(rows?.first?["count"] as? Int == 1)
    }

    @Test func wrongSignaturesNeedSomebodyUntilARightOneComes() async throws {
        let turned = TurnedAway(reason: "signature-mismatch", plugin: "default", requests: 4, last: .now())
        _ = try fixture.registry.store.record([], turnedAway: [turned])
        let ended = try await commands.run("report", "attention")
        #expect(ended.code == 1 && ended.output.hasPrefix("4 × signature-mismatch, plugin default"))
        let later = Timestamp(milliseconds: Timestamp.now().milliseconds + 1000)
        try fixture.registry.enrol("e1", person: "p1")
        var entry = try Entry.make()
        entry.receivedAt = later
        _ = try fixture.registry.apply(entry)
        #expect(try await commands.run("report", "attention").code == 0)
    }

    @Test func wrongSignaturesOfLongAgoNeedNobody() async throws {
        let old = Timestamp(milliseconds: Timestamp.now().milliseconds - 90_000_000)
        let turned = TurnedAway(reason: "signature-mismatch", plugin: "default", requests: 4, last: old)
        _ = try fixture.registry.store.record([], turnedAway: [turned])
        #expect(try await commands.run("report", "attention").code == 0)
    }

    @Test func maintenanceThatLastsNeedsSomebody() async throws {
        _ = try await commands.run("maintenance", "on")
        let ended = try await commands.run("report", "attention")
        #expect(ended.code == 1 && ended.output.contains("'maintenance off' ends it"))
    }

    @Test func theCuresAreInTheLanguageOfTheLocale() async throws {
        try fixture.refuse("r1", "<m/>", reason: "waiting-list")
        for (locale, word) in [("nl_NL", "wachtlijst"), ("de_DE", "Warteliste"), ("C", "waiting list")] {
            var commands = commands
            commands.environment["LANG"] = locale
            #expect(try await commands.run("report", "attention").output.contains(word))
        }
    }

    // MARK: missing

    @Test func whoIsPlannedWhereOthersHaveResultsIsMissing() async throws {
        try fixture.registry.enrol("e1", person: "p1")
        try fixture.registry.enrol("e2", person: "p2")
        try fixture.registry.enrol("e3", person: "p3", status: .geannuleerd)
        try fixture.registry.enrol("e4", person: "p4", course: "c2")
        _ = try fixture.registry.apply(.make("p1"))
        let missing = try await commands.run("report", "missing", "--format", "csv")
        #expect(missing.code == 0)
        #expect(fixture.lines(missing.output).dropFirst().map { $0.prefix(2) } == ["e2"])
        #expect(fixture.lines(try await commands.run("report", "missing", "--course", "c2").output).count == 1)
        _ = try await commands.run("results", "revoke", "1", "--reason", "a tester's")
        #expect(fixture.lines(try await commands.run("report", "missing").output).count == 1)
    }
}
