/// The head of a request whose framing is beyond doubt.
package struct RequestHead: Sendable {
    package var method: Method
    /// The path of the request target, still percent-encoded; `*` for the asterisk of OPTIONS, and for CONNECT the
    /// authority.
    package var path: String
    /// What follows the question mark, still percent-encoded; nil without one.
    package var query: String?
    /// 0 for HTTP/1.0, 1 for HTTP/1.1 and every later HTTP/1.x.
    package var minorVersion: Int
    package var fields: Fields
    package var framing: Framing
    /// `Expect: 100-continue` was asked for, there is content to expect, and the version is not 1.0.
    package var expectsContinue: Bool
    /// The client lets the connection stay open after the answer. Never with HTTP/1.0, which is answered and closed.
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
