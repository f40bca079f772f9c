import Testing

@testable import ResultsReceiver

@Suite struct CheckCommandTests {
    private static let valid = """
        <?xml version="1.0" encoding="UTF-8"?>
        <message>
          <type>coursepartcompletion</type>
          <created>2026-11-20T14:03:12+01:00</created>
          <student><id>p1</id></student>
          <course><id>e1</id></course>
          <result>
            <completed>2026-11-20T14:03:10+01:00</completed>
            <score>8.5</score>
          </result>
        </message>
        """

    private func fixture() throws -> CommandFixture {
        var fixture = try CommandFixture()
        fixture.environment = ["LANG": "en_GB.UTF-8"]
        return fixture
    }

    @Test func aValidMessagePrintsNothingAndIsExitCode0() async throws {
        let fixture = try fixture()
        let ended = try await fixture.run("check", try fixture.write("m.xml", Self.valid))
        #expect(ended.code == 0)
        #expect(ended.output == "")
        #expect(ended.errors == "")
    }

    @Test func whatIsWrongIsPrintedWithFileLineAndColumnAndIsExitCode65() async throws {
        let fixture = try fixture()
        let file = try fixture.write("m.xml", Self.valid.replacing("8.5", with: "120"))
        let ended = try await fixture.run("check", file)
        #expect(ended.code == 65)
        #expect(ended.output.hasPrefix("\(file):9:"))
        #expect(ended.output.contains("'120'"))
        #expect(ended.errors == "")
    }

    @Test func everyFileIsCheckedAlsoAfterAMissingOne() async throws {
        let fixture = try fixture()
        let bad = try fixture.write("bad.xml", "<message>")
        let good = try fixture.write("good.xml", Self.valid)
        let ended = try await fixture.run("check", fixture.folder.file("none.xml"), good, bad)
        #expect(ended.code == 65)
        #expect(ended.output.hasPrefix("\(bad):1:"))
        #expect(
            ended.errors == "results-receiver: error: \(fixture.folder.file("none.xml")): no such file\n"
                + "results-receiver: hint: name a file that is there, or - for standard input\n")
        #expect(try await fixture.run("check", fixture.folder.file("none.xml"), good).code == 66)
    }

    @Test func aDashIsStandardInput() async throws {
        let fixture = try fixture()
        #expect(try await fixture.run("check", "-", input: Self.valid).code == 0)
        let empty = try await fixture.run("check", "-")
        #expect(empty.code == 65)
        #expect(empty.output == "-:1:1: there is nothing in it\n")
    }

    @Test func theReasonsFollowTheLocaleThenTheSettings() async throws {
        var fixture = try fixture()
        fixture.environment["LC_ALL"] = "de_DE.UTF-8"
        #expect(try await fixture.run("check", "-").output == "-:1:1: es steht nichts darin\n")
        fixture.environment = ["LANG": "C.UTF-8"]
        #expect(try await fixture.run("check", "-").output == "-:1:1: there is nothing in it\n")
        fixture.environment["RESULTS_RECEIVER_LANGUAGE"] = "nl"
        #expect(try await fixture.run("check", "-").output == "-:1:1: er staat niets in\n")
    }

    @Test func aMessageBeyondBodyBytesIsWrong() async throws {
        let fixture = try fixture()
        let settings = try fixture.write("x.conf", "[limits]\nbody-bytes = 100\n")
        let ended = try await fixture.run("check", "-", "--config", settings, input: Self.valid)
        #expect(ended.code == 65)
        #expect(ended.output == "-:1:1: the message is larger than 100 bytes (body-bytes)\n")
    }

    private static let otherXSD = """
        <xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema"><xs:element name="done"><xs:complexType>
        <xs:attribute name="who" use="required"/><xs:attribute name="what" use="required"/>
        <xs:attribute name="at" type="xs:dateTime" use="required"/></xs:complexType></xs:element></xs:schema>
        """
    private static let otherSettings = """
        [plugin other]
        schema = other.xsd
        map-student-id = /done/@who
        map-course-id = /done/@what
        map-completed = /done/@at
        """

    @Test func anotherSchemaWithItsMappingIsTakenFromTheSettings() async throws {
        let fixture = try fixture()
        try fixture.write("other.xsd", Self.otherXSD)
        let settings = try fixture.write("x.conf", Self.otherSettings)
        let message = "<done who='p1' what='e1' at='2026-11-20T14:03:10Z'/>"
        #expect(try await fixture.run("check", "-", "--config", settings, input: message).code == 0)
        #expect(try await fixture.run("check", "-", "--config", settings, input: Self.valid).code == 65)
        #expect(try await fixture.run("check", "-", input: message).code == 65)
    }

    @Test func aSchemaThatIsNoneOrNotThereIsToldWithItsKey() async throws {
        let fixture = try fixture()
        let noXSD = try fixture.write("no.xsd", "<a/>")
        let none = try await fixture.run("check", "-", "--schema", noXSD)
        #expect(none.code == 78)
        #expect(none.errors.hasPrefix("results-receiver: error: --schema: \(noXSD)"))
        let missing = try await fixture.run("check", "-", "--schema", "/nonexistent.xsd")
        #expect(missing.code == 66)
        #expect(
            missing.errors == "results-receiver: error: --schema: /nonexistent.xsd: no such file; "
                + "name an XSD, or none for the built-in one\n"
                + "results-receiver: hint: see 'results-receiver check --help'\n")
        try fixture.write("other.xsd", Self.otherXSD)
        let settings = try fixture.write("x.conf", Self.otherSettings.replacing("/done/@who", with: "/done["))
        let wrong = try await fixture.run("check", "-", "--config", settings)
        #expect(wrong.code == 78)
        #expect(wrong.errors.hasPrefix("results-receiver: error: \(settings):3:1: map-student-id: "))
        let lacking = try fixture.write("y.conf", "[plugin a]\nschema = other.xsd\nmap-type = /done\n")
        let unmapped = try await fixture.run("check", "-", "--config", lacking)
        #expect(unmapped.code == 78)
        #expect(unmapped.errors.contains("y.conf:2:1: schema: map-student-id is missing"))
    }

    @Test func withSeveralPluginsTheSchemaFlagIsAUsageError() async throws {
        let fixture = try fixture()
        let settings = try fixture.write("x.conf", "[plugin one]\n[plugin two]\n")
        let ended = try await fixture.run("check", "-", "--config", settings, "--schema", "x.xsd")
        #expect(ended.code == 64)
    }
}
