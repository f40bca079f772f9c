package import Signature

/// One request of the executable status table, and what it must get.
package struct Sample: Sendable {
    /// By which it is called, such as `duplicate-identical`.
    package let name: String
    /// One sentence on what is special about it.
    package let about: String
    /// It is answered rightly only where the sample enrolments are registered, and untouched.
    package let needsEnrolments: Bool
    /// It registers a result where it is answered rightly.
    package let registers: Bool
    /// The sample that must have been sent before.
    package let after: String?
    package let expectation: Expectation
    let form: Form

    /// It can be sent to any server, also alone, without leaving a result there.
    package var isHarmless: Bool { !registers && after == nil }

    /// What an answer must say.
    package struct Expectation: Sendable, Equatable, Decodable {
        package let code: Int
        package let reason: String
        /// Edu-V's four digits.
        package let status: String
    }

    /// How the request is made.
    struct Form: Sendable {
        var method: String
        /// Nil: the endpoint's.
        var path: String?
        var query: String?
        var fields: [String: String]
        var signing: SignatureForm
        /// Nil: no content.
        var body: [UInt8]?
    }

    /// How the request is signed, rightly or not.
    enum SignatureForm: String, Sendable, Decodable {
        /// With the first of the algorithms that the server takes.
        case usual
        /// With this one, where the server takes it.
        case sha256, sha512
        case none
        case hexadecimal
        case prefixed
        case twice
        case otherSecret = "other-secret"
        case otherBody = "other-body"
    }

    /// The request to an endpoint with this path and query (such as `plugin=NAME`; nil without one). Right signatures
    /// are made with the secret, and with what the endpoint allows of the algorithms: at least one, the usual one first.
    package func request(
        path: String, query: String? = nil, secret: Secret, algorithms: [Algorithm] = Algorithm.allCases
    ) -> SampleRequest {
        let query = form.query ?? query
        var fields = form.fields.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
        if form.body != nil { fields.append(("Content-Type", "text/xml; charset=utf-8")) }
        for value in signatures(of: form.body ?? [], secret, algorithms) {
            fields.append(("X-WebHook-Signature", value))
        }
        return SampleRequest(
            method: form.method, target: (form.path ?? path) + (query.map { "?\($0)" } ?? ""), fields: fields,
            body: form.body)
    }

    private func signatures(of body: [UInt8], _ secret: Secret, _ algorithms: [Algorithm]) -> [String] {
        let usual = algorithms[0]
        switch form.signing {
        case .usual: return [sign(body, secret, usual)]
        case .sha256: return [sign(body, secret, algorithms.contains(.sha256) ? .sha256 : usual)]
        case .sha512: return [sign(body, secret, algorithms.contains(.sha512) ? .sha512 : usual)]
        case .none: return []
        // 40 digits, as a SHA-1 has; which ones does not matter, as they are refused unread.
        case .hexadecimal: return [String(repeating: "0123456789abcdef", count: 3).prefix(40).description]
        case .prefixed: return ["\(usual.rawValue)=" + sign(body, secret, usual)]
        case .twice: return [sign(body, secret, usual), sign(body, secret, usual)]
        case .otherSecret:
            guard let other = Secret(Array("not the secret of anyone".utf8)) else { return [] }
            return [sign(body, other, usual)]
        case .otherBody: return [sign(body + [UInt8(ascii: "\n")], secret, usual)]
        }
    }

    private func sign(_ body: [UInt8], _ secret: Secret, _ algorithm: Algorithm) -> String {
        Signing.fieldValue(for: body, secret: secret, algorithm: algorithm)
    }
}

/// A request as a client sends it.
package struct SampleRequest: Sendable {
    package let method: String
    /// Path and query.
    package let target: String
    /// Without Host and Content-Length. A name may come twice.
    package let fields: [(name: String, value: String)]
    /// Nil: no content.
    package let body: [UInt8]?

    package init(method: String, target: String, fields: [(name: String, value: String)], body: [UInt8]?) {
        self.method = method
        self.target = target
        self.fields = fields
        self.body = body
    }

    /// The whole request in HTTP/1.1. The connection is closed after it.
    package func octets(host: String) -> [UInt8] {
        var head = "\(method) \(target) HTTP/1.1\r\nHost: \(host)\r\nConnection: close\r\n"
        for (name, value) in fields { head += "\(name): \(value)\r\n" }
        if let body { head += "Content-Length: \(body.count)\r\n" }
        return Array((head + "\r\n").utf8) + (body ?? [])
    }
}
