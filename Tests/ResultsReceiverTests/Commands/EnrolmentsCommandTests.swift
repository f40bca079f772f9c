import Foundation
import Testing

@testable import ResultsReceiver

@Suite struct EnrolmentsCommandTests {
    private static let file = """
        enrolment_id,person_id,external_id,external_source,first_name,last_name,email,course_id,course_name,status,start_date
        i1,p1,a1,lms,Sanne,Proef,sanne@example.nl,e1,"Veilig, snel",ingepland,2026-09-01
        i2,,a2,,,,,e1,,wachtlijst,

        """

    private func fixture() throws -> CommandFixture {
        var fixture = try CommandFixture()
        fixture.environment = ["RESULTS_RECEIVER_DATABASE": fixture.folder.file("r.db")]
        return fixture
    }

    @Test func whatIsImportedIsListedAsTheSameCSV() async throws {
        let fixture = try fixture()
        let imported = try await fixture.run("enrolments", "import", "-", input: Self.file)
        #expect(imported.code == 0)
        #expect(imported.output == "standard input: 2 enrolments: 2 new, 0 changed, 0 as before\n")
        #expect(imported.errors == "")
        #expect(try await fixture.run("enrolments", "list", "--format", "csv").output == Self.file)
    }

    @Test func listFiltersByPersonCourseAndStatus() async throws {
        let fixture = try fixture()
        _ = try await fixture.run("enrolments", "import", "-", input: Self.file)
        func ids(_ flag: String, _ value: String) async throws -> [Substring] {
            let ended = try await fixture.run("enrolments", "list", "--format=csv", flag, value)
            return ended.output.split(separator: "\n").dropFirst().map { $0.prefix(2) }
        }
        #expect(try await ids("--person", "p1") == ["i1"])
        #expect(try await ids("--person", "a2") == ["i2"])
        #expect(try await ids("--course", "e1") == ["i1", "i2"])
        #expect(try await ids("--course", "e2") == [])
        #expect(try await ids("--status", "wachtlijst") == ["i2"])
        #expect(try await fixture.run("enrolments", "list", "--status", "wachtlist").code == 64)
    }

    @Test func theTableIsAligned() async throws {
        let fixture = try fixture()
        _ = try await fixture.run("enrolments", "import", "-", input: Self.file)
        let lines = try await fixture.run("enrolments", "list").output.split(separator: "\n")
        try #require(lines.count == 3)
        let before = lines[0].components(separatedBy: "course_id")[0].count
        for line in lines.dropFirst() { #expect(line.dropFirst(before).hasPrefix("e1 ")) }
        #expect(lines[2].hasPrefix("i2            -          a2 "))
    }

    @Test func JSONIsAnArrayOfObjectsWithTheColumnsOfTheImport() async throws {
        let fixture = try fixture()
        _ = try await fixture.run("enrolments", "import", "-", input: Self.file)
        let ended = try await fixture.run("enrolments", "list", "--format", "json")
        let rows = try #require(
            JSONSerialization.jsonObject(with: Data(ended.output.utf8)) as? [[String: Any]])
        try #require(rows.count == 2)
        #expect(Set(rows[0].keys) == Set(Self.file.split(separator: "\n")[0].split(separator: ",").map(String.init)))
        #expect(rows[0]["course_name"] as? String == "Veilig, snel")
        // In the same order, too.
        let keys = ended.output.split(separator: "\n")[1].matches(of: #/"([a-z_]+)":/#).map { String($0.1) }
        #expect(keys == Self.file.split(separator: "\n")[0].split(separator: ",").map(String.init))
    }

    @Test func oneBadLineImportsNothingAndNamesLineAndColumn() async throws {
        let fixture = try fixture()
        let path = try fixture.write("e.csv", Self.file + "i3,p3,,,,,,e1,,ingepland,2026-02-30\n")
        let ended = try await fixture.run("enrolments", "import", path)
        #expect(ended.code == 65)
        #expect(ended.output == "")
        #expect(
            ended.errors == "results-receiver: error: \(path): line 4, column start_date: "
                + "'2026-02-30' is no date of the form yyyy-mm-dd\nresults-receiver: hint: nothing was imported\n")
        #expect(try await fixture.run("enrolments", "list", "--format=csv").output.split(separator: "\n").count == 1)
    }

    @Test func anIdThatFitsTwoPersonsIsAWarning() async throws {
        let fixture = try fixture()
        let ended = try await fixture.run(
            "enrolments", "import", "-", input: "enrolment_id,person_id,external_id,course_id\na,p1,x,e\nb,p2,p1,e\n")
        #expect(ended.code == 0)
        #expect(ended.errors.hasPrefix("results-receiver: warning: the id 'p1' is one person's person_id"))
    }

    @Test func missingFilesAreExitCode66AndAMissingFolderIs73() async throws {
        let fixture = try fixture()
        #expect(try await fixture.run("enrolments", "import", "/nonexistent.csv").code == 66)
        #expect(try await fixture.run("enrolments", "import", "/").code == 66)
        #expect(try await fixture.run("enrolments", "list").code == 66)
        #expect(
            try await fixture.run("enrolments", "import", "-", "--database", "/nonexistent/r.db", input: Self.file).code
                == 73)
        let noDatabase = try fixture.write("x.db", String(repeating: "no database ", count: 100))
        #expect(try await fixture.run("enrolments", "list", "--database", noDatabase).code == 65)
    }

    @Test func addMakesOneEnrolmentAndNeverChangesOne() async throws {
        let fixture = try fixture()
        let added = try await fixture.run(
            "enrolments", "add", "i1", "--person", "p1", "--course", "e1", "--start-date", "2026-09-01", "--last-name",
            "Proef")
        #expect(added.code == 0)
        #expect(added.output == "enrolment i1 is added\n")
        let listed = try await fixture.run("enrolments", "list", "--format=csv").output.split(separator: "\n")
        #expect(listed.last == "i1,p1,,,,Proef,,e1,,ingepland,2026-09-01")
        let again = try await fixture.run("enrolments", "add", "i1", "--person", "p2", "--course", "e1")
        #expect(again.code == 65)
        #expect(again.errors.hasPrefix("results-receiver: error: there is an enrolment 'i1' already\n"))
    }

    @Test func addNeedsAPersonAndACourseAndRightValues() async throws {
        let fixture = try fixture()
        #expect(try await fixture.run("enrolments", "add", "i1", "--course", "e1").code == 64)
        #expect(try await fixture.run("enrolments", "add", "i1", "--person", "p1").code == 64)
        let wrong = try await fixture.run(
            "enrolments", "add", "i1", "--person", "p1", "--course", "e1", "--start-date", "2026-02-30")
        #expect(wrong.code == 64)
        #expect(wrong.errors.hasPrefix("results-receiver: error: --start-date: '2026-02-30' is no date"))
    }

    @Test func cancelTakesPlannedEnrolmentsOnly() async throws {
        let fixture = try fixture()
        _ = try await fixture.run("enrolments", "import", "-", input: Self.file)
        #expect(try await fixture.run("enrolments", "cancel", "i1").output == "enrolment i1 is cancelled\n")
        let again = try await fixture.run("enrolments", "cancel", "i1")
        #expect(again.code == 65)
        #expect(again.errors.hasPrefix("results-receiver: error: enrolment 'i1' is geannuleerd\n"))
        let unknown = try await fixture.run("enrolments", "cancel", "i9")
        #expect(unknown.code == 65)
        #expect(unknown.errors.hasPrefix("results-receiver: error: there is no enrolment 'i9'\n"))
    }
}

@Suite struct MaintenanceCommandTests {
    @Test func itIsTurnedOnShownAndTurnedOff() async throws {
        var fixture = try CommandFixture()
        fixture.environment = ["RESULTS_RECEIVER_DATABASE": fixture.folder.file("r.db")]
        #expect(try await fixture.run("maintenance", "status").code == 66)
        let on = try await fixture.run("maintenance", "on", "--message", "back at five")
        #expect(on.code == 0)
        #expect(on.output.hasPrefix("maintenance is on since 2"))
        #expect(on.output.hasSuffix(": back at five\n"))
        #expect(try await fixture.run("maintenance", "status").output == on.output)
        #expect(try await fixture.run("maintenance", "off").output == "maintenance is off\n")
        #expect(try await fixture.run("maintenance", "status").output == "maintenance is off\n")
    }

    @Test(arguments: ["two\nlines", "\u{1B}[31mred", " ", String(repeating: "x", count: 501)])
    func itsMessageIsOneLineOfText(_ message: String) async throws {
        var fixture = try CommandFixture()
        fixture.environment = ["RESULTS_RECEIVER_DATABASE": fixture.folder.file("r.db")]
        let ended = try await fixture.run("maintenance", "on", "--message", message)
        #expect(ended.code == 64)
        #expect(ended.errors.hasPrefix("results-receiver: error: --message needs one line of text of at most 500 "))
        #expect(try await fixture.run("maintenance", "status").code == 66)
    }

    @Test func aGroupAloneIsAUsageErrorThatNamesItsCommands() async throws {
        let ended = try await CommandFixture().run("maintenance")
        #expect(ended.code == 64)
        #expect(ended.errors.hasPrefix("results-receiver: error: 'maintenance' alone is no command: on, off, status\n"))
        let wrong = try await CommandFixture().run("maintenance", "offf")
        #expect(wrong.errors.contains("did you mean 'maintenance off'?"))
        let help = try await CommandFixture().run("maintenance", "--help")
        #expect(help.code == 0)
        #expect(help.output.contains("maintenance status"))
    }
}
