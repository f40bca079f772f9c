import Foundation
import Results
import Testing

@testable import Schema

/// What the schema accepts, the decoder accepts, with the schema type's value.
@Suite struct AcceptedMessageTests {
    private static let amsterdam = CivilTime(zone: "Europe/Amsterdam") ?? .utc

    private func read(_ message: SampleMessage) throws -> Completion {
        try Validator(schema: .builtIn()).validate(message.bytes).decode(in: Self.amsterdam)
    }

    @Test func everyFieldIsRead() throws {
        let completion = try read(SampleMessage())
        #expect(completion.created.iso8601 == "2026-11-20T13:03:12.000Z")
        #expect(completion.student.text == "p12345")
        #expect(completion.course.text == "e12345")
        #expect(completion.part?.text == "17")
        #expect(completion.partName == "Eindtoets")
        #expect(completion.completed.iso8601 == "2026-11-20T13:03:10.000Z")
        #expect(completion.passed == true)
        #expect(completion.present == true)
        #expect(completion.score?.hundredths == 850)
    }

    @Test func whatIsLeftOutIsNotRegistered() throws {
        let completion = try read(
            SampleMessage(type: "coursePartCompletion", part: nil, passed: nil, present: nil, score: nil))
        #expect(completion.part == nil && completion.partName == nil)
        #expect(completion.passed == nil && completion.present == nil && completion.score == nil)
    }

    @Test(arguments: [
        "p<!--c-->1", "<![CDATA[p1]]>", "p<![CDATA[1]]>", "<!---->p<?x y?>1", "&#112;&#49;", "&#x70;1", " \n p1 \t",
        "<![CDATA[ ]]>p1<!-- -->",
    ])
    func allTextOfAnElementIsJoined(id: String) throws {
        #expect(try read(SampleMessage(student: id)).student.text == "p1")
    }

    @Test func whiteSpaceWithinATokenIsOneSpace() throws {
        #expect(try read(SampleMessage(student: " a \n\n b&#9;&#10;c ")).student.text == "a b c")
        #expect(try read(SampleMessage(course: "R&amp;D &lt;1&gt; &quot;x&apos;")).course.text == "R&D <1> \"x'")
    }

    @Test(arguments: [("é", 64), ("\u{1F600}", 64), ("a\u{301}", 32), ("x", 64)])
    func anIDMayHave64CharactersOfAnyKind(character: String, count: Int) throws {
        let id = String(repeating: character, count: count)
        #expect(try read(SampleMessage(student: "  \(id)\n")).student.text == id)
    }

    @Test(arguments: [("true", true), ("false", false), (" 1 ", true), ("\n0", false), ("t<!---->rue", true)])
    func booleansHaveTwoSpellings(text: String, value: Bool) throws {
        let completion = try read(SampleMessage(passed: text, present: text))
        #expect(completion.passed == value && completion.present == value)
    }

    @Test(arguments: [
        ("8.5", 850), ("+8.5", 850), (".5", 50), ("8.", 800), ("-0", 0), ("-0.00", 0), ("008.50", 850), ("8.500", 850),
        ("100", 10_000), ("100.000", 10_000), ("0.05", 5), (" 7 ", 700), ("0000000000000000000000000000000000.07", 7),
        ("9<!-- -->.<![CDATA[25]]>", 925), ("&#56;", 800), ("99.99", 9999), ("0.29", 29), ("+.00", 0),
    ])
    func everyLexicalFormOfADecimalIsExact(text: String, hundredths: Int) throws {
        #expect(try read(SampleMessage(score: text)).score?.hundredths == hundredths)
    }

    /// libxml2 reads 24 digits.
    @Test(arguments: [23, 24, 25, 30, 1000, 100_000])
    func aScoreMayHaveAnyNumberOfZeros(count: Int) throws {
        let zeros = String(repeating: "0", count: count)
        for (text, hundredths) in [
            ("8.5\(zeros)", 850), ("\(zeros)8.5", 850), (" -\(zeros).\(zeros) ", 0), ("+100.\(zeros)", 10_000),
        ] {
            #expect(try read(SampleMessage(score: text)).score?.hundredths == hundredths)
        }
        for text in ["8.55\(zeros)1", "100.\(zeros)1", "1\(zeros).5", "-1.\(zeros)", "8.5\(zeros)e0", "8.\(zeros)."] {
            #expect(throws: MessageError.self) { try self.read(SampleMessage(score: text)) }
        }
        // No other field is a score, and one that is long excuses nothing else.
        #expect(throws: MessageError.self) { try self.read(SampleMessage(passed: "1\(zeros)", score: "8.5\(zeros)")) }
    }

    @Test(arguments: [
        ("2026-11-20T14:03:10Z", "2026-11-20T14:03:10.000Z"),
        ("2026-11-20T14:03:10-00:00", "2026-11-20T14:03:10.000Z"),
        ("2026-11-20T14:03:10+14:00", "2026-11-20T00:03:10.000Z"),
        ("2026-11-20T14:03:10-14:00", "2026-11-21T04:03:10.000Z"),
        ("2026-11-20T14:03:10.1Z", "2026-11-20T14:03:10.100Z"),
        ("2026-11-20T14:03:10.12399999999999999999999999Z", "2026-11-20T14:03:10.123Z"),
        ("2026-11-20T24:00:00Z", "2026-11-21T00:00:00.000Z"),
        ("2026-12-31T24:00:00.000Z", "2027-01-01T00:00:00.000Z"),
        ("2028-02-29T12:00:00Z", "2028-02-29T12:00:00.000Z"),
        (" 2026-11-20T14:03:10Z\n", "2026-11-20T14:03:10.000Z"),
        ("1900-01-01T00:00:00Z", "1900-01-01T00:00:00.000Z"),
        ("9999-12-31T23:59:59.999Z", "9999-12-31T23:59:59.999Z"),
        // Without zone: Amsterdam's winter and summer, the hour that is there twice, the hour that is not, midnight.
        ("2026-11-20T14:03:10", "2026-11-20T13:03:10.000Z"),
        ("2026-07-20T14:03:10.5", "2026-07-20T12:03:10.500Z"),
        ("2026-10-25T02:30:00", "2026-10-25T00:30:00.000Z"),
        ("2026-03-29T02:30:00", "2026-03-29T01:30:00.000Z"),
        ("2026-11-20T24:00:00", "2026-11-20T23:00:00.000Z"),
    ])
    func everyLexicalFormOfADateTimeIsRead(text: String, moment: String) throws {
        let completion = try read(SampleMessage(created: text, completed: text))
        #expect(completion.completed.iso8601 == moment)
        #expect(completion.created == completion.completed)
    }

    @Test func whateverTheSchemaAcceptsCanBeRead() throws {
        var random = SampleRandom(seed: 20_261_120)
        let zone = Self.amsterdam
        let validator = try Validator(schema: .builtIn())
        var accepted = 0
        for _ in 0..<1500 {
            let moment = random.mutant(of: [
                "2026-11-20T14:03:12+01:00", "1900-01-01T00:00:00.5", "9999-12-31T24:00:00Z",
            ])
            let truth = random.mutant(of: ["true", "false", "0", "1"])
            let score = random.mutant(of: ["8.5", "+08.50", "-0.00", ".5", "8.", "100.00"])
            for message in [
                SampleMessage(created: moment, completed: moment), SampleMessage(passed: truth, present: truth),
                SampleMessage(score: score),
            ] {
                guard let document = try? validator.validate(message.bytes) else { continue }
                accepted += 1
                let completion = try document.decode(in: zone)
                #expect(completion.passed != nil && completion.present != nil && completion.score != nil)
            }
        }
        #expect(accepted > 1000)
    }

    @Test(arguments: ["", "<?xml version='1.0'?>", "<?xml version=\"1.0\" encoding='utf-8' standalone=\"yes\" ?>\r\n"])
    func theDeclarationMayBeLeftOut(declaration: String) throws {
        #expect(try read(SampleMessage(declaration: declaration)).student.text == "p12345")
        #expect(try read(SampleMessage(declaration: "\u{FEFF}" + declaration)).student.text == "p12345")
    }

    @Test func aLocationHintIsNotFollowed() throws {
        let hint = """
            <message xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" \
            xsi:noNamespaceSchemaLocation="/nowhere/other.xsd" xsi:schemaLocation="urn:x http://192.0.2.1/other.xsd">
            """
        let text = SampleMessage().text.replacing("<message>", with: hint)
        #expect(try Validator(schema: .builtIn()).validate(Array(text.utf8)).decode(in: .utc).student.text == "p12345")
        // A schema that is there and would accept it makes nothing else a message.
        let folder = try TemporaryFolder()
        let xsd = """
            <xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema"><xs:element name="other" type="xs:string"/></xs:schema>
            """
        try Data(xsd.utf8).write(to: URL(fileURLWithPath: folder.file("other.xsd")))
        let other = """
            <other xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" \
            xsi:noNamespaceSchemaLocation="\(folder.file("other.xsd"))">x</other>
            """
        #expect(throws: MessageError.self) { try Validator(schema: .builtIn()).validate(Array(other.utf8)) }
    }

    @Test func textThatLooksLikeADoctypeIsText() throws {
        for text in ["<!-- <!DOCTYPE x> -->p1", "<![CDATA[p1]]><?p <!DOCTYPE x ?>", "p1<!--<!DOCTYPE-->"] {
            #expect(try read(SampleMessage(student: text)).student.text == "p1")
        }
        #expect(try read(SampleMessage(student: "<![CDATA[<!DOCTYPE x>]]>")).student.text == "<!DOCTYPE x>")
    }
}
