import Schema
import struct Schema.Issue
import Testing

@testable import Receiver

struct IssueTextTests {
    private static let value = "Pietersen"

    private static let kinds: [Issue.Kind] = {
        let syntaxes: [Issue.Syntax] = [
            .unexpectedEnd(element: "student"), .unexpectedEnd(element: nil), .mismatchedTag(start: "a", end: "b"),
            .duplicateAttribute("x"), .unknownEntity("nbsp"), .trailingContent, .noElement, .invalidCharacter,
            .declaration, .other,
        ]
        let types: [Issue.ValueType] = [.dateTime, .boolean, .decimal, .other("token"), .other(nil)]
        let facets: [Issue.Facet] = [
            .length(3, found: 4), .minLength(1, found: 0), .maxLength(64, found: 70), .enumeration(["a", "b"]),
            .pattern("[a-z]+"), .minInclusive("0"), .maxInclusive("100"), .minExclusive("0"), .maxExclusive("100"),
            .totalDigits(5), .fractionDigits(2), .years(1900, 9999),
        ]
        let problems: [Issue.FieldProblem] = [
            .missing, .repeated, .notAnIdentifier, .notADateTime, .notABoolean, .notAScore, .otherEvent,
        ]
        return [
            .blank, .encoding(value), .notUTF8, .nullByte, .doctype, .tooDeep(element: "a", limit: 64),
            .tooManyAttributes(element: "a", limit: 64), .tooManyNamespaces(element: "a", limit: 64),
            .wrongRoot(element: "a", expected: ["message"]), .unexpectedElement(element: "a", expected: ["b", "c"]),
            .unexpectedElement(element: "a", expected: []), .missingElement(parent: "a", expected: ["b"]),
            .missingElement(parent: "a", expected: []), .unexpectedText(element: "a"),
            .unexpectedAttribute(element: "a", attribute: "b"), .missingAttribute(element: "a", attribute: "b"),
            .other(element: "a", code: 1871),
        ] + syntaxes.map { .notWellFormed($0, code: 1) }
            + types.map { .wrongType(element: "lastName", attribute: nil, type: $0, value: value) }
            + facets.map { .facet(element: "lastName", attribute: "b", facet: $0, value: value) }
            + problems.map { .field(.studentID, $0, value: value) }
    }()

    @Test func everyKindIsToldInThreeLanguagesWithoutAFullStop() {
        for kind in Self.kinds {
            let issue = Issue(line: 1, column: 1, kind: kind)
            let texts = Language.allCases.map { issue.text(in: $0, quotingValues: true) }
            #expect(Set(texts).count == 3, "\(kind)")
            for text in texts {
                #expect(!text.isEmpty && !text.hasSuffix(".") && !text.hasSuffix(" "))
                #expect(!text.contains("  ") && !text.contains("\n"), "\(text)")
            }
        }
    }

    @Test func aValueIsQuotedOnlyWhereThatIsAllowed() {
        for kind in Self.kinds {
            for language in Language.allCases {
                let text = Issue(line: 1, column: 1, kind: kind).text(in: language, quotingValues: false)
                #expect(!text.contains(Self.value), "\(text)")
            }
        }
        let quoted = Self.kinds.filter {
            Issue(line: 1, column: 1, kind: $0).text(in: .nl, quotingValues: true).contains("'\(Self.value)'")
        }
        // The encoding, types, facets, and the field problems that are about a value.
        #expect(quoted.count == 1 + 5 + 12 + 5)
    }
}
