import HTTP
import Net

// From answers to octets, and the end of connections.
extension Lane {
    /// The connection may stay open after this answer.
    func keeps(_ connection: Connection, _ response: Response) -> Bool {
        connection.head?.keepsAlive == true && !response.closes && drainDeadline == nil
    }

    /// Gives an answer: one write, as far as the kernel has room.
    ///
    /// `closing` ends the connection after it in any case; else it stays if it may, `then` in the given state.
    func respond(
        _ response: Response, to connection: Connection, closing: Bool, then next: Connection.State = .idle
    ) {
        let closing = closing || !keeps(connection, response)
        output.removeAll(keepingCapacity: true)
        ResponseEncoder.append(
            response, to: &output, date: currentDate, closing: closing,
            omittingContent: connection.head?.method == .head)
        connection.undelivered = response.undelivered
        connection.isHandedOver = false
        let sent: Int
        switch unsafe output.withUnsafeBytes({ unsafe connection.transport.send($0) }) {
        case .octets(let count): sent = count
        case .wouldBlock: sent = 0
        case .awaitsOpposite:
            sent = 0
            connection.isCrossed = true
        case .ended, .failed: return close(connection)
        }
        if sent == output.count {
            handedOver(connection, closing: closing, then: next)
        } else {
            connection.isWritable = false
            connection.output = output[sent...]
            output = []
            // What follows would have to wait for both: the rest of the answer out and the rest of the content in.
            if case .dropping = next {
                enter(connection, .writing(closing: true))
            } else {
                enter(connection, .writing(closing: closing))
            }
        }
        if output.capacity > Lane.outputBytes { output = [] }
    }

    /// The memory that is kept for answers.
    private static let outputBytes = 64 * 1024

    /// Goes on with an answer. True when it is handed over.
    func write(_ connection: Connection, closing: Bool) -> Bool {
        guard connection.isWritable else { return false }
        switch unsafe connection.output.withUnsafeBytes({ unsafe connection.transport.send($0) }) {
        case .octets(let count):
            connection.output = connection.output.dropFirst(count)
            guard connection.output.isEmpty else { return true }
            connection.output = []
            handedOver(connection, closing: closing, then: .idle)
            return true
        case .wouldBlock:
            connection.isWritable = false
            return false
        case .awaitsOpposite:
            connection.isWritable = false
            connection.isCrossed = true
            return false
        case .ended, .failed:
            close(connection)
            return false
        }
    }

    private func handedOver(_ connection: Connection, closing: Bool, then next: Connection.State) {
        connection.isHandedOver = true
        if closing { linger(connection) } else { enter(connection, next) }
    }

    /// Somebody wants to know when the last answer does not arrive, and that is still open.
    func awaitsDelivery(_ connection: Connection) -> Bool {
        connection.undelivered != nil && connection.isHandedOver && connection.transport.delivery == .pending
    }

    /// The interim answer; it fits, because every answer before it was handed over whole.
    func sendContinue(_ connection: Connection) {
        let octets = ResponseEncoder.continueOctets
        let transfer = unsafe octets.withUnsafeBytes { unsafe connection.transport.send($0) }
        if transfer != .octets(octets.count) { close(connection) }
    }

    // MARK: The end

    /// Nothing more is sent; what still comes is read and dropped. Closing at once would reset the connection when
    /// unread octets are there, and the reset would destroy the answer on its way (RFC 9112, section 9.6).
    func linger(_ connection: Connection) {
        if connection.hasEnded && !awaitsDelivery(connection) { return close(connection) }
        connection.transport.endSending()
        connection.parser = RequestParser(limits: limits.http)
        connection.lingerRest = limits.lingerBytes
        enter(connection, .lingering)
    }

    /// True when more may be there.
    func drop(_ connection: Connection) -> Bool {
        guard connection.isReadable else { return false }
        let transfer = unsafe withUnsafeTemporaryAllocation(byteCount: 16 * 1024, alignment: 1) { buffer in
            unsafe connection.transport.receive(into: buffer)
        }
        switch transfer {
        case .octets(let count):
            connection.lingerRest -= count
            if connection.lingerRest > 0 { return true }
            close(connection)
        case .wouldBlock: connection.isReadable = false
        case .awaitsOpposite:
            connection.isReadable = false
            connection.isCrossed = true
        case .ended where awaitsDelivery(connection):
            // The loop tells when the other side has acknowledged everything, or has reset the connection.
            connection.hasEnded = true
            connection.isReadable = false
        case .ended, .failed: close(connection)
        }
        return false
    }
}
