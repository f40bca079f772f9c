/// The name of a field: a token (RFC 9110, section 5.1), compared without regard to case.
package struct FieldName: Hashable, Sendable {
    /// In lower case.
    package let canonical: String
    /// As given.
    package let raw: String
    /// `canonical`, for comparisons with the octets of a head that make no text of them.
    let octets: [UInt8]

    /// Nil when `raw` is empty or holds anything but token characters.
    package init?(_ raw: String) {
        guard !raw.isEmpty, raw.utf8.allSatisfy(FieldName.isTokenCharacter) else { return nil }
        self.init(known: raw)
    }

    /// Only for a text that was found to be a token.
    init(known raw: String) {
        self.raw = raw
        self.octets = raw.utf8.map(\.lowercasedASCII)
        self.canonical = String(decoding: octets, as: UTF8.self)
    }

    /// RFC 9110, section 5.6.2: tchar.
    package static func isTokenCharacter(_ byte: UInt8) -> Bool { OctetSet.token.contains(byte) }

    package static func == (a: FieldName, b: FieldName) -> Bool { a.canonical == b.canonical }
    package func hash(into hasher: inout Hasher) { hasher.combine(canonical) }

    package static let accept = FieldName(known: "Accept")
    package static let acceptLanguage = FieldName(known: "Accept-Language")
    package static let allow = FieldName(known: "Allow")
    package static let cacheControl = FieldName(known: "Cache-Control")
    package static let connection = FieldName(known: "Connection")
    package static let contentLanguage = FieldName(known: "Content-Language")
    package static let contentLength = FieldName(known: "Content-Length")
    package static let contentType = FieldName(known: "Content-Type")
    package static let date = FieldName(known: "Date")
    package static let expect = FieldName(known: "Expect")
    package static let forwarded = FieldName(known: "Forwarded")
    package static let host = FieldName(known: "Host")
    package static let retryAfter = FieldName(known: "Retry-After")
    package static let transferEncoding = FieldName(known: "Transfer-Encoding")
    package static let vary = FieldName(known: "Vary")
    package static let xForwardedFor = FieldName(known: "X-Forwarded-For")
    package static let xRequestID = FieldName(known: "X-Request-Id")
    package static let xWebHookSignature = FieldName(known: "X-WebHook-Signature")
}
