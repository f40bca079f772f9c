/// The head of a request whose framing is beyond doubt.
package struct RequestHead: Sendable {
    package var method: Method
    /// The path of the request target, still percent-encoded.
    package var path: String
    /// What follows the question mark, still percent-encoded; nil without one.
    package var query: String?
    /// 0 for HTTP/1.0, 1 for HTTP/1.1 and every later HTTP/1.x.
    package var minorVersion: Int
    package var fields: Fields
    package var framing: Framing
    /// `Expect: 100-continue` was asked for (and the version is not 1.0).
    package var expectsContinue: Bool
    /// The client lets the connection stay open after the answer.
    package var keepsAlive: Bool

    package init(
        method: Method, path: String, query: String? = nil, minorVersion: Int = 1, fields: Fields = Fields(),
        framing: Framing = .none, expectsContinue: Bool = false, keepsAlive: Bool = true
    ) {
        self.method = method
        self.path = path
        self.query = query
        self.minorVersion = minorVersion
        self.fields = fields
        self.framing = framing
        self.expectsContinue = expectsContinue
        self.keepsAlive = keepsAlive
    }
}

/// How the content of a request ends (RFC 9112, section 6.3).
package enum Framing: Sendable, Equatable {
    /// No content.
    case none
    /// Exactly so many octets; may be 0.
    case length(Int)
    case chunked
}

/// A request method: any token; which ones are served is the service's matter.
package struct Method: Hashable, Sendable {
    package let name: String

    /// Nil when `name` is no token.
    package init?(_ name: String) {
        guard !name.isEmpty, name.utf8.allSatisfy(FieldName.isTokenCharacter) else { return nil }
        self.name = name
    }

    private init(known name: String) { self.name = name }

    package static let get = Method(known: "GET")
    package static let head = Method(known: "HEAD")
    package static let post = Method(known: "POST")
}

/// The fields of a request, in the order in which they came. Values are without surrounding spaces and tabs;
/// octets above 127 are read as ISO 8859-1, so that none is lost.
package struct Fields: Sendable {
    private var lines: [(name: FieldName, value: String)] = []

    package init() {}

    package mutating func append(_ name: FieldName, _ value: String) { lines.append((name, value)) }

    package var count: Int { lines.count }

    /// All values of the name, one per field line, none joined or split.
    package func values(of name: FieldName) -> [String] {
        lines.compactMap { $0.name == name ? $0.value : nil }
    }
}
