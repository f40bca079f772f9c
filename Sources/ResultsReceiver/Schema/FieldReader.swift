import CLibXML2
import Results

/// Reads messages of another schema by XPath. It belongs to one validator, and so to one lane.
@safe final class FieldReader {
    private let context: xmlXPathContextPtr?
    private var compiled: [Compiled] = []
    /// No setting maps the part's name, but the usual shape has one.
    private var partName: xmlXPathCompExprPtr?

    @safe private struct Compiled {
        var field: FieldMapping.Field
        var expression: xmlXPathCompExprPtr
    }

    /// For a mapping that `check` passed.
    init(_ mapping: FieldMapping, for schema: Schema) {
        unsafe context = unsafe xmlXPathNewContext(nil)
        guard let context = unsafe context else { return }
        // Quiet: the default handler writes to the standard error.
        unsafe context.pointee.error = { _, _ in }
        for (prefix, uri) in schema.namespaces { _ = unsafe xmlXPathRegisterNs(context, prefix, uri) }
        for field in FieldMapping.Field.allCases {
            guard let text = mapping[field], let expression = unsafe xmlXPathCtxtCompile(context, text) else {
                continue
            }
            unsafe compiled.append(Compiled(field: field, expression: expression))
        }
        if mapping == .standard { unsafe partName = unsafe xmlXPathCtxtCompile(context, "/message/part/name") }
    }

    deinit {
        for one in compiled { unsafe xmlXPathFreeCompExpr(one.expression) }
        unsafe xmlXPathFreeCompExpr(partName)
        unsafe xmlXPathFreeContext(context)
    }

    /// Whether the mapping has what is needed, and nothing in it that could fail only when a message comes.
    static func check(_ mapping: FieldMapping, for schema: Schema) throws(SchemaLoadError) {
        for field in FieldMapping.Field.allCases where field.isNeeded && mapping[field] == nil {
            throw .unmapped(field)
        }
        let reader = FieldReader(mapping, for: schema)
        for field in FieldMapping.Field.allCases {
            guard let text = mapping[field] else { continue }
            guard reader.compiled.contains(where: { $0.field == field }) else {
                throw .expression(field, expression: text, reason: "not an XPath 1.0 expression")
            }
            if let reason = XPathNames.fault(in: text, prefixes: Set(schema.namespaces.map(\.prefix))) {
                throw .expression(field, expression: text, reason: reason)
            }
        }
    }

    /// `message` is what the document was made from.
    func read(_ document: xmlDocPtr, of message: [UInt8], in zone: CivilTime) throws(MessageError) -> Completion {
        guard let context = unsafe context else { throw .failed(code: Int(XML_ERR_NO_MEMORY.rawValue)) }
        unsafe context.pointee.doc = unsafe document
        unsafe context.pointee.node = unsafe xmlDocGetRootElement(document)?.pointee.parent
        defer {
            // The document may be freed before the next one comes.
            unsafe context.pointee.doc = nil
            unsafe context.pointee.node = nil
        }
        var draft = FieldDraft()
        for one in compiled {
            let (value, spot) = try unsafe value(of: one.expression, context)
            draft.take(one.field, value, at: spot, in: zone)
        }
        if let partName = unsafe partName { draft.takePartName(try unsafe value(of: partName, context).0) }
        guard let completion = draft.completion else {
            throw .schema(unsafe Array(draft.findings.prefix(MessageError.issueLimit)).issues(in: document, message))
        }
        return completion
    }

    private func value(
        of expression: xmlXPathCompExprPtr, _ context: xmlXPathContextPtr
    ) throws(MessageError) -> (FieldValue, FieldSpot) {
        guard let result = unsafe xmlXPathCompiledEval(expression, context) else {
            throw .failed(code: unsafe Int(context.pointee.lastError.code))
        }
        defer { unsafe xmlXPathFreeObject(result) }
        return unsafe (FieldValue(result), FieldSpot(result))
    }
}

/// Where in a message the value of a field stands, for people: at the element, or at the whole message's end.
@safe struct FieldSpot {
    /// Nil: the outermost.
    var element: xmlNodePtr?
    var atEnd = true

    /// Of what is missing, or is made of several nodes or of none.
    static var message: FieldSpot { FieldSpot() }

    private init() { unsafe element = nil }

    init(_ object: xmlXPathObjectPtr) {
        self.init()
        guard unsafe object.pointee.type == XPATH_NODESET, let nodes = unsafe object.pointee.nodesetval,
            unsafe nodes.pointee.nodeNr > 0
        else { return }
        // Of several, the second is the one too many.
        guard let node = unsafe nodes.pointee.nodeTab[nodes.pointee.nodeNr > 1 ? 1 : 0] else { return }
        switch unsafe node.pointee.type {
        case XML_ELEMENT_NODE: unsafe element = unsafe node
        case XML_TEXT_NODE: unsafe element = unsafe node.pointee.parent
        case XML_ATTRIBUTE_NODE:
            unsafe element = unsafe node.pointee.parent
            atEnd = false
        default: break
        }
    }
}

/// What an expression gave.
enum FieldValue {
    case nothing
    case repeated
    case text([UInt8])
    /// With the text that XPath would make of it.
    case number(Double, String)
    case truth(Bool)

    init(_ object: xmlXPathObjectPtr) {
        switch unsafe object.pointee.type {
        case XPATH_BOOLEAN: self = .truth(unsafe object.pointee.boolval != 0)
        case XPATH_NUMBER: self = Self.number(unsafe object.pointee.floatval)
        case XPATH_NODESET where unsafe (object.pointee.nodesetval?.pointee.nodeNr ?? 0) > 1: self = .repeated
        default:
            guard let text = unsafe xmlXPathCastToString(object) else {
                self = .nothing
                return
            }
            defer { unsafe freeXMLText(text) }
            // Safe: libxml2's strings end with a byte 0.
            let bytes = unsafe Array(UnsafeBufferPointer(start: text, count: Int(xmlStrlen(text))))
            self = bytes.allSatisfy(Encoding.isWhiteSpace) ? .nothing : .text(bytes)
        }
    }

    private static func number(_ number: Double) -> FieldValue {
        let text = unsafe xmlXPathCastNumberToString(number)
        defer { unsafe freeXMLText(text) }
        return .number(number, unsafe LibXML.text(text) ?? "")
    }

    /// The value for people.
    var shown: String {
        switch self {
        case .nothing, .repeated: ""
        case .text(let bytes): LexicalForm.token(bytes.span).shortened(to: Issue.valueLength)
        case .number(_, let text): text
        case .truth(let truth): truth ? "true" : "false"
        }
    }
}
