import Glibc

// The kernel's form of an address: a sockaddr whose family says what it really is.
extension SocketAddress {
    /// Nil when the family is neither AF_INET nor AF_INET6. `raw` must hold as much as its family says.
    init?(_ raw: UnsafePointer<sockaddr>) {
        switch CInt(unsafe raw.pointee.sa_family) {
        case AF_INET:
            let four = unsafe UnsafeRawPointer(raw).loadUnaligned(as: sockaddr_in.self)
            self.init(
                ip: .v4(UInt32(bigEndian: four.sin_addr.s_addr)), port: UInt16(bigEndian: four.sin_port))
        case AF_INET6:
            let six = unsafe UnsafeRawPointer(raw).loadUnaligned(as: sockaddr_in6.self)
            self.init(ip: IPAddress(six.sin6_addr, zone: six.sin6_scope_id), port: UInt16(bigEndian: six.sin6_port))
        default:
            return nil
        }
    }

    var family: CInt { ip.isVersion6 ? AF_INET6 : AF_INET }

    /// Lends the kernel's form to `body`.
    ///
    /// Here and wherever this room does so: every sockaddr_… begins like sockaddr, through which the socket calls take
    /// them all with their length (POSIX, <sys/socket.h>); Swift calls that memory bound to another type.
    func withKernelForm<R, Failure: Error>(
        _ body: (UnsafePointer<sockaddr>, socklen_t) throws(Failure) -> R
    ) throws(Failure) -> R {
        switch ip {
        case .v4(let bits):
            var four = sockaddr_in()
            four.sin_family = sa_family_t(AF_INET)
            four.sin_port = port.bigEndian
            four.sin_addr.s_addr = bits.bigEndian
            return try unsafe withUnsafePointer(to: four) { pointer throws(Failure) in
                try unsafe body(
                    UnsafeRawPointer(pointer).assumingMemoryBound(to: sockaddr.self),
                    socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        case .v6(_, _, let zone):
            var six = sockaddr_in6()
            six.sin6_family = sa_family_t(AF_INET6)
            six.sin6_port = port.bigEndian
            six.sin6_addr = ip.in6Address
            six.sin6_scope_id = zone
            return try unsafe withUnsafePointer(to: six) { pointer throws(Failure) in
                try unsafe body(
                    UnsafeRawPointer(pointer).assumingMemoryBound(to: sockaddr.self),
                    socklen_t(MemoryLayout<sockaddr_in6>.size))
            }
        }
    }
}
