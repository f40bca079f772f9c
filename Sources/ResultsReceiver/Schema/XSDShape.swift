import CLibXML2

/// What elements an XSD lets messages have, as far as its own file shows.
///
/// Wherever that is not certain (other files, wildcards, `xs:anyType`, substitution groups) it says yes: a schema that
/// works is never called wrong.
@safe struct XSDShape {
    private let root: xmlNodePtr
    /// The elements that can be a whole message, those of included files too.
    private let outermost: xmlHashTablePtr?
    private let hasImports: Bool
    private let isWholeStory: Bool

    /// Nil for a document without an element. The schema was made from the document.
    init?(_ document: xmlDocPtr, _ schema: xmlSchemaPtr) {
        guard let root = unsafe xmlDocGetRootElement(document) else { return nil }
        unsafe self.root = unsafe root
        unsafe outermost = unsafe schema.pointee.elemDecl
        let components = unsafe Self.children(of: root)
        hasImports = unsafe components.contains { unsafe Self.name($0) == "import" }
        isWholeStory =
            unsafe !hasImports
            && !components.contains { node in
                unsafe ["include", "redefine"].contains(Self.name(node))
                    || Self.attribute("substitutionGroup", of: node) != nil
            }
    }

    /// Whether a message may have an element there: names without namespace, from the outermost element on.
    func mayHold(_ path: some Collection<String>) -> Bool {
        guard let first = path.first, !hasImports else { return true }
        // With a target namespace, the outermost element has it.
        guard unsafe Self.attribute("targetNamespace", of: root) ?? "" == "", unsafe outermost != nil,
            unsafe xmlHashLookup(outermost, first) != nil
        else { return false }
        guard isWholeStory, let declaration = unsafe component("element", named: first) else { return true }
        return unsafe declares(declaration, path.dropFirst())
    }

    /// Whether an element of the declaration may hold what the rest of the path names.
    private func declares(_ declaration: xmlNodePtr, _ rest: some Collection<String>, depth: Int = 0) -> Bool {
        guard !rest.isEmpty, depth < Bounds.depth else { return true }
        if let type = unsafe Self.children(of: declaration).first(where: { unsafe Self.name($0) == "complexType" }) {
            return unsafe offers(type, rest, depth: depth + 1)
        }
        if unsafe Self.children(of: declaration).contains(where: { unsafe Self.name($0) == "simpleType" }) {
            return false
        }
        // No type at all is xs:anyType.
        guard let type = unsafe Self.attribute("type", of: declaration) else { return true }
        return namedType(type, offers: rest, depth: depth + 1)
    }

    private func namedType(_ type: String, offers rest: some Collection<String>, depth: Int) -> Bool {
        if let found = unsafe component("complexType", named: Self.local(type)) {
            return unsafe offers(found, rest, depth: depth)
        }
        return Self.local(type) == "anyType"
    }

    /// Whether the first element of the path is among the particles below the node, and holds the others.
    private func offers(_ node: xmlNodePtr, _ rest: some Collection<String>, depth: Int) -> Bool {
        // No XSD is so deep that libxml2 has taken.
        guard depth < Bounds.depth, let wanted = rest.first else { return true }
        return unsafe Self.children(of: node).contains { child in
            switch unsafe Self.name(child) {
            case "any": return true
            case "element":
                let reference = unsafe Self.attribute("ref", of: child).map(Self.local)
                guard unsafe reference ?? Self.attribute("name", of: child) == wanted else { return false }
                let declaration = unsafe reference.flatMap { unsafe component("element", named: $0) } ?? child
                return unsafe declares(declaration, rest.dropFirst(), depth: depth + 1)
            case "sequence", "choice", "all", "complexContent", "restriction":
                return unsafe offers(child, rest, depth: depth + 1)
            case "extension":
                let base = unsafe Self.attribute("base", of: child) ?? ""
                return unsafe offers(child, rest, depth: depth + 1)
                    || namedType(base, offers: rest, depth: depth + 1)
            case "group":
                guard let group = unsafe component("group", named: Self.local(Self.attribute("ref", of: child) ?? ""))
                else { return true }
                return unsafe offers(group, rest, depth: depth + 1)
            default: return false
            }
        }
    }

    /// A component at the top of the XSD.
    private func component(_ kind: String, named name: String) -> xmlNodePtr? {
        unsafe Self.children(of: root).first { node in
            unsafe Self.name(node) == kind && Self.attribute("name", of: node) == name
        }
    }

    private static func children(of node: xmlNodePtr) -> [xmlNodePtr] {
        var found = unsafe [xmlNodePtr]()
        var child = unsafe xmlFirstElementChild(node)
        while let one = unsafe child {
            unsafe found.append(one)
            unsafe child = unsafe xmlNextElementSibling(one)
        }
        return unsafe found
    }

    private static func name(_ node: xmlNodePtr) -> String { unsafe LibXML.text(node.pointee.name) ?? "" }

    private static func attribute(_ name: String, of node: xmlNodePtr) -> String? {
        let value = unsafe xmlGetNoNsProp(node, name)
        defer { if let value = unsafe value { unsafe freeXMLText(value) } }
        return unsafe LibXML.text(value)
    }

    /// A qualified name without its prefix, which nothing depends on in an XSD of one file without namespace.
    private static func local(_ name: String) -> String {
        String(name.split(separator: ":").last ?? "").filter { $0 != " " }
    }
}
