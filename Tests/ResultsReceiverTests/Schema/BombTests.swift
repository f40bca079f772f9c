import Glibc
import Results
import Testing

// Testing has an `Issue`, too.
import struct Schema.Issue

@testable import Schema

/// Messages that are made to cost much: what is told of them, and that they do not.
@Suite struct BombTests {
    private func error(_ text: String, _ schema: Schema? = nil) throws -> MessageError? {
        let validator = try Validator(schema: schema ?? .builtIn())
        do throws(MessageError) {
            _ = try validator.validate(Array(text.utf8))
            return nil
        } catch {
            return error
        }
    }

    private func schemaIssues(_ text: String) throws -> [Issue.Kind] {
        guard case .schema(let issues) = try error(text) else { return [] }
        return issues.map(\.kind)
    }

    private func nested(_ depth: Int) -> String {
        String(repeating: "<a>", count: depth) + String(repeating: "</a>", count: depth)
    }

    @Test func sixtyFourElementsWithinEachOtherAreRead() throws {
        #expect(try schemaIssues(nested(64)) == [.wrongRoot(element: "a", expected: ["message"])])
    }

    @Test(arguments: [65, 66, 257, 1000, 140_000])
    func deeperNestingIsRefused(depth: Int) throws {
        #expect(try schemaIssues(nested(depth)) == [.tooDeep(element: "a", limit: 64)])
        #expect(try schemaIssues(String(repeating: "<a>", count: depth)) == [.tooDeep(element: "a", limit: 64)])
    }

    @Test func anEmptyElementCountsAsDeepAsItStands() throws {
        let open = String(repeating: "<a>", count: 64)
        let close = String(repeating: "</a>", count: 64)
        #expect(try schemaIssues(open + "<b/>" + close) == [.tooDeep(element: "b", limit: 64)])
        // Siblings are no depth.
        let siblings = "<a>" + String(repeating: "<b/><c></c>", count: 100) + "</a>"
        #expect(try schemaIssues(siblings) == [.wrongRoot(element: "a", expected: ["message"])])
    }

    private func attributes(_ count: Int, _ name: String = "a") -> String {
        (0..<count).map { "\(name)\($0)=\"'>\"" }.joined(separator: " ")
    }

    @Test func sixtyFourAttributesAreRead() throws {
        let kinds = try schemaIssues("<message \(attributes(64))/>")
        #expect(kinds.count == 5)
        #expect(kinds.first == .unexpectedAttribute(element: "message", attribute: "a0"))
    }

    @Test(arguments: [65, 66, 1000, 100_000])
    func moreAttributesAreRefused(count: Int) throws {
        let expected = [Issue.Kind.tooManyAttributes(element: "message", limit: 64)]
        #expect(try schemaIssues("<message \(attributes(count))/>") == expected)
        #expect(try schemaIssues("<message\n\(attributes(count)) ></message>") == expected)
        #expect(try schemaIssues("<message \(attributes(count, "xmlns:a"))/>") == expected)
        #expect(try schemaIssues("<x><message a = '' \(attributes(count - 1))/></x>") == expected)
    }

    @Test func sixtyFourNamespaceDeclarationsAreNotAgainstTheSchema() throws {
        let declarations = (0..<64).map { "xmlns:a\($0)='urn:\($0)'" }.joined(separator: " ")
        let text = SampleMessage().text
            .replacing("<message>", with: "<message \(declarations)>")
            .replacing("<student>", with: "<student \(declarations)>")
            .replacing("<id>", with: "<id \(declarations)>")
        #expect(try error(text) == nil)
    }

    @Test func namespaceDeclarationsInForceAreLimited() throws {
        let declarations = (0..<64).map { "xmlns:a\($0)='urn:\($0)'" }.joined(separator: " ")
        let open = String(repeating: "<a \(declarations)>", count: 5)
        #expect(try schemaIssues(open + "</a></a></a></a></a>") == [.tooManyNamespaces(element: "a", limit: 256)])
        // One after the other they are not in force together.
        let one = "<a \(declarations)></a>"
        #expect(
            try schemaIssues("<b>" + String(repeating: one, count: 50) + "</b>")
                == [.wrongRoot(element: "b", expected: ["message"])])
    }

    @Test func aMegabyteOfTextInPiecesIsJoined() throws {
        for piece in ["x<!---->", "&#120;", "<![CDATA[x]]>", "x<?p?>"] {
            let id = String(repeating: piece, count: 1_000_000 / piece.count)
            guard
                case .facet("id", nil, .maxLength(64, let found), let value)? = try schemaIssues(
                    SampleMessage(student: id).text
                ).first
            else {
                Testing.Issue.record("no such facet")
                return
            }
            #expect(found == 1_000_000 / piece.count)
            #expect(value.count == 40)
        }
    }

    @Test func aMegabyteOfLeadingWhiteSpaceIsCollapsed() throws {
        let id = String(repeating: " ", count: 1_000_000) + "p1" + String(repeating: "\n", count: 10_000)
        #expect(
            try Validator(schema: .builtIn()).validate(SampleMessage(student: id).bytes).decode(in: .utc).student.text
                == "p1")
    }

    @Test func namesOfAMessageAreCutInWhatIsTold() throws {
        let name = String(repeating: "n", count: 40_000)
        let told = String(repeating: "n", count: 63) + "…"
        #expect(try schemaIssues("<\(name)/>") == [.wrongRoot(element: told, expected: ["message"])])
    }

    @Test func onlyTheFirstFiveIssuesAreTold() throws {
        let text = SampleMessage(
            type: "x", created: "x", student: "", course: "", part: "", completed: "x", passed: "x", present: "x",
            score: "x"
        ).text
        guard case .schema(let issues) = try error(text) else { return }
        #expect(issues.count == 5)
        #expect(issues.map(\.line) == issues.map(\.line).sorted())
    }

    @Test func aThousandIssuesOfAnotherSchemaCostNoMoreThanFive() throws {
        let xsd = """
            <xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema"><xs:element name="list"><xs:complexType><xs:sequence>
            <xs:element name="n" type="xs:int" maxOccurs="unbounded"/></xs:sequence></xs:complexType></xs:element></xs:schema>
            """
        let schema = try Schema(
            xsd: Array(xsd.utf8), name: "list.xsd",
            mapping: FieldMapping([.studentID: "/list/n", .courseID: "/list/n", .completed: "/list/n"]))
        let error = try error("<list>\n" + String(repeating: "<n>x</n>\n", count: 100_000) + "</list>", schema)
        guard case .schema(let issues) = error else { return }
        #expect(issues.map(\.line) == [2, 3, 4, 5, 6])
        #expect(issues.allSatisfy { $0.column == 9 })
    }

    /// The processor time of this thread for one message, the least of three tries.
    private func work(_ text: String) throws -> Double {
        let validator = try Validator(schema: .builtIn())
        let bytes = Array(text.utf8)
        func now() -> Double {
            var time = timespec()
            unsafe clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
            return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
        }
        return (0..<3).map { _ in
            let began = now()
            _ = try? validator.validate(bytes)
            return now() - began
        }.min() ?? 0
    }

    /// Sixteen times the size is sixteen times the work where it is in proportion, and 256 times where it is squared.
    @Test func workGrowsWithTheSizeAndNoFaster() throws {
        for (small, large) in zip(Bomb.all(65_536), Bomb.all(16 * 65_536)) {
            let factor = try work(large.text) / (work(small.text) + 50e-6)
            #expect(factor < 64, "\(small.name)")
        }
    }
}
