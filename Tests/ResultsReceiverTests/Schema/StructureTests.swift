import Dispatch
import Results
import Synchronization
import Testing

// Testing has an `Issue`, too.
import struct Schema.Issue

@testable import Schema

/// The order and number of elements, what is told of them and where, and the schema against the decoder.
@Suite struct StructureTests {
    private func issues(_ text: String) throws -> [Issue] {
        let validator = try Validator(schema: .builtIn())
        do throws(MessageError) {
            _ = try validator.validate(Array(text.utf8))
            return []
        } catch {
            guard case .schema(let issues) = error else { return [] }
            return issues
        }
    }

    private func kinds(_ text: String) throws -> [Issue.Kind] { try issues(text).map(\.kind) }

    @Test func aMissingElementIsNamed() throws {
        let text = SampleMessage().text
        let course = "<course><id>e12345</id><name>Basis</name></course>"
        #expect(
            try kinds(text.replacing(course, with: "")) == [.unexpectedElement(element: "part", expected: ["course"])])
        #expect(
            try kinds(text.replacing("<id>17</id>", with: "")) == [
                .unexpectedElement(element: "name", expected: ["id"])
            ])
        #expect(
            try kinds(text.replacing("<id>e12345</id><name>Basis</name>", with: "")) == [
                .missingElement(parent: "course", expected: ["id"])
            ])
        #expect(try kinds("<message/>") == [.missingElement(parent: "message", expected: ["type"])])
        #expect(
            try kinds(String(text[..<(try #require(text.firstRange(of: "<result>")).lowerBound)]) + "</message>") == [
                .missingElement(parent: "message", expected: ["result"])
            ])
    }

    @Test func anotherOrderOrASecondElementIsRefused() throws {
        let text = SampleMessage().text
        #expect(
            try kinds(
                text.replacing(
                    "<passed>true</passed><present>true</present>", with: "<present>1</present><passed>1</passed>"))
                == [.unexpectedElement(element: "passed", expected: ["score"])])
        #expect(
            try kinds(text.replacing("</course>", with: "</course><course><id>e2</id></course>")) == [
                .unexpectedElement(element: "course", expected: ["part", "result"])
            ])
        #expect(
            try kinds(text.replacing("</score>", with: "</score><score>9</score>")) == [
                .unexpectedElement(element: "score", expected: [])
            ])
        #expect(
            try kinds(text.replacing("<id>p12345</id>", with: "<id>p1</id><id>p2</id>")) == [
                .unexpectedElement(element: "id", expected: ["firstName", "middleName", "lastName", "email"])
            ])
        #expect(
            try kinds(text.replacing("p12345", with: "<b>p1</b>")) == [.unexpectedElement(element: "b", expected: [])])
    }

    @Test func anElementOfTheSchemaIsNoMessage() throws {
        #expect(try kinds("<student><id>1</id></student>") == [.wrongRoot(element: "student", expected: ["message"])])
        #expect(
            try kinds("<message xmlns='urn:x'/>") == [.wrongRoot(element: "{urn:x}message", expected: ["message"])])
        #expect(
            try kinds(SampleMessage().text.replacing("<id>p12345</id>", with: "<id xmlns='urn:x'>p1</id>")) == [
                .unexpectedElement(element: "{urn:x}id", expected: ["id"])
            ])
    }

    @Test func aLongNamespaceMakesANameNoLongerThanANameMayBe() throws {
        func name(_ namespace: String, _ element: String) throws -> String? {
            guard case .wrongRoot(let name, _) = try kinds("<\(element) xmlns='\(namespace)'/>").first else {
                return nil
            }
            return name
        }
        let long = String(repeating: "n", count: 100)
        #expect(try name(long, "message") == "{\(long.prefix(54))…}message")
        #expect(try name("urn:x", long) == "{urn:x}\(long.prefix(31))…")
        #expect(try name(long, long)?.unicodeScalars.count == Issue.nameLength)
    }

    @Test func strayTextAndAttributesAreRefused() throws {
        let text = SampleMessage().text
        #expect(try kinds(text.replacing("</student>", with: "</student>x")) == [.unexpectedText(element: "message")])
        #expect(
            try kinds(text.replacing("<student>", with: "<student>&#120;")) == [.unexpectedText(element: "student")])
        #expect(
            try kinds(text.replacing("<score>", with: "<score max='10'>")) == [
                .unexpectedAttribute(element: "score", attribute: "max")
            ])
        #expect(
            try kinds(text.replacing("<result>", with: "<result xml:lang='nl'>")) == [
                .unexpectedAttribute(element: "result", attribute: "xml:lang")
            ])
        #expect(
            try !kinds(text.replacing("<message>", with: "<message xsi:nil='true'>")).isEmpty)
        let xsi = "xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance'"
        #expect(try !kinds(text.replacing("<score>", with: "<score \(xsi) xsi:nil='true'>")).isEmpty)
        #expect(
            try !kinds(
                text.replacing(
                    "<id>", with: "<id \(xsi) xmlns:xs='http://www.w3.org/2001/XMLSchema' xsi:type='xs:string'>")
            ).isEmpty)
        #expect(try kinds(text.replacing("<score>", with: "<score \(xsi) xsi:type='score'>")).isEmpty)
    }

    @Test func thePlaceIsWhereAParserKnowsOfTheFault() throws {
        let text = """
            <message>
              <type>coursepartcompletion</type>
              <created>é</created>
              <student>
                <name a="&gt;>"
                />
              </student>
            </message>
            """
        let issues = try issues(text)
        #expect(issues.map { [$0.line, $0.column] } == [[3, 23], [6, 5], [8, 11]])
        #expect(
            issues.map(\.kind) == [
                .wrongType(element: "created", attribute: nil, type: .dateTime, value: "é"),
                .unexpectedElement(element: "name", expected: ["id"]),
                .missingElement(parent: "message", expected: ["course"]),
            ])
        let stray = try self.issues("<message><type>coursepartcompletion</type>\nx<created/></message>")
        #expect(stray.first == Issue(line: 1, column: 43, kind: .unexpectedText(element: "message")))
    }

    @Test func everyElementOfTheSchemaIsReadOrIgnoredOnPurpose() throws {
        var scanner = TagScanner(Schema.builtInText)
        var path: [String] = []
        var found: Set<String> = []
        while let tag = scanner.next() {
            guard scanner.text(tag.name) == "xs:element" else { continue }
            if tag.kind == .close {
                path.removeLast()
                continue
            }
            let parts = String(decoding: scanner.bytes[tag.start..<tag.end], as: UTF8.self).split(separator: "\"")
            path.append(String(try #require(parts.dropFirst().first)))
            found.insert(path.dropFirst().joined(separator: "/"))
            if tag.kind == .empty { path.removeLast() }
        }
        found.remove("")
        #expect(found == StandardReader.read.union(StandardReader.ignored))
        #expect(StandardReader.read.isDisjoint(with: StandardReader.ignored))
    }

    @Test func oneSchemaServesValidatorsOnManyThreads() throws {
        let schema = try Schema.builtIn()
        let good = Atomic(0)
        let bad = Atomic(0)
        DispatchQueue.concurrentPerform(iterations: 8) { lane in
            let validator = Validator(schema: schema)
            for i in 0..<200 {
                let message = SampleMessage(student: "p\(lane)-\(i)", score: i.isMultiple(of: 2) ? "8.5" : "101")
                do {
                    let completion = try validator.validate(message.bytes).decode(in: .utc)
                    if completion.student.text == "p\(lane)-\(i)" { good.add(1, ordering: .relaxed) }
                } catch {
                    bad.add(1, ordering: .relaxed)
                }
            }
        }
        #expect(good.load(ordering: .relaxed) == 800)
        #expect(bad.load(ordering: .relaxed) == 800)
    }

    @Test func aDocumentOutlivesItsValidator() throws {
        func document() throws -> ValidDocument { try Validator(schema: .builtIn()).validate(SampleMessage().bytes) }
        #expect(try document().decode(in: .utc).student.text == "p12345")
    }

    @Test func namesThatAMessageInventsAreForgotten() throws {
        // Each message brings names that the parser would keep; far more than it does keep.
        let validator = try Validator(schema: .builtIn())
        for i in 0..<40 {
            let names = (0..<400).map { "<n\(i)x\($0)/>" }.joined()
            #expect(throws: MessageError.self) { try validator.validate(Array("<message>\(names)</message>".utf8)) }
        }
        #expect(validator.namesInMemory < 10_000)
        #expect(try validator.validate(SampleMessage().bytes).decode(in: .utc).course.text == "e12345")
    }
}
