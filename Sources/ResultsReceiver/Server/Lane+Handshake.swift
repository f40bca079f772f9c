import HTTP
import Log
import Net
import Synchronization

// What comes before a request where the transport is TLS.
extension Lane {
    /// Goes on with a handshake. True when there may be more to do at once.
    func shakeHands(_ connection: Connection) -> Bool {
        let handshake = connection.transport.handshake()
        // With its end OpenSSL may have read the first request too, of which the loop then knows nothing.
        if handshake == .done { connection.isReadable = true }
        switch handshake {
        case .wouldBlock: return false
        case .ended:
            close(connection)
            return false
        case .failed(let failure, let detail):
            note(failure, detail, connection)
            // What the client sent meanwhile must not reset away what TLS says about the failure.
            linger(connection)
        case .done where connection.isCounted:
            enter(connection, .idle)
            if drainDeadline != nil { hurryFirstRequest(of: connection) }
        case .done: answerNewcomer(connection)
        }
        return true
    }

    func note(_ failure: HandshakeFailure, _ detail: String, _ connection: Connection) {
        shared.failedHandshakes.withLock { $0[failure, default: 0] += 1 }
        shared.logger.logLimited(
            "handshake-\(failure.rawValue)", .warning, "closed a connection: \(failure.sentence)",
            ["client": .text(connection.client.address), "reason": .text(failure.rawValue), "detail": .text(detail)])
    }
}
