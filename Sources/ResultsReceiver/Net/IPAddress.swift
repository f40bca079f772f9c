import Glibc

/// An address of Internet Protocol version 4 or 6.
package enum IPAddress: Hashable, Sendable {
    /// In host byte order.
    case v4(UInt32)
    /// The upper half is the network's, the lower the interface's (RFC 4291); the zone is an interface index or 0.
    case v6(upper: UInt64, lower: UInt64, zone: UInt32 = 0)

    /// Nil when `text` is no numeric address. A zone (`fe80::1%eth0`) is left to name resolution.
    package init?(_ text: String) {
        var four = in_addr()
        var six = in6_addr()
        if unsafe inet_pton(AF_INET, text, &four) == 1 {
            self = .v4(UInt32(bigEndian: four.s_addr))
        } else if unsafe inet_pton(AF_INET6, text, &six) == 1 {
            self.init(six, zone: 0)
        } else {
            return nil
        }
    }

    init(_ raw: in6_addr, zone: UInt32) {
        var halves: (UInt64, UInt64) = (0, 0)
        // Both are 16 octets; in6_addr is plain memory in network byte order.
        unsafe withUnsafeMutableBytes(of: &halves) { to in
            unsafe withUnsafeBytes(of: raw) { unsafe to.copyMemory(from: $0) }
        }
        self = .v6(upper: UInt64(bigEndian: halves.0), lower: UInt64(bigEndian: halves.1), zone: zone)
    }

    package static let loopback4 = IPAddress.v4(0x7F00_0001)
    package static let loopback6 = IPAddress.v6(upper: 0, lower: 1)

    /// Only this machine reaches it (127.0.0.0/8 and ::1).
    package var isLoopback: Bool {
        if case .v4(let bits) = unmapped { return bits >> 24 == 127 }
        return unmapped == .loopback6
    }

    package var isVersion6: Bool {
        if case .v6 = self { true } else { false }
    }

    /// What counts as one client: the address, or for version 6 the /64 network, because whoever has one address of a
    /// /64 usually has them all.
    package var subscriber: IPAddress {
        switch self {
        case .v4: self
        case .v6(0, 1, _): self
        case .v6(let upper, _, let zone): .v6(upper: upper, lower: 0, zone: zone)
        }
    }
}

extension IPAddress: CustomStringConvertible {
    /// Numeric, without brackets; a zone as interface index.
    package var description: String {
        switch self {
        case .v4(let bits):
            return "\(bits >> 24).\(bits >> 16 & 255).\(bits >> 8 & 255).\(bits & 255)"
        case .v6(_, _, let zone):
            var raw = in6Address
            let text = unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(INET6_ADDRSTRLEN)) { buffer in
                guard let base = buffer.baseAddress,
                    let text = unsafe inet_ntop(AF_INET6, &raw, base, socklen_t(buffer.count))
                else { return "" }
                return unsafe String(cString: text)
            }
            return zone == 0 ? text : "\(text)%\(zone)"
        }
    }

    /// The octets of a version 6 address; zero for version 4.
    var in6Address: in6_addr {
        var raw = in6_addr()
        if case .v6(let upper, let lower, _) = self {
            unsafe withUnsafeMutableBytes(of: &raw) { to in
                unsafe to.storeBytes(of: upper.bigEndian, toByteOffset: 0, as: UInt64.self)
                unsafe to.storeBytes(of: lower.bigEndian, toByteOffset: 8, as: UInt64.self)
            }
        }
        return raw
    }
}
