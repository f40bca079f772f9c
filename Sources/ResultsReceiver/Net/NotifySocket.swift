import Glibc

/// Where a service manager wants to hear how the program is (sd_notify(3)): a datagram socket of the local machine.
package final class NotifySocket: Sendable {
    private let socket: Descriptor
    private let address: sockaddr_un
    private let length: socklen_t

    /// `path` is `$NOTIFY_SOCKET`: absolute, or `@` and a name in the abstract namespace. Nil for any other kind of
    /// address; fails where no socket is to be had.
    package init?(_ path: String) throws(SystemError) {
        let octets = Array(path.utf8)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let isAbstract = octets.first == UInt8(ascii: "@")
        // A path ends with a zero; in the abstract namespace the first octet is one, and the length counts.
        let fits = unsafe withUnsafeMutableBytes(of: &address.sun_path) { room in
            guard octets.count > 1, isAbstract || octets.first == UInt8(ascii: "/"), octets.count < room.count else {
                return false
            }
            unsafe room.copyBytes(from: octets)
            if isAbstract { unsafe room[0] = 0 }
            return true
        }
        guard fits, let start = MemoryLayout<sockaddr_un>.offset(of: \.sun_path) else { return nil }
        self.address = address
        length = socklen_t(start + octets.count + (isAbstract ? 0 : 1))
        socket = Descriptor(
            owning: try systemCall("socket") {
                Glibc.socket(AF_UNIX, CInt(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
            })
        // A manager that does not listen for so long must not hold up the program.
        var patience = timeval(tv_sec: 5, tv_usec: 0)
        unsafe setsockopt(
            socket.number, SOL_SOCKET, SO_SNDTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
    }

    /// Sends one message: lines such as `READY=1`.
    package func send(_ lines: [String]) throws(SystemError) {
        let message = Array(lines.joined(separator: "\n").utf8)
        _ = try unsafe withUnsafePointer(to: address) { address throws(SystemError) in
            let raw = unsafe UnsafeRawPointer(address).assumingMemoryBound(to: sockaddr.self)
            return try systemCall("sendto") {
                unsafe sendto(socket.number, message, message.count, CInt(MSG_NOSIGNAL), raw, length)
            }
        }
    }
}
