import Results
import Testing

// Testing has an `Issue`, too.
import struct Schema.Issue

@testable import Schema

/// What is refused, and as what.
@Suite struct RefusedMessageTests {
    private func error(_ bytes: [UInt8]) throws -> MessageError? {
        let validator = try Validator(schema: .builtIn())
        do throws(MessageError) {
            _ = try validator.validate(bytes)
            return nil
        } catch {
            return error
        }
    }

    private func issues(_ text: String) throws -> [Issue] {
        guard case .schema(let issues) = try error(Array(text.utf8)) else { return [] }
        #expect(issues.allSatisfy { $0.line >= 1 && $0.column >= 1 })
        return issues
    }

    private func kinds(_ message: SampleMessage) throws -> [Issue.Kind] { try issues(message.text).map(\.kind) }

    @Test(arguments: [
        "", "2026-11-20", "2026-11-20 14:03:10", "2026-02-30T00:00:00", "2026-11-20T14:03:60Z", "2026-11-20T24:00:01Z",
        "2026-11-20T14:03:10+15:00", "2026-11-20T14:03:10+14:01", "2026-11-20T14:03Z", "2026-11-20T14:03:10.Z",
        "0000-01-01T00:00:00Z", "2026-11-20T14:03:10z", "2027-02-29T00:00:00Z", "26-11-20T00:00:00Z",
    ])
    func whatIsNoDateTime(text: String) throws {
        let kind = Issue.Kind.wrongType(element: "completed", attribute: nil, type: .dateTime, value: text)
        #expect(try kinds(SampleMessage(completed: text)) == [kind])
    }

    @Test(arguments: [
        "1899-12-31T23:59:59Z", "1899-12-31T24:00:00Z", "9999-12-31T24:00:00", "10000-01-01T00:00:00Z",
        "-2026-11-20T14:03:10Z", "12026-11-20T14:03:10Z", "0026-11-20T14:03:10Z",
    ])
    func yearsOutside1900To9999(text: String) throws {
        let kind = Issue.Kind.facet(element: "created", attribute: nil, facet: .years(1900, 9999), value: text)
        #expect(try kinds(SampleMessage(created: text)) == [kind])
    }

    @Test(arguments: ["1e1", "8,5", ".", "+", "-", "", "NaN", "INF", "8 5", "+-8", "0x8", "٨"])
    func whatIsNoDecimal(text: String) throws {
        let kind = Issue.Kind.wrongType(element: "score", attribute: nil, type: .decimal, value: text)
        #expect(try kinds(SampleMessage(score: text)) == [kind])
    }

    @Test func scoresBeyondTheFacets() throws {
        func facet(_ facet: Issue.Facet, _ value: String) -> Issue.Kind {
            .facet(element: "score", attribute: nil, facet: facet, value: value)
        }
        #expect(try kinds(SampleMessage(score: "-0.01")) == [facet(.minInclusive("0"), "-0.01")])
        #expect(try kinds(SampleMessage(score: "100.01")) == [facet(.maxInclusive("100"), "100.01")])
        #expect(try kinds(SampleMessage(score: "8.125")) == [facet(.fractionDigits(2), "8.125")])
    }

    @Test(arguments: ["TRUE", "yes", "", "2", "true false"])
    func whatIsNoBoolean(text: String) throws {
        let kind = Issue.Kind.wrongType(element: "passed", attribute: nil, type: .boolean, value: text)
        #expect(try kinds(SampleMessage(passed: text)) == [kind])
    }

    @Test func idsAreOneTo64Characters() throws {
        let long = String(repeating: "é", count: 65)
        #expect(
            try kinds(SampleMessage(student: long)) == [
                .facet(
                    element: "id", attribute: nil, facet: .maxLength(64, found: 65),
                    value: String(repeating: "é", count: 39) + "…")
            ])
        for empty in ["", " \n\t", "<!-- -->", "<![CDATA[ ]]>"] {
            #expect(
                try kinds(SampleMessage(course: empty)) == [
                    .facet(element: "id", attribute: nil, facet: .minLength(1, found: 0), value: "")
                ])
        }
    }

    @Test(arguments: [("firstName", 200), ("email", 254)])
    func namesAndAddressesHaveALimit(element: String, limit: Int) throws {
        func message(_ count: Int) -> String {
            SampleMessage().text.replacing(
                element == "email" ? "piet@example.nl" : "Piet", with: String(repeating: "é", count: count))
        }
        #expect(try error(Array(message(limit).utf8)) == nil)
        let value = String(repeating: "é", count: 39) + "…"
        #expect(
            try issues(message(limit + 1)).map(\.kind) == [
                .facet(element: element, attribute: nil, facet: .maxLength(limit, found: limit + 1), value: value)
            ])
    }

    @Test func onlyTheOneEvent() throws {
        #expect(
            try kinds(SampleMessage(type: "courseCompletion")) == [
                .facet(
                    element: "type", attribute: nil,
                    facet: .enumeration(["coursepartcompletion", "coursePartCompletion"]), value: "courseCompletion")
            ])
    }
}
