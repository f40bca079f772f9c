/// A request method: any token; which ones are served is the service's matter.
package struct Method: Hashable, Sendable {
    /// As given: methods are told apart by case.
    package let name: String

    /// Nil when `name` is no token (RFC 9110, section 9.1).
    package init?(_ name: String) {
        guard !name.isEmpty, name.utf8.allSatisfy(OctetSet.token.contains) else { return nil }
        self.name = name
    }

    /// Only for a range that was found to be a token.
    init(_ octets: Span<UInt8>, _ range: Range<Int>) {
        self.name = octets.text(range)
    }

    private init(known name: String) { self.name = name }

    package static let connect = Method(known: "CONNECT")
    package static let get = Method(known: "GET")
    package static let head = Method(known: "HEAD")
    package static let options = Method(known: "OPTIONS")
    package static let post = Method(known: "POST")
}
