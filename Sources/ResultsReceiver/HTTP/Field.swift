/// The name of a field: a token (RFC 9110, section 5.1), compared without regard to case.
package struct FieldName: Hashable, Sendable {
    /// In lower case.
    package let canonical: String
    /// As given.
    package let raw: String

    /// Nil when `raw` is empty or holds anything but token characters.
    package init?(_ raw: String) {
        guard !raw.isEmpty, raw.utf8.allSatisfy(FieldName.isTokenCharacter) else { return nil }
        self.raw = raw
        self.canonical = raw.lowercased()
    }

    private init(known raw: String) {
        self.raw = raw
        self.canonical = raw.lowercased()
    }

    /// RFC 9110, section 5.6.2: tchar.
    package static func isTokenCharacter(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "A")...UInt8(ascii: "Z"):
            return true
        default:
            return "!#$%&'*+-.^_`|~".utf8.contains(byte)
        }
    }

    package static func == (a: FieldName, b: FieldName) -> Bool { a.canonical == b.canonical }
    package func hash(into hasher: inout Hasher) { hasher.combine(canonical) }

    package static let accept = FieldName(known: "Accept")
    package static let acceptLanguage = FieldName(known: "Accept-Language")
    package static let allow = FieldName(known: "Allow")
    package static let connection = FieldName(known: "Connection")
    package static let contentLanguage = FieldName(known: "Content-Language")
    package static let contentLength = FieldName(known: "Content-Length")
    package static let contentType = FieldName(known: "Content-Type")
    package static let date = FieldName(known: "Date")
    package static let expect = FieldName(known: "Expect")
    package static let host = FieldName(known: "Host")
    package static let retryAfter = FieldName(known: "Retry-After")
    package static let transferEncoding = FieldName(known: "Transfer-Encoding")
    package static let vary = FieldName(known: "Vary")
    package static let xRequestID = FieldName(known: "X-Request-Id")
    package static let xWebHookSignature = FieldName(known: "X-WebHook-Signature")
}

/// One field of a response. The value holds no control characters.
package struct Field: Sendable, Equatable {
    package let name: FieldName
    package let value: String

    package init(_ name: FieldName, _ value: String) {
        self.name = name
        self.value = value
    }
}
