package import Results
import CLibXML2

/// Checks messages against a schema. It belongs to one lane: its contexts are used again for every message.
@safe package final class Validator {
    private let schema: Schema
    private let syntax = SyntaxRecord()
    private let issues: IssueRecord
    private let fields: FieldReader?
    private var parser: xmlParserCtxtPtr?
    private let validation: xmlSchemaValidCtxtPtr?

    package init(schema: Schema) {
        self.schema = schema
        issues = IssueRecord(schema: schema)
        fields = schema.mapping.map { FieldReader($0, for: schema) }
        unsafe validation = unsafe xmlSchemaNewValidCtxt(schema.pointer)
        if let validation = unsafe validation { unsafe issues.attach(to: validation) }
    }

    deinit {
        // In this order: a validation context refers to the schema, which `schema` still holds.
        unsafe xmlSchemaFreeValidCtxt(validation)
        unsafe xmlFreeParserCtxt(parser)
    }

    /// The message as a document that meets the schema.
    ///
    /// The checks, in the order of their answers: UTF-8, no DOCTYPE, the limits of depth and attributes, well-formed,
    /// the schema. The cost is linear in the message, whatever is in it. Nothing that the message names is opened.
    package func validate(_ message: [UInt8]) throws(MessageError) -> ValidDocument {
        try Encoding.check(message)
        try Bounds.check(message)
        let document = unsafe ValidDocument(try parse(message), of: message, fields: fields)
        guard let validation = unsafe validation else { throw .failed(code: Int(XML_ERR_NO_MEMORY.rawValue)) }
        issues.clear()
        let code = unsafe xmlSchemaValidateDoc(validation, document.pointer)
        guard code == 0 || (code > 0 && issues.areAllWaived) else {
            guard code > 0, !issues.findings.isEmpty else { throw .failed(code: Int(code)) }
            throw .schema(unsafe issues.findings.issues(in: document.pointer, message))
        }
        return document
    }

    private func parse(_ message: [UInt8]) throws(MessageError) -> xmlDocPtr {
        guard let parser = unsafe readyParser(), let size = Int32(exactly: message.count) else {
            throw .failed(code: Int(XML_ERR_NO_MEMORY.rawValue))
        }
        syntax.clear()
        let document = unsafe message.withUnsafeBytes { bytes in
            unsafe xmlCtxtReadMemory(
                parser, bytes.baseAddress?.assumingMemoryBound(to: CChar.self), size, nil, nil, Self.options)
        }
        // A parser keeps every name that it ever saw. Messages have few; whoever sends many gets a new parser.
        if let dictionary = unsafe parser.pointee.dict, unsafe xmlDictSize(dictionary) > Self.namesKept {
            unsafe xmlFreeParserCtxt(parser)
            unsafe self.parser = nil
        }
        guard let document = unsafe document else { throw syntax.error }
        return unsafe document
    }

    /// No option substitutes entities, loads a DTD or lifts a limit. The encoding was checked to be UTF-8.
    private static let options = Int32(
        XML_PARSE_NONET.rawValue | XML_PARSE_COMPACT.rawValue | XML_PARSE_NOCDATA.rawValue
            | XML_PARSE_IGNORE_ENC.rawValue)

    private static let namesKept: Int32 = 4096

    /// How many names the parser keeps.
    var namesInMemory: Int { unsafe parser?.pointee.dict.map { unsafe Int(xmlDictSize($0)) } ?? 0 }

    private func readyParser() -> xmlParserCtxtPtr? {
        if let parser = unsafe parser { return unsafe parser }
        guard let new = unsafe xmlNewParserCtxt() else { return nil }
        unsafe SyntaxRecord.attach(syntax, to: new)
        let handler = unsafe new.pointee.sax
        // Left out of the tree, so that they do not cut text into pieces: libxml2 takes quadratic time to join them.
        unsafe handler?.pointee.comment = nil
        unsafe handler?.pointee.processingInstruction = nil
        // A second lock: `Bounds` lets no DOCTYPE through. A parser that meets one all the same stops before it reads
        // what is declared.
        unsafe handler?.pointee.internalSubset = { context, _, _, _ in
            unsafe xmlStopParser(context?.assumingMemoryBound(to: xmlParserCtxt.self))
        }
        unsafe parser = unsafe new
        return unsafe new
    }

}

/// A message that meets the schema: only a validator can make one.
@safe package final class ValidDocument {
    fileprivate let pointer: xmlDocPtr
    private let message: [UInt8]
    private let fields: FieldReader?

    fileprivate init(_ pointer: xmlDocPtr, of message: [UInt8], fields: FieldReader?) {
        unsafe self.pointer = unsafe pointer
        self.message = message
        self.fields = fields
    }

    deinit { unsafe xmlFreeDoc(pointer) }

    /// What the message says; times without zone are read in `zone`.
    ///
    /// `MessageError.schema` is thrown where the mapping of another schema gives a value that does not fit its field. A
    /// message of the built-in schema always can be read.
    package func decode(in zone: CivilTime) throws(MessageError) -> Completion {
        if let fields { return try unsafe fields.read(pointer, of: message, in: zone) }
        return try unsafe StandardReader.read(pointer, in: zone)
    }
}
