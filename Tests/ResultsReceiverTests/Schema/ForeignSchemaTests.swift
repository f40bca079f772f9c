import Foundation
import Glibc
import Results
import Testing

// Testing has an `Issue`, too.
import struct Schema.Issue

@testable import Schema

/// Another schema with the XPath of each field, by the worked example in `Resources/samples/foreign`.
@Suite struct ForeignSchemaTests {
    private static let folder = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "../../../Resources/samples/foreign").standardizedFileURL

    private static func sample(_ name: String) throws -> [UInt8] {
        try Array(Data(contentsOf: folder.appending(path: name)))
    }

    /// The example's settings: lines `map-FIELD = XPATH`.
    private static func exampleMapping() throws -> FieldMapping {
        var mapping = FieldMapping([:])
        for line in String(decoding: try sample("results-receiver.conf"), as: UTF8.self).split(separator: "\n") {
            let parts = line.split(separator: "=", maxSplits: 1).map { $0.trimmingCharacters(in: .whitespaces) }
            guard parts.count == 2, parts[0].hasPrefix("map-") else { continue }
            let field = try #require(FieldMapping.Field(rawValue: String(parts[0].dropFirst(4))))
            mapping.expressions[field] = parts[1]
        }
        return mapping
    }

    private static func schema(_ mapping: FieldMapping? = nil) throws -> Schema {
        try Schema(
            xsd: sample("training-event.xsd"), name: folder.appending(path: "training-event.xsd").path(),
            mapping: mapping ?? exampleMapping())
    }

    private func read(_ changes: [String: String] = [:], _ fields: [FieldMapping.Field: String] = [:]) throws
        -> Completion
    {
        var mapping = try Self.exampleMapping()
        mapping.expressions.merge(fields) { $1 }
        var text = String(decoding: try Self.sample("training-event.xml"), as: UTF8.self)
        for (old, new) in changes {
            #expect(text.contains(old))
            text = text.replacing(old, with: new)
        }
        return try Validator(schema: Self.schema(mapping)).validate(Array(text.utf8)).decode(in: .utc)
    }

    private func problems(_ changes: [String: String] = [:], _ fields: [FieldMapping.Field: String] = [:]) throws
        -> [Issue.Kind]
    {
        do {
            _ = try read(changes, fields)
            return []
        } catch MessageError.schema(let issues) {
            return issues.map(\.kind)
        }
    }

    @Test func theExampleIsRead() throws {
        let completion = try read()
        #expect(completion.created.iso8601 == "2026-11-20T13:03:12.000Z")
        #expect(completion.student.text == "p12345")
        #expect(completion.course.text == "e12345")
        #expect(completion.part == nil)
        #expect(completion.completed.iso8601 == "2026-11-20T13:03:10.000Z")
        #expect(completion.passed == true)
        #expect(completion.present == true)
        #expect(completion.score?.hundredths == 845)
        #expect(try read(["\"passed\"": "\"failed\""]).passed == false)
    }

    @Test func whatIsNotGivenIsNotRegistered() throws {
        #expect(try read(["<grade>8.45</grade>": ""]).score == nil)
        // Without `created` the moment of completion stands in.
        #expect(try read([" sent=\"2026-11-20T14:03:12+01:00\"": ""]).created.iso8601 == "2026-11-20T13:03:10.000Z")
    }

    @Test func theForeignSchemaIsEnforced() throws {
        #expect(
            try problems(["\"passed\"": "\"maybe\""]).first
                == .facet(
                    element: "outcome", attribute: "status", facet: .enumeration(["passed", "failed"]), value: "maybe"))
        #expect(
            try problems(["number=\"p12345\"": ""]) == [.missingAttribute(element: "learner", attribute: "number")])
        #expect(
            try problems(["urn:example:training": "urn:example:other"]) == [
                .wrongRoot(element: "{urn:example:other}event", expected: ["{urn:example:training}event"])
            ])
        #expect(
            try problems(["<grade>8.45": "<grade>good"]) == [
                .wrongType(element: "grade", attribute: nil, type: .decimal, value: "good")
            ])
        #expect(
            try problems(["<attempt>1": "<attempt>0"]).first
                == .facet(element: "attempt", attribute: nil, facet: .minInclusive("1"), value: "0")
                || problems(["<attempt>1": "<attempt>0"]).first
                    == .wrongType(
                        element: "attempt", attribute: nil, type: .other("xs:positiveInteger"), value: "0")
        )
    }

    @Test func aValueThatDoesNotFitNamesTheField() throws {
        let long = String(repeating: "x", count: 65)
        let cut = String(repeating: "x", count: 39) + "…"
        #expect(try problems(["p12345": long]) == [.field(.studentID, .notAnIdentifier, value: cut)])
        #expect(try problems(["p12345": " "]) == [.field(.studentID, .missing, value: "")])
        #expect(try problems(["e12345": ""]) == [.field(.courseID, .missing, value: "")])
        #expect(try problems(["8.45": "845"]) == [.field(.score, .notAScore, value: "845")])
        #expect(try problems(["8.45": "8.455"]) == [.field(.score, .notAScore, value: "8.455")])
        let moment = "<finished>2026-11-20T14:03:10+01:00"
        #expect(
            try problems([moment: "<finished>1812-01-01T00:00:00Z"]) == [
                .field(.completed, .notADateTime, value: "1812-01-01T00:00:00Z")
            ])
        #expect(
            try problems([:], [.passed: "/t:event/t:outcome/@status"]) == [
                .field(.passed, .notABoolean, value: "passed")
            ])
        #expect(try problems([:], [.type: "'other'"]) == [.field(.type, .otherEvent, value: "other")])
        #expect(try problems([:], [.type: "/t:event/@kind"]) == [.field(.type, .missing, value: "")])
        #expect(try problems([:], [.type: "'coursePartCompletion'"]) == [])
        #expect(try problems([:], [.completed: "true()"]) == [.field(.completed, .notADateTime, value: "true")])
    }

    /// `LINE:COLUMN` of what is wrong.
    private func places(_ changes: [String: String], _ fields: [FieldMapping.Field: String] = [:]) throws -> [String] {
        do {
            _ = try read(changes, fields)
            return []
        } catch MessageError.schema(let issues) {
            return issues.map { "\($0.line):\($0.column)" }
        }
    }

    @Test func whatDoesNotFitAFieldIsToldWithItsPlace() throws {
        let lines = String(decoding: try Self.sample("training-event.xml"), as: UTF8.self).split(separator: "\n")
        /// Where the line that holds the text ends, or the place in it just before the end of its start tag.
        func place(of text: String, behindStart: Bool = false) throws -> String {
            let line = try #require(lines.firstIndex { $0.contains(text) })
            let changed = lines[line].replacing("8.45<", with: "8.455<")
            let column =
                behindStart ? try #require(changed.firstIndex(of: ">")).utf16Offset(in: changed) : changed.count
            return "\(line + 1):\(column + 1)"
        }
        let grade = try place(of: "<grade>")
        let end = try place(of: "</event>")
        #expect(try places(["8.45<": "8.455<"]) == [grade])
        #expect(try places(["8.45<": "8.455<"], [.score: "//t:grade/text()"]) == [grade])
        // An attribute stands in the start tag of its element.
        #expect(try places([:], [.passed: "//t:outcome/@status"]) == [place(of: "<outcome", behindStart: true)])
        // What is not there, or computed, is known to be wrong when the message ends.
        #expect(try places([:], [.studentID: "//t:nobody"]) == [end])
        #expect(try places([:], [.score: "//t:grade * 100"]) == [end])
        // Of two, the second.
        let two = ["<attempt>1</attempt>": "<attempt>1</attempt>\n<attempt>2</attempt>"]
        let attempt = try #require(lines.firstIndex { $0.contains("<attempt>") })
        #expect(try places(two, [.partID: "//t:attempt"]) == ["\(attempt + 2):\("<attempt>2</attempt>".count + 1)"])
        #expect(try places(["8.45<": "8.455<"], [.studentID: "//t:nobody"]) == [end, grade])
    }

    @Test func aSecondNodeIsNotGuessedAway() throws {
        let two = ["<attempt>1</attempt>": "<attempt>1</attempt><attempt>2</attempt>"]
        #expect(try problems(two, [.partID: "//t:attempt"]) == [.field(.partID, .repeated, value: "")])
        #expect(try read(two, [.partID: "//t:attempt[last()]"]).part?.text == "2")
    }

    @Test func numbersAreRoundedAndTextsAreExact() throws {
        #expect(try read([:], [.score: "//t:grade * 10"]).score?.hundredths == 8450)
        #expect(try read([:], [.score: "//t:grade div 3"]).score?.hundredths == 282)
        #expect(try read([:], [.score: "string(//t:grade)"]).score?.hundredths == 845)
        #expect(try problems([:], [.score: "//t:grade * 100"]) == [.field(.score, .notAScore, value: "845")])
        #expect(try problems([:], [.score: "number('x')"]) == [.field(.score, .notAScore, value: "NaN")])
        #expect(try read([:], [.partID: "count(//t:attempt)"]).part?.text == "1")
        #expect(try read([:], [.studentID: "concat('nl-', //@number)"]).student.text == "nl-p12345")
    }

    @Test func commentsDoNotCutAMappedText() throws {
        #expect(try read(["<training>e12345": "<training> e1<!-- -->23<![CDATA[45]]>\n"]).course.text == "e12345")
    }

    @Test func oneValidatorReadsOneMessageAfterAnother() throws {
        let validator = try Validator(schema: Self.schema())
        let first = try validator.validate(Self.sample("training-event.xml"))
        let text = String(decoding: try Self.sample("training-event.xml"), as: UTF8.self)
        let second = try validator.validate(Array(text.replacing("p12345", with: "p2").utf8))
        #expect(try second.decode(in: .utc).student.text == "p2")
        #expect(try first.decode(in: .utc).student.text == "p12345")
    }

    @Test func aSchemaWithoutMappingReadsTheUsualShape() throws {
        // The built-in schema itself, as if it were another.
        let schema = try Schema(xsd: Schema.builtInText, name: "mine.xsd", mapping: nil)
        let completion = try Validator(schema: schema).validate(SampleMessage().bytes).decode(in: .utc)
        #expect(try completion == Validator(schema: .builtIn()).validate(SampleMessage().bytes).decode(in: .utc))
    }

    // MARK: Loading

    private func loadError(_ xsd: String, _ mapping: FieldMapping? = nil, name: String = "x.xsd") -> SchemaLoadError? {
        do throws(SchemaLoadError) {
            _ = try Schema(xsd: Array(xsd.utf8), name: name, mapping: mapping)
            return nil
        } catch {
            return error
        }
    }

    @Test func aBadXSDIsToldWithItsLine() {
        for (xsd, line) in [
            (
                "<xs:schema xmlns:xs=\"http://www.w3.org/2001/XMLSchema\">\n<xs:element name=\"a\" type=\"b\"/></xs:schema>",
                2
            ),
            ("<xs:schema xmlns:xs=\"http://www.w3.org/2001/XMLSchema\">\n\n<xs:elem/></xs:schema>", 3),
            ("<a>\n</b>", 2), ("hello", 1), ("<a/>", 0),
        ] {
            guard case .schema(name: "x.xsd", line: line, let reason)? = loadError(xsd) else {
                Testing.Issue.record("\(xsd): \(String(describing: loadError(xsd)))")
                continue
            }
            #expect(!reason.isEmpty && !reason.contains("\n"))
        }
        #expect(loadError("") == .schema(name: "x.xsd", line: 0, reason: "the file is empty"))
    }

    @Test func aBadMappingNamesTheField() throws {
        func error(_ field: FieldMapping.Field, _ expression: String?) throws -> SchemaLoadError? {
            var mapping = try Self.exampleMapping()
            mapping.expressions[field] = expression
            return loadError(String(decoding: try Self.sample("training-event.xsd"), as: UTF8.self), mapping)
        }
        for field in [FieldMapping.Field.studentID, .courseID, .completed] {
            #expect(try error(field, nil) == .unmapped(field))
        }
        for wrong in [
            "/t:event[", "", "a b", "/t:event/x:y", "foo(//t:grade)", "$x", "//t:grade[x:f()]", "document('x')",
        ] {
            guard case .expression(.score, wrong, _)? = try error(.score, wrong) else {
                Testing.Issue.record("\(wrong) was taken")
                continue
            }
        }
        for right in [
            "//*[local-name()='grade']", "number(//t:grade) div (2)", "//t:grade/text()", "/descendant::t:grade",
            "//t:grade[. > 1 and (. < 9)]", "'foo(x) $y z:z'", "//t:grade [ not ( false() ) ]",
        ] {
            #expect(try error(.score, right) == nil)
        }
    }

    @Test func anIncludeIsAFileOfThisMachine() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "include-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let types = """
            <xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema"><xs:simpleType name="mark"><xs:restriction
            base="xs:decimal"/></xs:simpleType></xs:schema>
            """
        try types.write(to: folder.appending(path: "types.xsd"), atomically: false, encoding: .utf8)
        func xsd(_ location: String) -> String {
            """
            <xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema"><xs:include schemaLocation="\(location)"/>
            <xs:element name="m" type="mark"/></xs:schema>
            """
        }
        let name = folder.appending(path: "main.xsd").path()
        let mapping = FieldMapping([.studentID: "/m", .courseID: "/m", .completed: "/m"])
        #expect(loadError(xsd("types.xsd"), mapping, name: name) == nil)
        #expect(loadError(xsd("file://" + folder.path() + "/types.xsd"), mapping, name: name) == nil)
        for elsewhere in ["missing.xsd", "http://127.0.0.1:9/types.xsd", "ftp://127.0.0.1:9/types.xsd"] {
            guard case .schema? = loadError(xsd(elsewhere), name: name) else {
                Testing.Issue.record("\(elsewhere) was loaded")
                continue
            }
        }
        for (location, isFile) in [
            ("types.xsd", true), ("/a/b:c.xsd", true), ("file:///a", true), ("file:/a", true), ("file://host/a", false),
            ("HTTP://x/", false), ("https://x/", false), ("ftp://x/", false), ("jar:file:/x", false),
        ] {
            #expect(LibXML.isFile(location) == isFile, "\(location)")
        }
    }

    @Test func noConnectionIsMadeForAnInclude() throws {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue), 0)
        defer { close(listener) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        // Safe: a sockaddr_in is what these calls take for AF_INET, and it outlives them.
        try unsafe withUnsafeMutablePointer(to: &address) { pointer in
            try unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                try #require(unsafe bind(listener, generic, length) == 0)
                try #require(listen(listener, 1) == 0)
                try #require(unsafe getsockname(listener, generic, &length) == 0)
            }
        }
        let port = UInt16(bigEndian: address.sin_port)
        for scheme in ["http", "ftp"] {
            let xsd = """
                <xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema">
                <xs:include schemaLocation="\(scheme)://127.0.0.1:\(port)/types.xsd"/><xs:element name="m"/></xs:schema>
                """
            #expect(loadError(xsd) != nil)
        }
        let accepted = accept(listener, nil, nil)
        let reason = errno
        #expect(accepted == -1)
        #expect(reason == EAGAIN)
    }
}
