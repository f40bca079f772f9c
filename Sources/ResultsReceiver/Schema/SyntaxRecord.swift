import CLibXML2

/// The first fatal error of a parser; what follows it is only its consequence.
final class SyntaxRecord {
    private(set) var code: Int?
    private(set) var reason = ""
    private(set) var line = 0
    private(set) var column = 0
    private var syntax = Issue.Syntax.other

    func clear() { code = nil }

    var error: MessageError {
        guard let code, code != Int(XML_ERR_NO_MEMORY.rawValue) else { return .failed(code: code ?? 0) }
        return .notXML(Issue(line: line, column: column, kind: .notWellFormed(syntax, code: code)))
    }

    /// Makes the record the parser's, for as long as it lives. Errors of namespaces are not fatal: XML without
    /// namespaces knows no such errors, and the schema refuses the names.
    static func attach(_ record: SyntaxRecord, to parser: xmlParserCtxtPtr) {
        // Unretained: whoever owns the parser owns the record, too.
        unsafe parser.pointee._private = Unmanaged.passUnretained(record).toOpaque()
        unsafe parser.pointee.sax.pointee.serror = { context, error in
            // The user data of a parser that was made without any is the parser itself.
            guard let parser = unsafe context?.assumingMemoryBound(to: xmlParserCtxt.self),
                let record = unsafe parser.pointee._private, let error = unsafe error
            else { return }
            unsafe Unmanaged<SyntaxRecord>.fromOpaque(record).takeUnretainedValue().take(error.pointee)
        }
    }

    private func take(_ error: xmlError) {
        guard code == nil, unsafe error.level == XML_ERR_FATAL else { return }
        code = unsafe Int(error.code)
        line = unsafe Int(error.line)
        column = unsafe Int(error.int2)
        reason = unsafe LibXML.text(error.message) ?? ""
        syntax = unsafe Self.syntax(of: error)
    }

    private static func syntax(of error: xmlError) -> Issue.Syntax {
        let first = unsafe LibXML.text(error.str1, limit: Issue.nameLength)
        let second = unsafe LibXML.text(error.str2, limit: Issue.nameLength)
        return switch xmlParserErrors(rawValue: unsafe UInt32(bitPattern: error.code)) {
        case XML_ERR_TAG_NOT_FINISHED, XML_ERR_LTSLASH_REQUIRED: .unexpectedEnd(element: first)
        case XML_ERR_COMMENT_NOT_FINISHED, XML_ERR_PI_NOT_FINISHED, XML_ERR_CDATA_NOT_FINISHED,
            XML_ERR_ATTRIBUTE_NOT_FINISHED:
            .unexpectedEnd(element: nil)
        case XML_ERR_TAG_NAME_MISMATCH: .mismatchedTag(start: first ?? "", end: second ?? "")
        case XML_ERR_ATTRIBUTE_REDEFINED: .duplicateAttribute(first ?? "")
        case XML_ERR_UNDECLARED_ENTITY, XML_WAR_UNDECLARED_ENTITY: .unknownEntity(first ?? "")
        case XML_ERR_ENTITYREF_SEMICOL_MISSING: .bareAmpersand
        // The same code stands for a tag without a name.
        case XML_ERR_NAME_REQUIRED where unsafe LibXML.text(error.message)?.contains("EntityRef") == true:
            .bareAmpersand
        case XML_ERR_DOCUMENT_END: .trailingContent
        case XML_ERR_DOCUMENT_EMPTY: .noElement
        case XML_ERR_INVALID_CHAR, XML_ERR_INVALID_CHARREF, XML_ERR_INVALID_DEC_CHARREF,
            XML_ERR_INVALID_HEX_CHARREF:
            .invalidCharacter
        case XML_ERR_XMLDECL_NOT_STARTED, XML_ERR_XMLDECL_NOT_FINISHED, XML_ERR_VERSION_MISSING,
            XML_ERR_ENCODING_NAME, XML_ERR_STANDALONE_VALUE, XML_ERR_RESERVED_XML_NAME:
            .declaration
        default: .other
        }
    }
}
