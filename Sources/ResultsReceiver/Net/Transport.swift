import Glibc

/// What came of an attempt to read or write without waiting.
package enum Transfer: Equatable, Sendable {
    /// So many octets, at least one.
    case octets(Int)
    /// Nothing now; the event loop tells when to try again.
    case wouldBlock
    /// The other side has finished sending. Reading only.
    case ended
    case failed(SystemError)
}

/// The octets of one connection: plain here, TLS is another.
package protocol Transport: AnyObject {
    /// For the event loop; valid as long as this object lives.
    var descriptor: CInt { get }
    /// Reads what is there, at most what fits.
    func receive(into buffer: UnsafeMutableRawBufferPointer) -> Transfer
    /// Writes what fits.
    func send(_ buffer: UnsafeRawBufferPointer) -> Transfer
    /// Tells the other side that nothing more will be sent.
    func endSending()
}

/// TCP as it is. The connection is closed when this object goes.
package final class PlainTransport: Transport {
    private let socket: Descriptor

    package init(_ socket: consuming Descriptor) { self.socket = socket }

    package var descriptor: CInt { socket.number }

    package func receive(into buffer: UnsafeMutableRawBufferPointer) -> Transfer {
        do throws(SystemError) {
            let count = try systemCall("recv") { unsafe recv(socket.number, buffer.baseAddress, buffer.count, 0) }
            return unsafe count == 0 && !buffer.isEmpty ? .ended : .octets(count)
        } catch {
            return error.number == EAGAIN ? .wouldBlock : .failed(error)
        }
    }

    package func send(_ buffer: UnsafeRawBufferPointer) -> Transfer {
        do throws(SystemError) {
            // A closed connection is EPIPE here, not a signal that ends the process.
            let count = try systemCall("send") {
                unsafe Glibc.send(socket.number, buffer.baseAddress, buffer.count, CInt(MSG_NOSIGNAL))
            }
            return .octets(count)
        } catch {
            return error.number == EAGAIN ? .wouldBlock : .failed(error)
        }
    }

    package func endSending() {
        // ENOTCONN: the other side has reset the connection; there is nothing left to end.
        _ = shutdown(socket.number, CInt(SHUT_WR))
    }
}
