import CLibXML2

/// One error of libxml2, being made a finding.
@safe struct SchemaFault {
    private let error: xmlError
    private let element: xmlNodePtr
    private let attribute: xmlAttrPtr?
    private let schema: Schema
    private let message: String

    /// `node` is the error's: an element, or (in no version seen so far) an attribute of it.
    init(error: xmlError, node: xmlNodePtr, schema: Schema) {
        unsafe self.error = unsafe error
        self.schema = schema
        message = unsafe LibXML.text(error.message) ?? ""
        let isAttribute = unsafe node.pointee.type == XML_ATTRIBUTE_NODE
        unsafe element = unsafe isAttribute ? node.pointee.parent ?? node : node
        unsafe attribute = unsafe Self.attribute(of: element, in: message)
    }

    /// The attribute of `Element 'x', attribute 'y': …`, where `y` may be `{namespace}y`.
    private static func attribute(of element: xmlNodePtr, in message: String) -> xmlAttrPtr? {
        guard message.hasPrefix("Element '"), let mark = message.firstRange(of: "', attribute '"),
            let colon = message.firstRange(of: "': "), mark.lowerBound < colon.lowerBound
        else { return nil }
        let name = message[mark.upperBound..<colon.lowerBound].split(separator: "}").last.map(String.init) ?? ""
        var attribute = unsafe element.pointee.properties
        while let one = unsafe attribute, unsafe LibXML.text(one.pointee.name) != name {
            unsafe attribute = unsafe one.pointee.next
        }
        return unsafe attribute
    }

    var finding: IssueRecord.Finding {
        let name = unsafe NodeName.written(element)
        switch unsafe xmlParserErrors(rawValue: UInt32(bitPattern: error.code)) {
        case XML_SCHEMAV_CVC_ELT_1:
            let full = unsafe NodeName.full(element)
            return unsafe starting(.wrongRoot(element: full, expected: schema.roots))
        case XML_SCHEMAV_ELEMENT_CONTENT where message.contains("Missing child element"):
            return unsafe ending(.missingElement(parent: name, expected: expected))
        case XML_SCHEMAV_ELEMENT_CONTENT, XML_SCHEMAV_CVC_WILDCARD:
            return unsafe starting(.unexpectedElement(element: NodeName.full(element), expected: expected))
        case XML_SCHEMAV_CVC_TYPE_3_1_2, XML_SCHEMAV_CVC_COMPLEX_TYPE_2_2:
            guard let child = unsafe xmlFirstElementChild(element) else { break }
            return unsafe .init(
                kind: .unexpectedElement(element: NodeName.full(child), expected: []), element: child, atEnd: false)
        case XML_SCHEMAV_CVC_COMPLEX_TYPE_2_1, XML_SCHEMAV_CVC_COMPLEX_TYPE_2_3:
            return unexpectedText
        case XML_SCHEMAV_CVC_TYPE_3_1_1, XML_SCHEMAV_CVC_COMPLEX_TYPE_3_2_1, XML_SCHEMAV_CVC_COMPLEX_TYPE_3_2_2:
            return starting(.unexpectedAttribute(element: name, attribute: attributeName ?? first))
        case XML_SCHEMAV_CVC_COMPLEX_TYPE_4:
            return unsafe starting(.missingAttribute(element: name, attribute: first))
        case XML_SCHEMAV_CVC_DATATYPE_VALID_1_2_1, XML_SCHEMAV_CVC_DATATYPE_VALID_1_2_2,
            XML_SCHEMAV_CVC_DATATYPE_VALID_1_2_3:
            return valued { name, attribute, value in
                .wrongType(element: name, attribute: attribute, type: valueType, value: value)
            }
        case XML_SCHEMAV_CVC_PATTERN_VALID where schema.isBuiltIn && name == "score":
            return valued { .wrongType(element: $0, attribute: $1, type: .decimal, value: $2) }
        default: break
        }
        if let facet = facet {
            return valued { name, attribute, value in
                .facet(element: name, attribute: attribute, facet: facet, value: value)
            }
        }
        return unsafe ending(.other(element: name, code: Int(error.code)))
    }

    private func starting(_ kind: Issue.Kind) -> IssueRecord.Finding {
        unsafe .init(kind: kind, element: element, atEnd: false)
    }

    private func ending(_ kind: Issue.Kind) -> IssueRecord.Finding {
        unsafe .init(kind: kind, element: element, atEnd: true)
    }

    private func valued(_ kind: (String, String?, String) -> Issue.Kind) -> IssueRecord.Finding {
        let name = unsafe NodeName.written(element)
        guard let attribute = unsafe attribute else {
            return ending(kind(name, nil, unsafe NodeText.beginning(of: element.pointee.children)))
        }
        return starting(kind(name, attributeName, unsafe NodeText.beginning(of: attribute.pointee.children)))
    }

    private var attributeName: String? {
        guard let attribute = unsafe attribute else { return nil }
        return unsafe NodeName.written(attribute.pointee.name, attribute.pointee.ns)
    }

    /// Where the text stands: behind the child before it, or behind the start tag.
    private var unexpectedText: IssueRecord.Finding {
        let kind = unsafe Issue.Kind.unexpectedText(element: NodeName.written(element))
        var child = unsafe element.pointee.children
        while let node = unsafe child {
            if unsafe node.pointee.type == XML_TEXT_NODE, unsafe xmlIsBlankNode(node) == 0 { break }
            unsafe child = unsafe node.pointee.next
        }
        guard let before = unsafe child?.pointee.prev else { return starting(kind) }
        return unsafe .init(kind: kind, element: before, atEnd: true)
    }

    private var first: String { unsafe LibXML.text(error.str1, limit: Issue.nameLength) ?? "" }
    private var second: String { unsafe LibXML.text(error.str2) ?? "" }

    /// The names between the last brackets of `… Expected is one of ( a, b ).`
    private var expected: [String] {
        guard let open = message.lastRange(of: "( "), let close = message.lastRange(of: " )"),
            open.upperBound <= close.lowerBound
        else { return [] }
        return message[open.upperBound..<close.lowerBound].split(separator: ", ").map(String.init)
    }

    /// The last name in quotes of `… is not a valid value of the atomic type 'xs:boolean'.`; a local type has none.
    private var valueType: Issue.ValueType {
        // A message that was cut, for a very long value, ends otherwise.
        guard message.hasSuffix("'.\n"), let open = message.lastRange(of: " type '"),
            let close = message.lastRange(of: "'"), open.upperBound <= close.lowerBound
        else { return .other(nil) }
        return schema.valueType(named: String(message[open.upperBound..<close.lowerBound]))
    }

    private var facet: Issue.Facet? {
        let value = second
        let number = Int(value) ?? 0
        let found = Int(first) ?? 0
        // For an attribute the value comes first, and the numbers after it.
        let lengths: (limit: Int, found: Int) =
            unsafe attribute == nil
            ? (number, found) : (unsafe LibXML.text(error.str3).flatMap { Int($0) } ?? 0, number)
        return switch unsafe xmlParserErrors(rawValue: UInt32(bitPattern: error.code)) {
        case XML_SCHEMAV_CVC_LENGTH_VALID: .length(lengths.limit, found: lengths.found)
        case XML_SCHEMAV_CVC_MINLENGTH_VALID: .minLength(lengths.limit, found: lengths.found)
        case XML_SCHEMAV_CVC_MAXLENGTH_VALID: .maxLength(lengths.limit, found: lengths.found)
        case XML_SCHEMAV_CVC_ENUMERATION_VALID: .enumeration(Self.quoted(value))
        case XML_SCHEMAV_CVC_PATTERN_VALID: schema.isBuiltIn ? .years(1900, 9999) : .pattern(value)
        case XML_SCHEMAV_CVC_MININCLUSIVE_VALID: .minInclusive(value)
        case XML_SCHEMAV_CVC_MAXINCLUSIVE_VALID: .maxInclusive(value)
        case XML_SCHEMAV_CVC_MINEXCLUSIVE_VALID: .minExclusive(value)
        case XML_SCHEMAV_CVC_MAXEXCLUSIVE_VALID: .maxExclusive(value)
        case XML_SCHEMAV_CVC_TOTALDIGITS_VALID: .totalDigits(number)
        case XML_SCHEMAV_CVC_FRACTIONDIGITS_VALID: .fractionDigits(number)
        default: nil
        }
    }

    /// `'a', 'b'` as its values.
    private static func quoted(_ set: String) -> [String] {
        set.dropFirst().dropLast().split(separator: "', '", omittingEmptySubsequences: false).map(String.init)
    }
}

extension String {
    /// Where `text` last occurs. (Foundation has this, but would be this room's only use of it.)
    fileprivate func lastRange(of text: String) -> Range<Index>? { ranges(of: text).last }
}
