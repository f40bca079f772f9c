import Testing

// Testing has an `Issue`, too.
import struct Schema.Issue

@testable import Schema

/// Anything but XML in UTF-8 without a DOCTYPE, and the places that are told.
@Suite struct NotXMLTests {
    private func error(_ bytes: [UInt8]) throws -> MessageError? {
        let validator = try Validator(schema: .builtIn())
        do throws(MessageError) {
            _ = try validator.validate(bytes)
            return nil
        } catch {
            return error
        }
    }

    private func error(_ text: String) throws -> MessageError? { try error(Array(text.utf8)) }

    private func issue(_ line: Int, _ column: Int, _ kind: Issue.Kind) -> MessageError {
        .notXML(Issue(line: line, column: column, kind: kind))
    }

    @Test func utf16IsAnotherEncodingInAnyForm() throws {
        let units = Array(SampleMessage(declaration: "").text.utf16)
        let big = units.flatMap { [UInt8($0 >> 8), UInt8($0 & 0xFF)] }
        let little = units.flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] }
        for bytes in [big, little, [0xFE, 0xFF] + big, [0xFF, 0xFE] + little] {
            #expect(
                try error(bytes) == issue(1, 1, .encoding("UTF-16")) || error(bytes) == issue(1, 2, .encoding("UTF-16"))
            )
        }
        let wide = SampleMessage(declaration: "").text.unicodeScalars.flatMap { [0, 0, 0, UInt8($0.value)] as [UInt8] }
        #expect(try error([0, 0, 0xFE, 0xFF] + wide) == issue(1, 1, .encoding("UTF-32")))
    }

    @Test(arguments: ["ISO-8859-1", "US-ASCII", "UTF-16", "windows-1252", "UTF-7", "utf8", "x"])
    func aDeclaredOtherEncodingIsRefused(name: String) throws {
        for quote in ["\"", "'"] {
            let declaration = "<?xml version=\(quote)1.0\(quote)  encoding =\n \(quote)\(name)\(quote)?>\n"
            let kind = try error(SampleMessage(declaration: declaration).bytes)
            #expect(kind == issue(2, 3, .encoding(name)))
        }
    }

    @Test(arguments: ["", " ", "UTF 8", "é", "Piet Pietersen", "8", "UTF-8<"])
    func whatIsNoNameOfAnEncodingIsNotRepeated(name: String) throws {
        let kind = try error("<?xml version=\"1.0\" encoding=\"\(name)\"?><message/>")
        #expect(kind == issue(1, 31, .notWellFormed(.declaration, code: 79)))
    }

    @Test func latin1UnderUTF8sNameIsRefusedWithItsPlace() throws {
        var bytes = SampleMessage(declaration: "", student: "J@rg").bytes
        bytes[try #require(bytes.firstIndex(of: UInt8(ascii: "@")))] = 0xF6
        guard case .notXML(let issue) = try error(bytes) else {
            Testing.Issue.record("accepted")
            return
        }
        #expect(issue.kind == .notUTF8)
        #expect(issue.line == 4)
        #expect(issue.column == 17)
    }

    @Test(
        arguments: [
            [0x80], [0xC0, 0x80], [0xC1, 0xBF], [0xE0, 0x80, 0x80], [0xED, 0xA0, 0x80], [0xF0, 0x80, 0x80, 0x80],
            [0xF4, 0x90, 0x80, 0x80], [0xF5, 0x80, 0x80, 0x80], [0xE2, 0x82], [0xC3], [0xFF], [0xFE],
        ] as [[UInt8]])
    func malformedUTF8IsRefusedAnywhere(sequence: [UInt8]) throws {
        for padding in 0..<9 {
            let before = Array(("<!--" + String(repeating: "é", count: padding)).utf8)
            #expect(try error(before + sequence + Array("--><message/>".utf8)) == issue(1, 5 + padding, .notUTF8))
            #expect(try error(before + sequence) == issue(1, 5 + padding, .notUTF8))
        }
    }

    @Test func aByteZeroIsRefused() throws {
        for padding in 0..<9 {
            let bytes =
                Array("<message>".utf8) + [UInt8](repeating: 0x20, count: padding) + [0] + Array("</message>".utf8)
            #expect(try error(bytes) == issue(1, 10 + padding, .nullByte))
        }
    }

    @Test(arguments: ["", " ", "\n\t \r\n", "\u{FEFF}", "\u{FEFF}  "])
    func nothingIsNoMessage(text: String) throws {
        #expect(try error(text) == issue(1, 1, .blank))
    }

    @Test(
        arguments: [
            ("{\"type\": \"coursepartcompletion\"}", .noElement), ("hello", .noElement), ("<!-- only -->", .noElement),
            ("<message>", .unexpectedEnd(element: "message")), ("<message><type>x", .unexpectedEnd(element: "type")),
            ("<message><type></message></type>", .mismatchedTag(start: "type", end: "message")),
            ("<message a='1' a='2'/>", .duplicateAttribute("a")),
            ("<message>&eacute;</message>", .unknownEntity("eacute")),
            ("<message/><message/>", .trailingContent), ("<message/>x", .trailingContent),
            ("<message>\u{1}</message>", .invalidCharacter), ("<message>&#0;</message>", .invalidCharacter),
            ("<message>&#x110000;</message>", .invalidCharacter), ("<message>\u{FFFE}</message>", .invalidCharacter),
            (" <?xml version='1.0'?><message/>", .declaration), ("<?xml?><message/>", .declaration),
            ("<message><!-- ", .unexpectedEnd(element: nil)), ("<message><![CDATA[", .unexpectedEnd(element: nil)),
            ("<message>a & b</message>", .bareAmpersand), ("<message>R&D x</message>", .bareAmpersand),
            ("<message a=1/>", .other), ("<message a='<'/>", .other),
            ("<message>]]></message>", .other), ("<", .other), ("<message", .other), ("</message>", .other),
            ("<!doctype html><html></html>", .other), ("<message><!ENTITY x 'y'></message>", .other),
        ] as [(String, Issue.Syntax)])
    func brokenXMLIsToldWithItsPlace(text: String, syntax: Issue.Syntax) throws {
        guard case .notXML(let issue) = try error(text), case .notWellFormed(let told, let code) = issue.kind else {
            Testing.Issue.record("not refused as broken: \(String(describing: try error(text)))")
            return
        }
        #expect(told == syntax)
        #expect(code > 0)
        #expect(issue.line == 1)
        #expect(issue.column >= 1)
    }

    @Test func theLineOfAFaultIsTold() throws {
        guard case .notXML(let issue) = try error("<message>\n<type>\n\n</typ>\n</message>") else {
            Testing.Issue.record("accepted")
            return
        }
        #expect(issue.line == 4)
    }

    // MARK: DOCTYPE

    private static let laughs = """
        <!DOCTYPE message [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;">
        <!ENTITY d SYSTEM "file:///etc/passwd"><!ENTITY % e SYSTEM "http://192.0.2.1/x.dtd"> %e;]>
        """

    @Test func aDoctypeIsRefusedInAnyPosition() throws {
        let doctypes = [
            "<!DOCTYPE message>", "<!DOCTYPE message SYSTEM \"file:///etc/passwd\">", "<!DOCTYPE", Self.laughs,
        ]
        let message = "<message><type>&c;&d;</type></message>"
        for doctype in doctypes {
            for (text, line, column) in [
                (doctype + message, 1, 1), ("\u{FEFF}" + doctype + message, 1, 1),
                ("<?xml version='1.0'?>\n" + doctype + message, 2, 1), ("<!-- é -->\n  " + doctype + message, 2, 3),
                ("<?pi?>" + doctype + message, 1, 7), ("<message>" + doctype + "</message>", 1, 10),
                (message + doctype, 1, message.count + 1), ("<message>&lt;" + doctype, 1, 14),
                ("<?xml version='1.0'>" + doctype + "?>" + message, 1, 21),
            ] {
                #expect(try error(text) == .doctype(Issue(line: line, column: column, kind: .doctype)))
            }
        }
    }

    @Test func aDoctypeIsRefusedBehindAnythingElseThatIsWrong() throws {
        let deep = String(repeating: "<a>", count: 70)
        for before in [deep, "<a></b>", "<a " + String(repeating: "x='1' ", count: 70) + ">"] {
            guard case .doctype = try error(before + "<!DOCTYPE x>") else {
                Testing.Issue.record("\(before.prefix(20)) hid a DOCTYPE")
                continue
            }
        }
    }

    /// The same text in every encoding that a parser may guess from the first bytes (XML 1.0, appendix F).
    private static func encodings(of text: String) -> [(name: String, bytes: [UInt8])] {
        let units = Array(text.utf16)
        let scalars = text.unicodeScalars.map { UInt8(truncatingIfNeeded: $0.value) }
        let big16 = units.flatMap { [UInt8($0 >> 8), UInt8($0 & 0xFF)] }
        let little16 = units.flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] }
        let wide = (0..<4).map { place in
            scalars.flatMap { scalar in (0..<4).map { $0 == place ? scalar : 0 } }
        }
        return [
            ("UTF-16BE", big16), ("UTF-16LE", little16), ("UTF-16BE with BOM", [0xFE, 0xFF] + big16),
            ("UTF-16LE with BOM", [0xFF, 0xFE] + little16), ("UTF-32LE", wide[0]), ("UCS-4 2143", wide[2]),
            ("UCS-4 3412", wide[1]), ("UTF-32BE", wide[3]), ("UTF-32BE with BOM", [0, 0, 0xFE, 0xFF] + wide[3]),
            ("UTF-32LE with BOM", [0xFF, 0xFE, 0, 0] + wide[0]),
            ("UCS-4 2143 with BOM", [0, 0, 0xFF, 0xFE] + wide[2]),
            ("UCS-4 3412 with BOM", [0xFE, 0xFF, 0, 0] + wide[1]),
            ("UTF-7", Array("+/v8-".utf8) + scalars), ("UTF-7 of <", Array("+ADwAIQ-DOCTYPE m+AD4-".utf8) + scalars),
            ("UTF-8 BOM twice", [0xEF, 0xBB, 0xBF, 0xEF, 0xBB, 0xBF] + scalars),
            ("EBCDIC", text.unicodeScalars.map { ebcdic[$0] ?? 0x40 }),
        ]
    }

    /// Of code page 037, as far as the text needs it; the rest becomes a space.
    private static let ebcdic: [Unicode.Scalar: UInt8] = {
        var table: [Unicode.Scalar: UInt8] = [
            "<": 0x4C, ">": 0x6E, "!": 0x5A, "?": 0x6F, "/": 0x61, "=": 0x7E, "\"": 0x7F, "'": 0x7D, "&": 0x50,
            ";": 0x5E,
            "[": 0xBA, "]": 0xBB, "%": 0x6C, ".": 0x4B, ":": 0x7A, "-": 0x60,
        ]
        for (letters, start) in [
            ("abcdefghi", 0x81), ("jklmnopqr", 0x91), ("stuvwxyz", 0xA2), ("ABCDEFGHI", 0xC1),
            ("JKLMNOPQR", 0xD1), ("STUVWXYZ", 0xE2), ("0123456789", 0xF0),
        ] {
            for (offset, letter) in letters.unicodeScalars.enumerated() { table[letter] = UInt8(start + offset) }
        }
        return table
    }()

    @Test func aDoctypeIsRefusedInAnyEncoding() throws {
        for declaration in ["", "<?xml version=\"1.0\"?>", "<?xml version=\"1.0\" encoding=\"IBM037\"?>"] {
            for (name, bytes) in Self.encodings(of: declaration + Self.laughs + "<message>&c;&d;</message>") {
                switch try error(bytes) {
                case .doctype, .notXML: break
                case let other: Testing.Issue.record("\(name): \(String(describing: other))")
                }
            }
        }
    }

    @Test func wordsThatLookLikeADoctypeAreText() throws {
        let words = "<!DOCTYPE message [<!ENTITY a 'b'>]>"
        for text in [
            SampleMessage().text.replacing("<message>", with: "<message><!-- \(words) -->"),
            SampleMessage().text.replacing("<message>", with: "<message><?pi \(words)?>"),
            SampleMessage().text.replacing("</message>", with: "</message>\n<!-- \(words) --><?pi \(words)?>"),
        ] { #expect(try error(text) == nil) }
        for inside in ["<![CDATA[\(words)]]>", "&lt;!DOCTYPE m>", "&#60;!DOCTYPE m>", "&#x3C;!DOCTYPE m>"] {
            #expect(try error(SampleMessage(student: inside).text) == nil, "\(inside) is the text of an id")
        }
    }

    @Test(arguments: ["<!doctype message>", "<!Doctype message>", "<! DOCTYPE message>", "<!DOCTYP message>"])
    func whatIsNoDoctypeByItsLettersIsNoXML(declaration: String) throws {
        for text in [declaration + "<message/>", "<?xml version='1.0'?>" + declaration + "<message/>"] {
            guard case .notXML = try error(text) else {
                Testing.Issue.record("\(text)")
                continue
            }
        }
    }

    @Test func aDoctypeInAnotherEncodingIsRefusedUnread() throws {
        let bytes = Self.laughs.utf16.flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] }
        #expect(try error([0xFF, 0xFE] + bytes) == issue(1, 1, .encoding("UTF-16")))
        let declared = "<?xml version='1.0' encoding='UTF-7'?>+ADwAIQ-DOCTYPE x+AD4-<message/>"
        #expect(try error(declared) == issue(1, 31, .encoding("UTF-7")))
    }
}
