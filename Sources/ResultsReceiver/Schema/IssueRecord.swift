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
    /// Whether libxml2 refused something that the schema does not.
    private var hasWaived = false
    /// Whether the message meets the schema all the same.
    var areAllWaived: Bool { hasWaived && findings.isEmpty }
    private let schema: Schema

    init(schema: Schema) { self.schema = schema }

    func clear() {
        findings.removeAll()
        hasWaived = false
    }

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
        guard let node = unsafe error.node?.assumingMemoryBound(to: xmlNode.self) else {
            unsafe findings.append(
                Finding(kind: .other(element: "", code: Int(error.code)), element: nil, atEnd: false))
            return
        }
        if unsafe isLongScore(node, error.code) {
            hasWaived = true
            return
        }
        let finding = unsafe SchemaFault(error: error, node: node, schema: schema).finding
        if let last = findings.last, unsafe last.element != nil, Self.isConsequence(finding, of: last) { return }
        findings.append(finding)
    }

    /// Whether the text is a score of the built-in schema, and only too long for libxml2: up to 2.13 it takes no decimal of
    /// more than 24 digits, zeros at the end included (xmlschemastypes.c; XSD 1.0 part 2, 3.2.3, lets it from 18 on).
    private func isLongScore(_ node: xmlNodePtr, _ code: Int32) -> Bool {
        guard schema.isBuiltIn, code == Int32(XML_SCHEMAV_CVC_DATATYPE_VALID_1_2_1.rawValue) else { return false }
        return unsafe NodeName.matches(node, "score") && NodeText.with(node, LexicalForm.score) != nil
    }

    /// A child where only text may be makes the text wrong, too; and what a facet excludes is no value of the type,
    /// some versions add.
    private static func isConsequence(_ finding: Finding, of last: Finding) -> Bool {
        switch (last.kind, finding.kind) {
        case (.facet(_, let a, _, _), .wrongType(_, let b, _, _)): unsafe a == b && last.element == finding.element
        case (.unexpectedElement(_, []), .facet), (.unexpectedElement(_, []), .wrongType):
            unsafe last.element?.pointee.parent == finding.element
        default: false
        }
    }
}

extension [IssueRecord.Finding] {
    /// The findings with their places in the message from which the document was made.
    func issues(in document: xmlDocPtr, _ message: [UInt8]) -> [Issue] {
        let order = unsafe ElementOrder.positions(of: map { unsafe $0.element }, in: document)
        let places = Bounds.places(of: zip(order, self).map { (element: $0 ?? 0, atEnd: $1.atEnd) }, in: message)
        return zip(self, places).map { finding, place in place.issue(finding.kind) }
    }
}
