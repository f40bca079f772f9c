import CLibXML2

/// What a schema's validator complains of, the first few, each with the element that it is about.
///
/// libxml2 tells what it expected and the name of a type only within its sentences; those two are cut out of them by
/// their marks, which have been the same since 2.6. Everything else comes from its typed fields and from the document.
final class IssueRecord {
    @safe struct Finding {
        var kind: Issue.Kind
        /// Nil: libxml2 names none.
        var element: xmlNodePtr?
        /// Whether the fault is known only at the end of the element.
        var atEnd: Bool
    }

    private(set) var findings: [Finding] = []
    private let schema: Schema

    init(schema: Schema) { self.schema = schema }

    func clear() { findings.removeAll() }

    /// The C function and its context for the validator, which must not outlive the record.
    func attach(to validator: xmlSchemaValidCtxtPtr) {
        unsafe xmlSchemaSetValidStructuredErrors(
            validator,
            { context, error in
                guard let context = unsafe context, let error = unsafe error else { return }
                unsafe Unmanaged<IssueRecord>.fromOpaque(context).takeUnretainedValue().take(error.pointee)
            }, Unmanaged.passUnretained(self).toOpaque())
    }

    private func take(_ error: xmlError) {
        guard findings.count < MessageError.issueLimit, unsafe error.level.rawValue >= XML_ERR_ERROR.rawValue
        else { return }
        let node = unsafe error.node?.assumingMemoryBound(to: xmlNode.self)
        let isAttribute = unsafe node?.pointee.type == XML_ATTRIBUTE_NODE
        guard let element = unsafe isAttribute ? node?.pointee.parent : node else {
            unsafe findings.append(
                Finding(kind: .other(element: "", code: Int(error.code)), element: nil, atEnd: false))
            return
        }
        let fault = unsafe Fault(error: error, element: element, attribute: isAttribute ? node : nil, schema: schema)
        let finding = fault.finding
        if let last = findings.last, unsafe last.element == finding.element,
            Self.isConsequence(finding.kind, of: last.kind)
        {
            return
        }
        findings.append(finding)
    }

    /// An element within text makes the text wrong, too; a value beyond a facet is no value of the type, some versions
    /// add.
    private static func isConsequence(_ kind: Issue.Kind, of last: Issue.Kind) -> Bool {
        switch (last, kind) {
        case (.facet(_, let a, _, _), .wrongType(_, let b, _, _)): a == b
        case (.unexpectedElement(_, []), .facet), (.unexpectedElement(_, []), .wrongType): true
        default: false
        }
    }
}

/// One error of libxml2, being made a finding.
@safe private struct Fault {
    let error: xmlError
    let element: xmlNodePtr
    let attribute: xmlNodePtr?
    let schema: Schema

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
            let attribute = unsafe attribute.map { unsafe NodeName.written($0) } ?? first
            return unsafe starting(.unexpectedAttribute(element: name, attribute: attribute))
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
        let holder = unsafe attribute ?? element
        let value = unsafe NodeText.beginning(of: holder, limit: Issue.valueLength)
        let made = unsafe kind(
            NodeName.written(element), attribute.map { unsafe NodeName.written($0) }, value)
        return unsafe attribute == nil ? ending(made) : starting(made)
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

    private var message: String { unsafe LibXML.text(error.message) ?? "" }
    private var first: String { unsafe LibXML.text(error.str1, limit: Issue.nameLength) ?? "" }
    private var second: String { unsafe LibXML.text(error.str2) ?? "" }

    /// The names between the last brackets of `… Expected is one of ( a, b ).`
    private var expected: [String] {
        let message = message
        guard let open = message.lastRange(of: "( "), let close = message.lastRange(of: " )"),
            open.upperBound <= close.lowerBound
        else { return [] }
        return message[open.upperBound..<close.lowerBound].split(separator: ", ").map(String.init)
    }

    /// The last name in quotes of `… of the atomic type 'xs:boolean'.`; a local type has none.
    private var valueType: Issue.ValueType {
        let message = message
        guard message.lastRange(of: " local ") == nil, let open = message.lastRange(of: " type '"),
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
