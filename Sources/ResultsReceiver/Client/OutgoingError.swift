internal import CCurl

/// Why no answer was had.
package struct OutgoingError: Error, Sendable, Equatable {
    package enum Kind: Sendable, Equatable, CaseIterable {
        /// No URL with `http` or `https` and a host.
        case badURL
        /// A method, field or URL that no request can carry.
        case unsendable
        /// The host's name is unknown.
        case notResolved
        /// Nothing listens there.
        case refused
        /// No connection for another reason.
        case unreachable
        case timedOut
        /// The certificate is not one for this host by a trusted authority.
        case untrusted
        /// TLS failed in another way.
        case tls
        /// The connection ended before an answer, or what came is no HTTP.
        case noAnswer
        /// The response is larger than `responseLimit`.
        case tooLarge
        case other
    }

    package let kind: Kind
    /// The particulars, in English.
    package let detail: String

    init(_ kind: Kind, _ detail: String) {
        self.kind = kind
        self.detail = detail
    }

    static let noMemory = OutgoingError(.other, "out of memory")
}

extension OutgoingError: CustomStringConvertible {
    /// A sentence without a full stop, for `error: …`.
    package var description: String { detail.isEmpty ? sentence : "\(sentence) (\(detail))" }

    private var sentence: String {
        switch kind {
        case .badURL: "this is not an http or https URL with a host"
        case .unsendable: "the request cannot be sent as it is"
        case .notResolved: "the name of the host is not known"
        case .refused: "the connection was refused: nothing listens there"
        case .unreachable: "the host cannot be reached"
        case .timedOut: "there was no answer in time"
        case .untrusted: "the server's certificate is not trusted"
        case .tls: "the TLS connection failed"
        case .noAnswer: "the server sent no valid HTTP answer"
        case .tooLarge: "the server's answer is too large"
        case .other: "the request failed"
        }
    }
}

extension OutgoingError.Kind {
    /// Nil when there was an answer.
    init?(_ outcome: ccurl_outcome) {
        switch outcome {
        case CCURL_ANSWERED: return nil
        case CCURL_BAD_URL: self = .badURL
        case CCURL_NOT_RESOLVED: self = .notResolved
        case CCURL_REFUSED: self = .refused
        case CCURL_UNREACHABLE: self = .unreachable
        case CCURL_TIMED_OUT: self = .timedOut
        case CCURL_UNTRUSTED: self = .untrusted
        case CCURL_TLS: self = .tls
        case CCURL_NO_ANSWER: self = .noAnswer
        case CCURL_TOO_LARGE: self = .tooLarge
        default: self = .other
        }
    }
}
