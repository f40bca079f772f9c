import Foundation
import Registry
import Results
import Testing

@testable import ResultsReceiver

/// `deliveries list|show|export|replay|dismiss`, and what an import does for refused messages.
@Suite struct DeliveriesCommandTests {
    private let fixture: DeliveryFixture
    private var commands: CommandFixture { fixture.commands }
    private let message = RunningServer.message(student: "p1")
    private let other = RunningServer.message(student: "p2")

    init() throws { fixture = try DeliveryFixture() }

    private static let header =
        "reference,received_at,code,reason,attempt,outlook,student_id,course_id,part_id,plugin,bytes,duration_us,client,"
        + "replay_of,message"

    // MARK: list and export

    @Test func theListShowsTheLatestFirstWithItsAttempt() async throws {
        try fixture.refuse("r1", message)
        try fixture.refuse("r2", message)
        let table = try await commands.run("deliveries", "list")
        #expect(table.code == 0)
        #expect(fixture.lines(table.output).map { $0.split(separator: " ")[0] } == ["reference", "r2", "r1"])
        #expect(table.output.contains("2 of 11"))
        let csv = try await commands.run("deliveries", "list", "--format", "csv")
        #expect(fixture.lines(csv.output)[0] == Self.header)
        let fields = fixture.lines(csv.output)[1].split(separator: ",", omittingEmptySubsequences: false)
        #expect(fields[0] == "r2" && fields[4] == "2" && fields[11] == "300")
        let json = try await commands.run("deliveries", "list", "--format", "json")
        let rows = try JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [[String: Any]]
        #expect(rows?.first?["attempt"] as? Int == 2)
    }

    @Test func theListIsNarrowedByEveryFlag() async throws {
        let day = Timestamp(year: 2026, month: 11, day: 20, hour: 12)
        try fixture.refuse("person", message, at: day)
        try fixture.refuse("course", other, student: "p2", course: "c2", at: day)
        try fixture.refuse("reason", "<x/>", reason: "schema", code: 400, student: nil, course: nil, at: day)
        try fixture.refuse(
            "late", "<y/>", student: "p3", course: "c3", at: Timestamp(milliseconds: day.milliseconds + 86_400_000))
        for (flags, expected) in [
            (["--person", "p1"], ["person"]), (["--course", "c2"], ["course"]), (["--reason", "schema"], ["reason"]),
            (["--code", "400"], ["reason"]), (["--since", "2026-11-21"], ["late"]),
            (["--until", "2026-11-21T00:00Z", "--code", "404"], ["course", "person"]),
        ] {
            let csv = try await commands.run(["deliveries", "export"] + flags)
            let references = fixture.lines(csv.output).dropFirst().map { String($0.prefix { $0 != "," }) }
            #expect(references.sorted() == expected, "\(flags)")
        }
    }

    @Test func exportIsOldestFirstAndWhole() async throws {
        for number in 1...150 { try fixture.refuse("r\(number)", "<m\(number)/>") }
        let export = try await commands.run("deliveries", "export", "--format", "ndjson")
        let lines = fixture.lines(export.output)
        #expect(lines.count == 150 && lines[0].contains("\"r1\"") && lines[149].contains("\"r150\""))
        let list = try await commands.run("deliveries", "list", "--format", "csv")
        #expect(fixture.lines(list.output).count == 101)
        #expect(list.errors.contains("there are more than 100; --limit N shows more"))
        let all = try await commands.run("deliveries", "list", "--format", "csv", "--limit", "0")
        #expect(fixture.lines(all.output).count == 151)
        let few = try await commands.run("deliveries", "export", "--limit", "3")
        #expect(fixture.lines(few.output).map { $0.prefix { $0 != "," } } == ["reference", "r1", "r2", "r3"])
    }

    @Test(arguments: [
        (["--since", "yesterday"], "--since: 'yesterday' is no time"),
        (["--code", "418"], "--code: '418' is no code of an answer"),
        (["--reason", "unknwn-person"], "--reason: 'unknwn-person' is no reason"),
        (["--limit", "many"], "--limit: 'many' is no number of rows"),
    ])
    func wrongValuesAreUsageErrors(flags: [String], error: String) async throws {
        let ended = try await commands.run(["deliveries", "list"] + flags)
        #expect(ended.code == 64 && ended.output.isEmpty)
        #expect(ended.errors.hasPrefix("results-receiver: error: \(error)\nresults-receiver: hint: "))
    }

    // MARK: show

    @Test func showTellsEverythingOfADeliveryAndItsFellows() async throws {
        try fixture.refuse("r1", message)
        try fixture.refuse("r2", message)
        let shown = try await commands.run("deliveries", "show", "r1")
        #expect(shown.code == 0)
        for part in [
            "reference    r1", "answer       404 unknown-person", "message      why", "attempt      1 of 11",
            "student id   p1", "course id    c1", "part id      17", "plugin       default", "duration     300 µs",
            "client       192.0.2.1", "signature    right", "body         kept", "the same message:\n  r2  ",
        ] {
            #expect(shown.output.contains(part), "\(part)")
        }
        #expect(try await commands.run("deliveries", "show", "r2").output.contains("open         yes"))
        #expect(try await commands.run("deliveries", "show", "r1", "--body").output == message)
    }

    @Test(arguments: ["show", "replay", "dismiss"])
    func anUnknownReferenceIsOneClearError(command: String) async throws {
        let ended = try await commands.run("deliveries", command, "r9")
        #expect(ended.code == 66 && ended.output.isEmpty)
        #expect(ended.errors.hasPrefix("results-receiver: error: there is no delivery with the reference 'r9'\n"))
    }

    @Test func aBodyThatIsNotKeptIsOneClearError() async throws {
        try fixture.refuse("r1", message, keepsBody: false)
        let ended = try await commands.run("deliveries", "show", "r1", "--body")
        #expect(ended.code == 66 && ended.output.isEmpty)
        #expect(ended.errors.hasPrefix("results-receiver: error: the message of r1 is not kept\n"))
    }

    // MARK: replay

    @Test func aReplayRegistersWhatIsMendedAndIsLinkedToItsOriginal() async throws {
        try fixture.refuse("r1", message)
        try fixture.registry.enrol("e1", person: "p1")
        let replay = try await commands.run("deliveries", "replay", "r1")
        #expect(replay.code == 0)
        let lines = fixture.lines(replay.output)
        #expect(lines[0].hasPrefix("r1: 200 registered (reference ") && lines[0].hasSuffix(", result 1)"))
        #expect(lines[1] == "1 accepted, 0 refused")
        let export = try await commands.run("deliveries", "export", "--reason", "registered")
        let row = fixture.lines(export.output)[1].split(separator: ",", omittingEmptySubsequences: false)
        #expect(row[13] == "r1" && row[4] == "" && row[12] == "")
        #expect(try await commands.run("report", "attention").code == 0)
        #expect(try fixture.registry.text("SELECT score FROM result") == "850")
        let again = try await commands.run("deliveries", "replay", "r1")
        #expect(again.code == 1 && again.output.contains("r1: 404 duplicate"))
    }

    @Test func aDryRunStoresNothing() async throws {
        try fixture.refuse("r1", message)
        try fixture.registry.enrol("e1", person: "p1")
        let before = try fixture.registry.text("SELECT count(*) FROM delivery")
        let trial = try await commands.run("deliveries", "replay", "r1", "--dry-run")
        #expect(trial.code == 0)
        #expect(trial.output == "r1: would be 200 registered\n1 would be accepted, 0 refused\n")
        #expect(try fixture.registry.text("SELECT count(*) FROM delivery") == before)
        #expect(try fixture.registry.text("SELECT count(*) FROM result") == "0")
    }

    @Test func aReplayThatIsRefusedAgainIsRecordedWithItsReason() async throws {
        try fixture.refuse("r1", message)
        try fixture.registry.enrol("e1", person: "p1", status: .wachtlijst)
        let replay = try await commands.run("deliveries", "replay", "r1")
        #expect(replay.code == 1 && replay.output.contains("r1: 404 waiting-list"))
        let rows = try await commands.run("deliveries", "list", "--reason", "waiting-list", "--format", "csv")
        #expect(fixture.lines(rows.output)[1].contains(",r1,"))
        #expect(try fixture.registry.text("SELECT reason FROM cause") == "waiting-list")
    }

    @Test func aReplayByReasonTakesTheOpenMessagesOnce() async throws {
        try fixture.refuse("r1", message)
        try fixture.refuse("r2", message)
        try fixture.refuse("r3", other, student: "p2")
        try fixture.refuse("r4", "<x/>", reason: "schema", code: 400, student: nil, course: nil)
        for (id, person) in [("e1", "p1"), ("e2", "p2")] { try fixture.registry.enrol(id, person: person) }
        let replay = try await commands.run("deliveries", "replay", "--reason", "unknown-person")
        #expect(fixture.lines(replay.output).map { $0.prefix(6) } == ["r2: 20", "r3: 20", "2 acce"])
        #expect(try fixture.registry.text("SELECT group_concat(reason) FROM open_message") == "schema")
    }

    @Test func aReplayNeedsTheMessageAndItsPlugin() async throws {
        try fixture.refuse("gone", message, keepsBody: false)
        try fixture.refuse("foreign", other, student: "p2", plugin: "another")
        let gone = try await commands.run("deliveries", "replay", "gone")
        #expect(gone.code == 65)
        #expect(gone.errors.hasPrefix("results-receiver: error: gone: its message is not kept, or not any more\n"))
        let foreign = try await commands.run("deliveries", "replay", "foreign")
        #expect(foreign.code == 65 && foreign.errors.contains("the settings have no plugin 'another'"))
    }

    @Test func aMessageThatWasChangedInTheDatabaseIsNotRun() async throws {
        try fixture.refuse("r1", message)
        try fixture.registry.enrol("e1", person: "p1")
        try fixture.registry.outside.execute(
            "UPDATE delivery_body SET body = CAST(replace(CAST(body AS TEXT), '8.5', '9.5') AS BLOB)")
        let replay = try await commands.run("deliveries", "replay", "r1")
        #expect(replay.code == 65 && replay.errors.contains("is not the one that was recorded"))
        #expect(try fixture.registry.text("SELECT count(*) FROM result") == "0")
    }

    @Test func whatIsMeantMustBeSaid() async throws {
        #expect(try await commands.run("deliveries", "replay").code == 64)
        #expect(try await commands.run("deliveries", "replay", "r1", "--reason", "schema").code == 64)
        #expect(try await commands.run("deliveries", "replay", "r1", "--since", "2026-11-20").code == 64)
    }

    // MARK: dismiss

    @Test func aDismissedMessageNeedsNobodyUntilItComesAgain() async throws {
        try fixture.refuse("r1", message)
        #expect(try await commands.run("deliveries", "dismiss", "r1").output == "r1: dismissed\n")
        #expect(try await commands.run("report", "attention").code == 0)
        #expect(try await commands.run("deliveries", "dismiss", "r1").output == "r1: was not open\n")
        try fixture.refuse("r2", message)
        #expect(try await commands.run("report", "attention").code == 1)
    }

    // MARK: import

    private let csv = "enrolment_id,person_id,course_id\ne1,p1,c1\n"

    @Test func allMessagesOfAReasonAreDismissedAtOnce() async throws {
        try fixture.refuse("r1", message, reason: "duplicate")
        try fixture.refuse("r2", other, reason: "duplicate", student: "p2", course: "c2")
        try fixture.refuse("r3", "<x/>", reason: "no-enrolment")
        let one = try await commands.run("deliveries", "dismiss", "--reason", "duplicate", "--course", "c2")
        #expect(one.code == 0 && one.output == "1 dismissed\n")
        let none = try await commands.run("deliveries", "dismiss", "--reason", "duplicate", "--since", "2999-01-01")
        #expect(none.output == "0 dismissed\n")
        #expect(try await commands.run("deliveries", "dismiss", "--reason", "duplicate").output == "1 dismissed\n")
        #expect(try await commands.run("deliveries", "dismiss", "--reason", "no-enrolment").output == "1 dismissed\n")
        #expect(try await commands.run("report", "attention").code == 0)
        #expect(try fixture.registry.text("SELECT count(*) FROM cause") == "0")
        for arguments in [[], ["r1", "--reason", "duplicate"], ["r1", "--course", "c1"]] {
            #expect(try await commands.run(["deliveries", "dismiss"] + arguments).code == 64, "\(arguments)")
        }
    }

    @Test func aMessageWhoseResultCameByAnotherIsToldSoAndPutAside() async throws {
        try fixture.refuse("r1", message)
        try fixture.registry.enrol("e1", person: "p1")
        _ = try fixture.registry.apply(.make("p1"))
        let replay = try await commands.run("deliveries", "replay", "--reason", "unknown-person")
        #expect(replay.code == 1 && replay.output.contains("r1: 404 duplicate"))
        let report = try await commands.run("report", "attention")
        #expect(report.code == 1 && report.output.hasPrefix("1 × duplicate, course c1"))
        #expect(report.output.contains("deliveries dismiss --reason duplicate"))
        #expect(try await commands.run("deliveries", "dismiss", "--reason", "duplicate").code == 0)
        #expect(try await commands.run("report", "attention").code == 0)
    }

    /// A 503 that the sender itself made good: there is nothing to replay, and nothing is registered twice.
    @Test func aReplayOfWhatTheSenderMadeGoodItselfRegistersNothing() async throws {
        try fixture.refuse("r1", message, reason: "registry-busy", code: 503)
        try fixture.registry.enrol("e1", person: "p1")
        #expect(try await commands.run("report", "attention").code == 1)
        var entry = try Entry.make("p1")
        entry.digest = try #require(try RegistryAccess(to: fixture.registry.path).deliveries(of: "r1").first?.digest)
        #expect(try fixture.registry.apply(entry).first?.registeredEnrolment == "e1")
        #expect(try await commands.run("report", "attention").code == 0)
        #expect(
            try await commands.run("deliveries", "replay", "--reason", "registry-busy").output
                == "0 accepted, 0 refused\n")
        let replay = try await commands.run("deliveries", "replay", "r1")
        #expect(replay.code == 1 && replay.output.hasPrefix("r1: 404 duplicate"))
        #expect(try fixture.registry.text("SELECT count(*) FROM result") == "1")
        #expect(try await commands.run("report", "attention").code == 0)
    }

    @Test func twoReplaysAtOnceRegisterOneResult() async throws {
        try fixture.registry.enrol("e1", person: "p1")
        try fixture.registry.enrol("e2", person: "p1")
        try fixture.refuse("r1", message)
        let environment = ["RESULTS_RECEIVER_DATABASE": fixture.registry.path]
        async let one = BuiltProgram.run(["deliveries", "replay", "r1"], environment: environment)
        async let two = BuiltProgram.run(["deliveries", "replay", "r1"], environment: environment)
        let codes = try await [one.code, two.code].sorted()
        #expect(codes == [0, 1])
        #expect(try fixture.registry.text("SELECT count(*) FROM result") == "1")
        #expect(
            try fixture.registry.text(
                "SELECT group_concat(reason, ' ') FROM (SELECT reason FROM delivery WHERE replay_of = 1 ORDER BY reason)"
            ) == "duplicate registered")
        #expect(try fixture.registry.text("SELECT count(*) FROM open_message") == "0")
    }

    @Test func controlCharactersOfAMessageReachNoTerminal() async throws {
        let id = "p\u{1B}[2J\u{9B}1m\u{7}"
        try fixture.refuse("r1", message, student: id, course: id)
        try fixture.refuse("r2", RunningServer.message(student: "p1", course: "\u{9B}31m"), student: id, course: id)
        for command in [
            ["deliveries", "list"], ["deliveries", "show", "r1"], ["report", "attention"], ["explain", "r2"],
            ["deliveries", "replay", "r2"], ["deliveries", "list", "--person", id],
        ] {
            let ended = try await commands.run(command)
            let controls = (ended.output + ended.errors).unicodeScalars.filter {
                $0.properties.generalCategory == .control && $0 != "\n"
            }
            #expect(controls.isEmpty && !ended.output.isEmpty, "\(command)")
        }
    }

    @Test func anImportSaysHowManyMessagesItMended() async throws {
        try fixture.refuse("r1", message)
        try fixture.refuse("r2", other, student: "p2")
        let file = try commands.write("e.csv", csv)
        let ended = try await commands.run("enrolments", "import", file)
        #expect(ended.code == 0)
        #expect(fixture.lines(ended.output)[1].hasPrefix("1 refused message would now be accepted: "))
        #expect(try fixture.registry.text("SELECT count(*) FROM result") == "0")
    }

    @Test func anImportThatMendsNothingSaysNothingOfIt() async throws {
        try fixture.refuse("r2", other, student: "p2")
        let ended = try await commands.run("enrolments", "import", try commands.write("e.csv", csv))
        #expect(fixture.lines(ended.output).count == 1)
    }

    @Test func anImportWithReplayTakesThem() async throws {
        try fixture.refuse("r1", message)
        try fixture.refuse("r2", other, student: "p2")
        let ended = try await commands.run("enrolments", "import", try commands.write("e.csv", csv), "--replay")
        #expect(ended.code == 0)
        #expect(fixture.lines(ended.output)[1].hasPrefix("r1: 200 registered"))
        #expect(fixture.lines(ended.output)[2] == "1 accepted, 0 refused")
        #expect(try fixture.registry.text("SELECT group_concat(enrolment_id) FROM result") == "e1")
    }
}
