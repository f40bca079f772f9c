internal import CTLS
import Glibc
package import Net

/// The server's side of TLS over TCP. The connection is closed when this object goes, if not before.
@safe package final class TLSTransport: Transport {
    private let socket: PlainTransport
    /// Nil after `close`.
    private var connection: UnsafeMutableRawPointer?
    /// The handshake failed: what comes is read to be dropped.
    private var hasFailed = false

    /// Nil without memory.
    package init?(over socket: PlainTransport, as identity: ServerIdentity) {
        guard let connection = unsafe identity.connection(over: socket.descriptor) else { return nil }
        self.socket = socket
        unsafe self.connection = connection
    }

    deinit { unsafe ctls_free(connection) }

    package var descriptor: CInt { socket.descriptor }
    package var hasRecords: Bool { true }
    package var delivery: Delivery { socket.delivery }

    package func handshake() -> Handshake {
        let connection = unsafe open
        switch unsafe ctls_accept(connection) {
        case CTLS_DONE: return .done
        case CTLS_WANTS_TO_READ, CTLS_WANTS_TO_WRITE: return .wouldBlock
        case CTLS_ENDED: return .ended
        default:
            hasFailed = true
            return .failed(
                HandshakeFailure(unsafe ctls_why(connection)), detail: unsafe String(cString: ctls_detail(connection)))
        }
    }

    package func receive(into buffer: UnsafeMutableRawBufferPointer) -> Transfer {
        if hasFailed { return unsafe socket.receive(into: buffer) }
        var count = 0
        switch unsafe ctls_read(open, buffer.baseAddress, buffer.count, &count) {
        case CTLS_DONE: return .octets(count)
        case CTLS_WANTS_TO_READ: return .wouldBlock
        case CTLS_WANTS_TO_WRITE: return .awaitsOpposite
        case CTLS_ENDED: return .ended
        default: return .failed(SystemError(unsafe ctls_error(open), "SSL_read"))
        }
    }

    package func send(_ buffer: UnsafeRawBufferPointer) -> Transfer {
        var count = 0
        let outcome = unsafe ctls_write(open, buffer.baseAddress, buffer.count, &count)
        // What is blocked now blocks the next attempt too, which then tells why.
        if count > 0 { return .octets(count) }
        switch outcome {
        case CTLS_DONE: return .octets(0)
        case CTLS_WANTS_TO_WRITE: return .wouldBlock
        case CTLS_WANTS_TO_READ: return .awaitsOpposite
        default: return .failed(SystemError(unsafe ctls_error(open), "SSL_write"))
        }
    }

    package func endSending() {
        unsafe ctls_end(open)
        socket.endSending()
    }

    package func close() {
        guard let connection = unsafe connection else { return }
        unsafe ctls_end(connection)
        unsafe free(connection)
        socket.close()
    }

    package func reset() {
        if let connection = unsafe connection { unsafe free(connection) }
        socket.reset()
    }

    private func free(_ connection: UnsafeMutableRawPointer) {
        unsafe ctls_free(connection)
        unsafe self.connection = nil
    }

    private var open: UnsafeMutableRawPointer {
        guard let connection = unsafe connection else { preconditionFailure("a connection is used after its close") }
        return unsafe connection
    }
}

extension HandshakeFailure {
    fileprivate init(_ reason: ctls_reason) {
        self =
            switch reason {
            case CTLS_CLOSED: .closed
            case CTLS_PLAIN_HTTP: .plainHTTP
            case CTLS_NO_TLS: .noTLS
            case CTLS_NO_COMMON_VERSION: .noCommonVersion
            case CTLS_NO_COMMON_CIPHER: .noCommonCipher
            case CTLS_NO_COMMON_PROTOCOL: .noCommonProtocol
            case CTLS_NO_CLIENT_CERTIFICATE: .noClientCertificate
            case CTLS_BAD_CLIENT_CERTIFICATE: .badClientCertificate
            case CTLS_REFUSED_BY_CLIENT: .refusedByClient
            default: .other
            }
    }
}
