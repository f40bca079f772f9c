/// One thing that is wrong with a message: where, and what in typed parts, so that it can be told in any language.
///
/// No part of it is a sentence of libxml2. `value` payloads are the only ones that hold text of the message's content,
/// at most `Issue.valueLength` characters: quote them in an answer, never in a log.
package struct Issue: Sendable, Equatable {
    /// From 1.
    package var line: Int
    /// In characters (Unicode scalars), from 1.
    package var column: Int
    package var kind: Kind

    package init(line: Int, column: Int, kind: Kind) {
        self.line = max(line, 1)
        self.column = max(column, 1)
        self.kind = kind
    }

    /// The most characters that are kept of a value; a longer one ends with an ellipsis as the last of them.
    package static let valueLength = 40
    /// The most characters that are kept of a name that the message chose.
    package static let nameLength = 64
}

extension Issue {
    /// What is wrong. Names are as the message writes them, `{namespace}name` where the namespace is what is wrong.
    package enum Kind: Sendable, Equatable {
        // The message is not XML in UTF-8.

        /// There is nothing but white space.
        case blank
        /// It declares, or clearly is in, another encoding: its name, such as `ISO-8859-1` or `UTF-16`.
        case encoding(String)
        /// Bytes that are not UTF-8.
        case notUTF8
        /// A byte 0.
        case nullByte
        /// It breaks a rule of XML; `code` is libxml2's (`xmlParserErrors`).
        case notWellFormed(Syntax, code: Int)

        // A document type declaration.

        /// The message has a DOCTYPE, which is refused unread.
        case doctype

        // The fixed limits.

        /// The element is nested deeper than `limit` elements.
        case tooDeep(element: String, limit: Int)
        /// The element has more than `limit` attributes, namespace declarations included.
        case tooManyAttributes(element: String, limit: Int)
        /// More than `limit` namespace declarations are in force at the element.
        case tooManyNamespaces(element: String, limit: Int)

        // The schema.

        /// The outermost element is none that the schema knows.
        case wrongRoot(element: String, expected: [String])
        /// The element may not stand here; `expected` is what may, empty where no element may.
        case unexpectedElement(element: String, expected: [String])
        /// The element ends without one of `expected`.
        case missingElement(parent: String, expected: [String])
        /// Text stands between the children of the element, or in one that must be empty.
        case unexpectedText(element: String)
        /// The schema knows no such attribute of the element.
        case unexpectedAttribute(element: String, attribute: String)
        /// The element lacks an attribute that it must have.
        case missingAttribute(element: String, attribute: String)
        /// The text of the element, or of its attribute, is no value of the type.
        case wrongType(element: String, attribute: String?, type: ValueType, value: String)
        /// The text of the element, or of its attribute, is a value of the type, but a facet excludes it.
        case facet(element: String, attribute: String?, facet: Facet, value: String)
        /// Any other rule of a schema; `code` is libxml2's (`xmlParserErrors`, from 1801).
        case other(element: String, code: Int)

        // The mapping of another schema.

        /// The document is valid, but what is mapped to the field does not fit it.
        case field(FieldMapping.Field, FieldProblem, value: String)
    }

    /// The rules of XML that are broken most often.
    package enum Syntax: Sendable, Equatable {
        /// The message ends within an element, a tag, a comment or the like; the element, where one is open.
        case unexpectedEnd(element: String?)
        /// `end` closes where `start` is open.
        case mismatchedTag(start: String, end: String)
        case duplicateAttribute(String)
        /// Only `amp`, `lt`, `gt`, `quot` and `apos` exist.
        case unknownEntity(String)
        /// An `&` that no reference follows; as a character it is `&amp;`.
        case bareAmpersand
        /// Something follows the outermost element.
        case trailingContent
        /// There is text, but no element.
        case noElement
        /// A character that XML does not allow, written as such or as a reference.
        case invalidCharacter
        /// The XML declaration is wrong, or does not stand at the very beginning.
        case declaration
        case other
    }

    /// The types whose values people write wrongly.
    package enum ValueType: Sendable, Equatable {
        /// `xs:dateTime`
        case dateTime
        case boolean
        case decimal
        /// Another type, by the schema's name for it; nil where it has none.
        case other(String?)
    }

    /// A facet of XSD with its value, and what was found where that is a number.
    package enum Facet: Sendable, Equatable {
        case length(Int, found: Int)
        case minLength(Int, found: Int)
        case maxLength(Int, found: Int)
        case enumeration([String])
        case pattern(String)
        case minInclusive(String)
        case maxInclusive(String)
        case minExclusive(String)
        case maxExclusive(String)
        case totalDigits(Int)
        case fractionDigits(Int)
        /// The year of a moment lies outside the two (a pattern of the built-in schema, told as what it means).
        case years(Int, Int)
    }

    /// Why what is mapped to a field does not fit it.
    package enum FieldProblem: Sendable, Equatable {
        /// Nothing, or nothing but white space, where the field is needed.
        case missing
        /// More than one node; the receiver does not guess which.
        case repeated
        /// Not an id: 1 to 64 characters.
        case notAnIdentifier
        case notADateTime
        case notABoolean
        /// Not a number from 0 to 100 with at most two decimals.
        case notAScore
        /// Not the event `coursepartcompletion`.
        case otherEvent
    }
}
