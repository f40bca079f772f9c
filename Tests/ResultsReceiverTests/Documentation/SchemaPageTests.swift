import Foundation
import FoundationXML
import Schema
import Testing

// Schema has an `Issue`, too.
import struct Testing.Issue

/// The table of the message's elements says what `results.xsd` says, in both directions.
@Suite struct SchemaPageTests {
    @Test func theTableOfElementsIsTheSchema() throws {
        let page = try DocumentationPage("MESSAGES.md")
        let told = page.rows(under: "element").map { Array($0.prefix(3)) }
        let xsd = try SchemaOutline()
        #expect(told == xsd.rows)
    }

    /// What the patterns of the XSD mean is told in words: years, and zeros behind a mark.
    @Test(arguments: [
        ("1900-01-01T00:00:00Z", true), ("1899-12-31T23:59:59Z", false), ("9999-12-31T23:59:59", true),
        ("10000-01-01T00:00:00Z", false), ("2026-11-20T14:03:10", true), ("2026-11-20T13:03:10.25Z", true),
    ])
    func aMomentLiesInTheYearsOfTheTable(moment: String, isRight: Bool) throws {
        #expect(try Self.isValid(SampleText(completed: moment)) == isRight)
    }

    @Test(arguments: [
        ("8.5", true), ("10", true), (".5", true), ("7.250", true), ("7.255", false), ("100.01", false),
        ("-0.01", false),
        ("1e1", false), ("", false),
    ])
    func aMarkIsWrittenAsTheTableSays(score: String, isRight: Bool) throws {
        #expect(try Self.isValid(SampleText(score: score)) == isRight)
    }

    @Test func theTableOfMappedFieldsIsComplete() throws {
        let rows = try DocumentationPage("MESSAGES.md").rows(under: "key")
        #expect(rows.map { $0[0] } == FieldMapping.Field.allCases.map { "`map-\($0.rawValue)`" })
        #expect(rows.map { $0[1] } == FieldMapping.Field.allCases.map { $0.isNeeded ? "yes" : "no" })
        let settings = try String(
            contentsOf: DocumentationPage.repository
                .appending(path: "Resources/samples/foreign/results-receiver.conf"), encoding: .utf8)
        for row in rows where !row[3].isEmpty {
            let line = "\(row[0]) = \(row[3])".replacing("`", with: "")
            #expect(settings.contains(line + "\n"), "\(line)")
        }
    }

    @Test func theMessageOfAnotherSchemaIsTheSample() throws {
        let sample = try String(
            contentsOf: DocumentationPage.repository
                .appending(path: "Resources/samples/foreign/training-event.xml"), encoding: .utf8)
        let declaration = try #require(sample.firstRange(of: "?>\n"))
        let page = try DocumentationPage("MESSAGES.md")
        #expect(page.text.contains("```xml\n\(sample[declaration.upperBound...])```"))
    }

    private struct SampleText {
        var completed = "2026-11-20T14:03:10+01:00"
        var score = "8.5"
    }

    private static func isValid(_ sample: SampleText) throws -> Bool {
        let message = """
            <message><type>coursepartcompletion</type><created>2026-11-20T14:03:12Z</created><student><id>p1</id></student>\
            <course><id>e1</id></course><result><completed>\(sample.completed)</completed><score>\(sample.score)</score>\
            </result></message>
            """
        let validator = Validator(schema: try Schema.builtIn())
        do throws(MessageError) {
            _ = try validator.validate(Array(message.utf8))
            return true
        } catch {
            return false
        }
    }
}

/// The elements of `results.xsd` as rows: path, needed, value.
private struct SchemaOutline {
    private(set) var rows: [[String]] = []
    private let types: [String: XMLElement]

    init() throws {
        let url = DocumentationPage.repository.appending(path: "Resources/results.xsd")
        let root = try #require(XMLDocument(contentsOf: url).rootElement())
        let children = root.elements
        types = Dictionary(
            uniqueKeysWithValues: try children.filter { $0.bareName == "simpleType" }.map {
                (try #require($0.attribute(forName: "name")?.stringValue), $0)
            })
        for element in children where element.bareName == "element" { try add(element, under: "") }
    }

    private mutating func add(_ element: XMLElement, under parent: String) throws {
        let path = parent + (try #require(element.attribute(forName: "name")?.stringValue))
        let isNeeded = element.attribute(forName: "minOccurs")?.stringValue != "0"
        #expect(element.attribute(forName: "maxOccurs") == nil)
        let value = try element.attribute(forName: "type")?.stringValue.map(value) ?? ""
        rows.append(["`\(path)`", isNeeded ? "yes" : "no", value])
        for complex in element.elements {
            for sequence in complex.elements {
                for child in sequence.elements { try add(child, under: path + "/") }
            }
        }
    }

    /// The type in words. Patterns are proved by messages, not compared.
    private func value(_ type: String) throws -> String {
        if type == "xs:boolean" { return "boolean" }
        let restriction = try #require(types[type]?.elements.first)
        var facets: [Substring: [String]] = [:]
        for facet in restriction.elements {
            facets[facet.bareName, default: []].append(
                try #require(facet.attribute(forName: "value")?.stringValue))
        }
        let patterns = facets.removeValue(forKey: "pattern") ?? []
        func take(_ name: Substring) -> String? { facets.removeValue(forKey: name)?.first }
        var words: [String] = []
        switch restriction.attribute(forName: "base")?.stringValue {
        case "xs:dateTime": words.append(patterns.isEmpty ? "dateTime" : "moment")
        case "xs:decimal": words.append("decimal")
        case "xs:token": words.append("token")
        case let base: Issue.record("no words for \(base ?? "no base")")
        }
        if let choices = facets.removeValue(forKey: "enumeration") {
            words = [choices.map { "`\($0)`" }.joined(separator: " or ")]
        }
        if let least = take("minLength"), let most = take("maxLength") {
            words.append("\(least) to \(most) characters")
        } else if let most = take("maxLength") {
            words.append("at most \(most) characters")
        }
        if let least = take("minInclusive"), let most = take("maxInclusive") { words.append("\(least) to \(most)") }
        if let digits = take("fractionDigits") { words.append("at most \(digits) decimals") }
        #expect(facets.isEmpty, "no words for \(facets)")
        return words.joined(separator: ", ")
    }
}

extension XMLElement {
    fileprivate var elements: [XMLElement] { (children ?? []).compactMap { $0 as? XMLElement } }

    /// The name without prefix; `localName` would lose memory at each call.
    fileprivate var bareName: Substring { (name ?? "").split(separator: ":").last ?? "" }
}
