package import Net
import Synchronization

/// The TLS of a listener: what connections speak that come from now on. Another identity may take its place at any time;
/// those that are there keep theirs.
package final class TLSEntry: TransportSecurity {
    private let current: Mutex<ServerIdentity>

    package init(_ identity: ServerIdentity) { current = Mutex(identity) }

    package var identity: ServerIdentity { current.withLock { $0 } }

    package func change(to identity: ServerIdentity) { current.withLock { $0 = identity } }

    package func transport(over socket: consuming Descriptor) -> (any Transport)? {
        TLSTransport(over: PlainTransport(socket), as: identity)
    }
}
