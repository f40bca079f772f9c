import CLibXML2

/// An XSD that was parsed once, and how messages that meet it are read. Shared by all lanes.
///
/// `@unchecked Sendable`: a parsed schema is never written again, neither by libxml2 (its manual: one schema may serve
/// several validation contexts at once) nor here; only `deinit` frees it, when no validator holds it any more. The other
/// members are constants of Sendable types.
@safe package final class Schema: @unchecked Sendable {
    /// What the C structs are for: making validators and looking up types.
    let pointer: xmlSchemaPtr
    /// The parsed schema's components point into it.
    private let document: xmlDocPtr
    /// The elements that can be a whole message.
    let roots: [String]
    /// Nil: the built-in schema, whose messages are read by one walk instead.
    let mapping: FieldMapping?
    var isBuiltIn: Bool { mapping == nil }
    /// The prefixes that expressions may use: those of the XSD's root element.
    let namespaces: [(prefix: String, uri: String)]

    /// The schema `results.xsd`, which is part of the program.
    package static func builtIn() throws(SchemaLoadError) -> Schema {
        try Schema(bytes: PackageResources.results_xsd, name: "results.xsd", mapping: nil)
    }

    /// The text of `results.xsd`.
    package static var builtInText: [UInt8] { PackageResources.results_xsd }

    /// Another schema from the bytes of its file (in any encoding that libxml2 knows), with the mapping of its fields.
    ///
    /// `name` is the file's path: `xs:include` and `xs:import` are looked up relative to it, as files of this machine
    /// and never over a network. No mapping stands for `FieldMapping.standard`: the schema then says otherwise than the
    /// built-in one what is allowed, but not where it stands. One that leaves no place for a needed field is refused.
    package convenience init(xsd: [UInt8], name: String, mapping: FieldMapping?) throws(SchemaLoadError) {
        try self.init(bytes: xsd, name: name, mapping: mapping ?? .standard)
        try FieldReader.check(mapping ?? .standard, for: self)
        guard mapping == nil, let shape = unsafe XSDShape(document, pointer) else { return }
        let missing = FieldMapping.Field.allCases.filter { field in
            (field.isNeeded || field == .type)
                && !shape.mayHold((FieldMapping.standard[field] ?? "").split(separator: "/").map(String.init))
        }
        if !missing.isEmpty { throw .otherShape(missing) }
    }

    private init(bytes: [UInt8], name: String, mapping: FieldMapping?) throws(SchemaLoadError) {
        LibXML.start()
        self.mapping = mapping
        let loaded = try XSDFile.load(bytes, name: name)
        unsafe pointer = unsafe loaded.schema
        unsafe document = unsafe loaded.document
        roots = unsafe XSDFile.globalElements(loaded.document)
        namespaces = unsafe XSDFile.namespaces(loaded.document)
    }

    deinit {
        unsafe xmlSchemaFree(pointer)
        unsafe xmlFreeDoc(document)
    }

    /// The type of values that a type's name, as libxml2 tells it (`xs:boolean`, `moment`, `{urn:x}moment`), stands for.
    func valueType(named name: String) -> Issue.ValueType {
        if name.hasPrefix("xs:") { return Self.builtInTypes[String(name.dropFirst(3))] ?? .other(name) }
        let local = name.split(separator: "}").last.map(String.init) ?? name
        guard let types = unsafe pointer.pointee.typeDecl, let found = unsafe xmlHashLookup(types, local) else {
            return .other(name)
        }
        var type: xmlSchemaTypePtr? = unsafe found.assumingMemoryBound(to: xmlSchemaType.self)
        while let one = unsafe type {
            if unsafe one.pointee.builtInType != 0 {
                let base = unsafe LibXML.text(one.pointee.name) ?? ""
                return Self.builtInTypes[base] ?? .other(name)
            }
            unsafe type = unsafe one.pointee.baseType
        }
        return .other(name)
    }

    private static let builtInTypes: [String: Issue.ValueType] = [
        "dateTime": .dateTime, "boolean": .boolean, "decimal": .decimal,
    ]
}
