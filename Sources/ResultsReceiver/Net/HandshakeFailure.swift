/// Why a handshake failed; the raw value is a machine word.
package enum HandshakeFailure: String, CaseIterable, Sendable {
    case closed
    case timedOut = "timeout"
    case plainHTTP = "plain-http"
    case noTLS = "no-tls"
    case noCommonVersion = "version"
    case noCommonCipher = "cipher"
    case noCommonProtocol = "protocol"
    case noClientCertificate = "no-client-certificate"
    case badClientCertificate = "client-certificate"
    case refusedByClient = "refused-by-client"
    case other

    /// For the log.
    package var sentence: String {
        switch self {
        case .closed: "the client went away amid the TLS handshake"
        case .timedOut: "the TLS handshake took too long"
        case .plainHTTP: "plain HTTP came to a listener that speaks TLS"
        case .noTLS: "what came is no TLS"
        case .noCommonVersion: "the client speaks neither TLS 1.2 nor 1.3"
        case .noCommonCipher: "the client has no cipher, group or signature in common with the server"
        case .noCommonProtocol: "the client asks for another protocol than HTTP/1.1"
        case .noClientCertificate: "the client has no certificate"
        case .badClientCertificate: "the client's certificate is not accepted"
        case .refusedByClient: "the client does not accept the TLS handshake, or the server's certificate"
        case .other: "the TLS handshake failed"
        }
    }
}
