import CLibXML2

/// What must happen once in the process before anything of libxml2 is used.
enum LibXML {
    /// Starts the library; a second call does nothing.
    ///
    /// Its lazily made tables are not made under a lock in 2.9, so they are made here, before there can be two users.
    static func start() { _ = started }

    private static let started: Bool = {
        xmlInitParser()
        xmlSchemaInitTypes()
        // The loader is the whole process's. Only an XSD of the settings can ask it for anything (`xs:include`,
        // `xs:import`), and gets nothing but files; a message cannot, because one with a DOCTYPE is refused.
        unsafe xmlSetExternalEntityLoader { location, _, context in
            guard let location = unsafe location else { return nil }
            let name = unsafe String(cString: location)
            guard isFile(name) else { return nil }
            return unsafe xmlNewInputFromFile(context, location)
        }
        return true
    }()

    /// Whether the location is a path or a `file:` URL of this machine; a scheme has at least two letters.
    static func isFile(_ location: String) -> Bool {
        guard let colon = location.firstIndex(of: ":") else { return true }
        let scheme = location[..<colon]
        guard !scheme.contains("/") else { return true }
        guard scheme.lowercased() == "file" else { return false }
        let rest = location[colon...].dropFirst()
        return rest.hasPrefix("///") || !rest.hasPrefix("//") || rest.hasPrefix("//localhost/")
    }

    /// A name or text of libxml2 as a string, cut after `limit` characters with an ellipsis as the last.
    static func text(_ pointer: UnsafePointer<xmlChar>?, limit: Int = .max) -> String? {
        guard let pointer = unsafe pointer else { return nil }
        return unsafe String(cString: pointer).shortened(to: limit)
    }

    /// So too for the plain C strings of an error.
    static func text(_ pointer: UnsafePointer<CChar>?, limit: Int = .max) -> String? {
        guard let pointer = unsafe pointer else { return nil }
        return unsafe String(cString: pointer).shortened(to: limit)
    }
}

extension String {
    /// The string, or its beginning and an ellipsis, `limit` characters (Unicode scalars) together.
    func shortened(to limit: Int) -> String {
        guard utf8.count > limit, let end = unicodeScalars.index(startIndex, offsetBy: limit, limitedBy: endIndex),
            end != endIndex
        else { return self }
        return String(self[..<unicodeScalars.index(before: end)]) + "…"
    }
}
