import Glibc

/// What came of an attempt to read or write without waiting.
package enum Transfer: Equatable, Sendable {
    /// So many octets, at least one.
    case octets(Int)
    /// Nothing now; the event loop tells when to try again.
    case wouldBlock
    /// Nothing now, and not before the socket is ready for the opposite: what is to be read waits for something to be
    /// written, or the other way round. TLS only.
    case awaitsOpposite
    /// The other side has finished sending. Reading only.
    case ended
    case failed(SystemError)
}

/// What became of the octets that were sent.
package enum Delivery: Equatable, Sendable {
    /// The other side's system has them all.
    case complete
    /// Some may be on their way, or lost on it; that will show.
    case pending
    /// The other side reset the connection before it had them all.
    case lost
}

/// What came of going on with a handshake.
package enum Handshake: Equatable, Sendable {
    /// Octets can be read and sent.
    case done
    /// At the next event of the loop, whichever it is, it goes on.
    case wouldBlock
    /// The other side went away without a word.
    case ended
    /// Nothing can be sent any more, and what is received is worth nothing; `detail` says more, in English.
    case failed(HandshakeFailure, detail: String)
}

/// The octets of one connection: plain here, TLS is another.
package protocol Transport: AnyObject {
    /// For the event loop; -1 after `close`.
    var descriptor: CInt { get }
    /// Octets come in records, and a handshake before them. Then less may be received than fits while more is there.
    var hasRecords: Bool { get }
    /// Goes on with what comes before the first octet.
    func handshake() -> Handshake
    /// Reads what is there, at most what fits.
    func receive(into buffer: UnsafeMutableRawBufferPointer) -> Transfer
    /// Writes what fits.
    func send(_ buffer: UnsafeRawBufferPointer) -> Transfer
    /// What became of the octets that were sent, as far as is known by now.
    var delivery: Delivery { get }
    /// Tells the other side that nothing more will be sent.
    func endSending()
    /// Gives the descriptor back. What was sent is still delivered, unless unread octets are there.
    func close()
    /// As `close`, but what the other side has not taken yet is thrown away.
    func reset()
}

/// TCP as it is. The connection is closed when this object goes, if not before.
package final class PlainTransport: Transport {
    private var socket: Descriptor?

    package init(_ socket: consuming Descriptor) { self.socket = consume socket }

    package var descriptor: CInt { socket?.number ?? -1 }
    package var hasRecords: Bool { false }
    package func handshake() -> Handshake { .done }

    package func receive(into buffer: UnsafeMutableRawBufferPointer) -> Transfer {
        do throws(SystemError) {
            let count = try systemCall("recv") { unsafe recv(descriptor, buffer.baseAddress, buffer.count, 0) }
            return unsafe count == 0 && !buffer.isEmpty ? .ended : .octets(count)
        } catch {
            return error.number == EAGAIN ? .wouldBlock : .failed(error)
        }
    }

    package func send(_ buffer: UnsafeRawBufferPointer) -> Transfer {
        do throws(SystemError) {
            // A closed connection is EPIPE here, not a signal that ends the process.
            let count = try systemCall("send") {
                unsafe Glibc.send(descriptor, buffer.baseAddress, buffer.count, CInt(MSG_NOSIGNAL))
            }
            return .octets(count)
        } catch {
            return error.number == EAGAIN ? .wouldBlock : .failed(error)
        }
    }

    package var delivery: Delivery {
        var unacknowledged: CInt = 0
        guard unsafe ioctl(descriptor, UInt(TIOCOUTQ), &unacknowledged) == 0, unacknowledged > 0 else {
            return .complete
        }
        // tcp(7): struct tcp_info begins with the state; 7 is TCP_CLOSE. With octets left, only a reset leads there.
        var state: UInt8 = 0
        var size = socklen_t(MemoryLayout<UInt8>.size)
        guard unsafe getsockopt(descriptor, CInt(IPPROTO_TCP), TCP_INFO, &state, &size) == 0 else { return .pending }
        return state == 7 ? .lost : .pending
    }

    package func endSending() {
        // ENOTCONN: the other side has reset the connection; there is nothing left to end.
        _ = shutdown(descriptor, CInt(SHUT_WR))
    }

    package func close() { socket = nil }

    package func reset() {
        // socket(7): with a linger time of 0, close discards what was not sent and resets the connection.
        var atOnce = Glibc.linger(l_onoff: 1, l_linger: 0)
        _ = unsafe setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &atOnce, socklen_t(MemoryLayout<Glibc.linger>.size))
        close()
    }
}
