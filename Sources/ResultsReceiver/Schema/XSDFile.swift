import CLibXML2

/// Reads an XSD into libxml2's structs.
enum XSDFile {
    /// What the caller frees: first the schema, then the document that it points into.
    @safe struct Loaded {
        var schema: xmlSchemaPtr
        var document: xmlDocPtr
    }

    static func load(_ bytes: [UInt8], name: String) throws(SchemaLoadError) -> Loaded {
        let complaint = Complaint()
        // Files that an XSD includes are parsed out of reach; this is the thread's own handler, and only meanwhile.
        unsafe xmlSetStructuredErrorFunc(Unmanaged.passUnretained(complaint).toOpaque(), Complaint.handler)
        defer { xmlSetStructuredErrorFunc(nil, nil) }
        func refuse() -> SchemaLoadError {
            .schema(name: complaint.file ?? name, line: complaint.line, reason: complaint.reason)
        }
        guard !bytes.isEmpty, bytes.count <= Int32.max else {
            throw .schema(name: name, line: 0, reason: bytes.isEmpty ? "the file is empty" : "the file is too large")
        }
        let document = unsafe bytes.withUnsafeBytes { buffer in
            unsafe xmlReadMemory(
                buffer.baseAddress?.assumingMemoryBound(to: CChar.self), Int32(buffer.count), name, nil,
                Int32(XML_PARSE_NONET.rawValue))
        }
        guard let document = unsafe document else { throw refuse() }
        guard let parser = unsafe xmlSchemaNewDocParserCtxt(document) else {
            unsafe xmlFreeDoc(document)
            throw .failed
        }
        defer { unsafe xmlSchemaFreeParserCtxt(parser) }
        unsafe xmlSchemaSetParserStructuredErrors(
            parser, Complaint.handler, Unmanaged.passUnretained(complaint).toOpaque())
        // An XSD with an error may still give a schema (an `xs:import` that was not found, a facet that was left out);
        // one that checks less than its author meant is not used.
        guard let schema = unsafe xmlSchemaParse(parser), !complaint.isError else {
            unsafe xmlFreeDoc(document)
            throw refuse()
        }
        return unsafe Loaded(schema: schema, document: document)
    }

    /// The names of the elements that stand at the top of the XSD itself.
    static func globalElements(_ document: xmlDocPtr) -> [String] {
        guard let root = unsafe xmlDocGetRootElement(document) else { return [] }
        let space = unsafe xmlGetNoNsProp(root, "targetNamespace")
        defer { if let space = unsafe space { unsafe freeXMLText(space) } }
        let prefix = unsafe LibXML.text(space).map { "{\($0)}" } ?? ""
        var names: [String] = []
        var child = unsafe xmlFirstElementChild(root)
        while let node = unsafe child {
            if unsafe NodeName.matches(node, "element"), let name = unsafe xmlGetNoNsProp(node, "name") {
                names.append(prefix + (unsafe LibXML.text(name) ?? ""))
                unsafe freeXMLText(name)
            }
            unsafe child = unsafe xmlNextElementSibling(node)
        }
        return names
    }

    /// The prefixes declared on the root element of the XSD.
    static func namespaces(_ document: xmlDocPtr) -> [(prefix: String, uri: String)] {
        var found: [(prefix: String, uri: String)] = []
        var declaration = unsafe xmlDocGetRootElement(document)?.pointee.nsDef
        while let one = unsafe declaration {
            if let prefix = unsafe LibXML.text(one.pointee.prefix), let uri = unsafe LibXML.text(one.pointee.href) {
                found.append((prefix, uri))
            }
            unsafe declaration = unsafe one.pointee.next
        }
        return found
    }
}

/// The first thing that libxml2 says against an XSD; a warning stands until there is an error.
private final class Complaint {
    private(set) var isError = false
    private(set) var file: String?
    private(set) var line = 0
    private(set) var reason = ""

    static let handler: xmlStructuredErrorFunc = { context, error in
        guard let context = unsafe context, let error = unsafe error else { return }
        unsafe Unmanaged<Complaint>.fromOpaque(context).takeUnretainedValue().take(error.pointee)
    }

    private func take(_ error: xmlError) {
        let isError = unsafe error.level.rawValue >= XML_ERR_ERROR.rawValue
        guard !self.isError, isError || reason.isEmpty else { return }
        self.isError = isError
        file = unsafe LibXML.text(error.file)
        line = unsafe Int(error.line)
        let message = unsafe LibXML.text(error.message) ?? ""
        let sentence = message.split(whereSeparator: \.isNewline).first ?? ""
        reason = String(sentence.hasSuffix(".") ? sentence.dropLast() : sentence).shortened(to: 300)
    }
}
