import Foundation
import Testing

@testable import Schema

/// A schema without a mapping must leave room for the built-in shape; else every message would be refused.
@Suite struct OtherShapeTests {
    private static let needed: [FieldMapping.Field] = [.type, .studentID, .courseID, .completed]

    /// The fields that have no place, or nil where the schema can be used.
    private func missing(_ xsd: String, name: String = "x.xsd") throws -> [FieldMapping.Field]? {
        do throws(SchemaLoadError) {
            _ = try Schema(xsd: Array(xsd.utf8), name: name, mapping: nil)
            return nil
        } catch {
            guard case .otherShape(let fields) = error else { throw error }
            return fields
        }
    }

    private func xsd(_ components: String, _ attributes: String = "") -> String {
        "<xs:schema xmlns:xs=\"http://www.w3.org/2001/XMLSchema\" \(attributes)>\(components)</xs:schema>"
    }

    private static func element(_ name: String, _ content: String) -> String {
        "<xs:element name=\"\(name)\"><xs:complexType><xs:sequence>\(content)</xs:sequence></xs:complexType></xs:element>"
    }

    private static func leaf(_ name: String) -> String { "<xs:element name=\"\(name)\" type=\"xs:string\"/>" }
    private static let type = leaf("type")
    private static let student = element("student", leaf("id"))
    private static let course = element("course", leaf("id"))
    private static let result = element("result", leaf("completed"))

    @Test func anotherOutermostElementHasNoPlaceForAnything() throws {
        #expect(try missing(xsd(Self.leaf("event"))) == Self.needed)
        #expect(
            try missing(xsd("<xs:simpleType name=\"t\"><xs:restriction base=\"xs:int\"/></xs:simpleType>"))
                == Self.needed)
    }

    @Test func theUsualNamesInANamespaceAreOtherElements() throws {
        let message = Self.element("message", Self.type + Self.student + Self.course + Self.result)
        #expect(try missing(xsd(message)) == nil)
        #expect(try missing(xsd(message, "targetNamespace=\"urn:x\"")) == Self.needed)
    }

    @Test func theFieldsThatHaveNoPlaceAreNamed() throws {
        let renamed = Self.element("learner", Self.leaf("id"))
        let deeper = Self.element("result", Self.element("when", Self.leaf("completed")))
        #expect(
            try missing(xsd(Self.element("message", Self.type + renamed + Self.course + Self.result))) == [.studentID])
        #expect(
            try missing(xsd(Self.element("message", Self.type + Self.student + Self.course + deeper))) == [.completed])
        #expect(try missing(xsd(Self.element("message", Self.student + Self.course + Self.result))) == [.type])
        #expect(try missing(xsd(Self.leaf("message"))) == Self.needed)
    }

    @Test func theBuiltInShapeWithTighterFacetsIsTaken() throws {
        let text = String(decoding: Schema.builtInText, as: UTF8.self)
        let tighter = text.replacing("<xs:maxLength value=\"64\"/>", with: "<xs:pattern value=\"p[0-9]+\"/>")
        #expect(tighter != text)
        #expect(try missing(tighter) == nil)
    }

    @Test(arguments: [
        // Named types, references, groups, extensions; in another order; what may be anything.
        "<xs:element name=\"message\" type=\"m\"/><xs:complexType name=\"m\"><xs:all>\(result)\(course)\(student)\(type)"
            + "</xs:all></xs:complexType>",
        "\(element("message", "\(type)<xs:element ref=\"student\"/>\(course)\(result)"))\(student)",
        "\(element("message", "\(type)<xs:group ref=\"g\"/>\(result)"))"
            + "<xs:group name=\"g\"><xs:sequence>\(student)\(course)</xs:sequence></xs:group>",
        "<xs:element name=\"message\"><xs:complexType><xs:complexContent><xs:extension base=\"b\"><xs:sequence>"
            + "\(course)\(result)</xs:sequence></xs:extension></xs:complexContent></xs:complexType></xs:element>"
            + "<xs:complexType name=\"b\"><xs:sequence>\(type)\(student)</xs:sequence></xs:complexType>",
        element("message", "<xs:any processContents=\"skip\" maxOccurs=\"unbounded\"/>"),
        element(
            "message",
            "\(type)<xs:choice><xs:sequence>\(student)\(course)</xs:sequence></xs:choice>"
                + "<xs:element name=\"result\" type=\"xs:anyType\"/>"),
        "<xs:element name=\"message\"/>",
    ])
    func howeverTheShapeIsWrittenItIsTaken(components: String) throws {
        #expect(try missing(xsd(components)) == nil)
    }

    @Test func anIncludedFileMayHoldTheMessageOrMayNot() throws {
        let folder = try TemporaryFolder()
        try xsd(Self.leaf("message")).write(toFile: folder.file("m.xsd"), atomically: false, encoding: .utf8)
        try xsd(Self.leaf("event")).write(toFile: folder.file("e.xsd"), atomically: false, encoding: .utf8)
        let name = folder.file("main.xsd")
        #expect(try missing(xsd("<xs:include schemaLocation=\"m.xsd\"/>"), name: name) == nil)
        #expect(try missing(xsd("<xs:include schemaLocation=\"e.xsd\"/>"), name: name) == Self.needed)
    }
}
