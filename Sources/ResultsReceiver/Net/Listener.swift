import CSystem
import Glibc

/// A socket that takes connections; several event loops may share one.
package final class Listener: Sendable {
    private let socket: Descriptor
    /// Where it listens; the port is the real one.
    package let address: SocketAddress

    /// Who started the program holds the socket too: connections go on waiting at it when this program ends.
    package let isInherited: Bool

    /// How many connections may wait to be accepted; the kernel lowers it to net.core.somaxconn.
    private static let backlog: CInt = 1024

    /// Binds and listens.
    package init(_ wanted: SocketAddress) throws(ListenerError) {
        do throws(SystemError) {
            let type = CInt(SOCK_STREAM.rawValue) | CInt(SOCK_NONBLOCK.rawValue) | CInt(SOCK_CLOEXEC.rawValue)
            let socket = Descriptor(owning: try systemCall("socket") { Glibc.socket(wanted.family, type, 0) })
            let number = socket.number
            try Listener.set(SOL_SOCKET, SO_REUSEADDR, on: number)
            // On Linux an accepted socket takes TCP_NODELAY over from its listener: one call instead of one each.
            try Listener.set(CInt(IPPROTO_TCP), TCP_NODELAY, on: number)
            // 0.0.0.0 and [::] are two listeners, so that each can be had without the other.
            if wanted.ip.isVersion6 { try Listener.set(CInt(IPPROTO_IPV6), IPV6_V6ONLY, on: number) }
            _ = try unsafe wanted.withKernelForm { address, length throws(SystemError) in
                try systemCall("bind") { unsafe bind(number, address, length) }
            }
            _ = try systemCall("listen") { listen(number, Listener.backlog) }
            self.address = try Listener.localAddress(of: number) ?? wanted
            self.socket = socket
            isInherited = false
        } catch {
            throw ListenerError(error, wanted)
        }
    }

    /// Takes over a socket that listens already; nil, and closed, when it is no listening TCP socket.
    package init?(inheriting socket: consuming Descriptor) {
        let number = socket.number
        guard Listener.option(SO_ACCEPTCONN, of: number) == 1,
            Listener.option(SO_TYPE, of: number) == CInt(SOCK_STREAM.rawValue),
            let address = try? Listener.localAddress(of: number)
        else { return nil }
        // Of the kind that `accept` counts on. The first is shared with whoever holds the socket; it does not read it.
        _ = fcntl(number, F_SETFL, fcntl(number, F_GETFL) | O_NONBLOCK)
        _ = fcntl(number, F_SETFD, FD_CLOEXEC)
        try? Listener.set(CInt(IPPROTO_TCP), TCP_NODELAY, on: number)
        self.address = address
        self.socket = socket
        isInherited = true
    }

    package var descriptor: CInt { socket.number }

    /// One attempt to take a waiting connection.
    package func accept() -> Accepted {
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        do throws(SystemError) {
            let number = try unsafe withUnsafeMutablePointer(to: &storage) { pointer throws(SystemError) in
                try systemCall("accept4") {
                    unsafe csystem_accept(
                        socket.number, pointer, &length, CInt(CSYSTEM_CLOEXEC | CSYSTEM_NONBLOCK))
                }
            }
            let descriptor = Descriptor(owning: number)
            let peer = unsafe withUnsafePointer(to: &storage) {
                unsafe SocketAddress(UnsafeRawPointer($0).assumingMemoryBound(to: sockaddr.self))
            }
            return .connection(descriptor, from: peer?.unmapped ?? address)
        } catch {
            switch error.number {
            case EAGAIN: return .wouldBlock
            // Linux looks for a free descriptor first, and says so even when nobody waits.
            case EMFILE, ENFILE, ENOBUFS, ENOMEM: return someoneWaits ? .outOfDescriptors(error) : .wouldBlock
            // accept(2): errors of the new connection come out here, "treat them like EAGAIN by retrying".
            default: return .aborted
            }
        }
    }

    private var someoneWaits: Bool {
        var ready = pollfd(fd: socket.number, events: Int16(POLLIN), revents: 0)
        return unsafe poll(&ready, 1, 0) > 0
    }

    private static func set(_ level: CInt, _ option: CInt, on number: CInt) throws(SystemError) {
        var on: CInt = 1
        _ = try systemCall("setsockopt") {
            unsafe setsockopt(number, level, option, &on, socklen_t(MemoryLayout<CInt>.size))
        }
    }

    private static func option(_ option: CInt, of number: CInt) -> CInt? {
        var value: CInt = 0
        var size = socklen_t(MemoryLayout<CInt>.size)
        return unsafe getsockopt(number, SOL_SOCKET, option, &value, &size) == 0 ? value : nil
    }

    private static func localAddress(of number: CInt) throws(SystemError) -> SocketAddress? {
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        return try unsafe withUnsafeMutablePointer(to: &storage) { pointer throws(SystemError) in
            let raw = unsafe UnsafeMutableRawPointer(pointer).assumingMemoryBound(to: sockaddr.self)
            _ = try systemCall("getsockname") { unsafe getsockname(number, raw, &length) }
            return unsafe SocketAddress(raw)
        }
    }
}

/// What came of an attempt to accept.
package enum Accepted: ~Copyable {
    /// Non-blocking and closed on exec.
    case connection(Descriptor, from: SocketAddress)
    /// None waits.
    case wouldBlock
    /// One was lost before it could be taken; the next may be there.
    case aborted
    /// One waits, and the process or the system has no descriptor, or no memory, for it; it goes on waiting.
    case outOfDescriptors(SystemError)
}

/// Why a server cannot listen.
package enum ListenerError: Error, Sendable, Equatable, CustomStringConvertible {
    /// Another process listens there.
    case inUse(SocketAddress)
    /// Ports below 1024 are the system administrator's.
    case notPermitted(SocketAddress)
    /// The address is not this machine's.
    case notAvailable(SocketAddress)
    case failed(SocketAddress, SystemError)

    init(_ error: SystemError, _ address: SocketAddress) {
        switch error.number {
        case EADDRINUSE: self = .inUse(address)
        case EACCES, EPERM: self = .notPermitted(address)
        case EADDRNOTAVAIL, EAFNOSUPPORT: self = .notAvailable(address)
        default: self = .failed(address, error)
        }
    }

    package var description: String {
        switch self {
        case .inUse(let address): "cannot listen on \(address): the port is in use"
        case .notPermitted(let address): "cannot listen on \(address): not permitted"
        case .notAvailable(let address): "cannot listen on \(address): this machine does not have the address"
        case .failed(let address, let error): "cannot listen on \(address): \(error)"
        }
    }
}
