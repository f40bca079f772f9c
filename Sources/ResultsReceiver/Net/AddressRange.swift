/// A range of Internet addresses as CIDR writes it (RFC 4632, section 3.1; RFC 4291, section 2.3): all that agree with
/// its first address in the first `length` bits.
package struct AddressRange: Hashable, Sendable {
    /// The bits behind the prefix are zero.
    package let first: IPAddress
    /// From 0 to 32, or to 128 for version 6.
    package let length: Int

    private init(_ first: IPAddress, _ length: Int) {
        self.first = first
        self.length = length
    }

    /// Reads `10.0.0.0/8` or `2001:db8::/32`; an address alone stands for itself. A range of IPv4 addresses written as
    /// version 6 (`::ffff:10.0.0.0/104`) is the range of version 4.
    package init(_ text: String) throws(AddressRangeError) {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let address = IPAddress(String(parts[0])) else { throw .notAnAddress }
        let width = address.isVersion6 ? 128 : 32
        var length = width
        if parts.count == 2 {
            guard (1...3).contains(parts[1].utf8.count), parts[1].utf8.allSatisfy({ (0x30...0x39).contains($0) }),
                let number = Int(parts[1]), number <= width
            else { throw .badLength(longest: width) }
            length = number
        }
        let first = address.prefix(length)
        let isMapped = first.unmapped != first && length >= 96
        let range = isMapped ? AddressRange(first.unmapped, length - 96) : AddressRange(first, length)
        guard first == address else { throw .hostBits(meant: range) }
        self = range
    }

    /// The zone of an address is no part of the question.
    package func contains(_ address: IPAddress) -> Bool {
        address.isVersion6 == first.isVersion6 && address.prefix(length) == first
    }
}

extension AddressRange: CustomStringConvertible {
    package var description: String { "\(first)/\(length)" }
}

/// Why a text is no range of addresses.
package enum AddressRangeError: Error, Sendable, Equatable {
    /// What should be its address is none; names are not looked up.
    case notAnAddress
    /// The prefix is no whole number from 0 to `longest`.
    case badLength(longest: Int)
    /// Bits behind the prefix are set.
    case hostBits(meant: AddressRange)
}

extension IPAddress {
    /// The address with all bits behind the first `length` cleared, and without its zone.
    fileprivate func prefix(_ length: Int) -> IPAddress {
        // Swift's shift by the whole width gives zero.
        switch self {
        case .v4(let bits): .v4(bits & (UInt32.max << (32 - length)))
        case .v6(let upper, let lower, _):
            .v6(
                upper: upper & (UInt64.max << max(0, 64 - length)), lower: lower & (UInt64.max << min(64, 128 - length))
            )
        }
    }

    /// The address of version 4 that one of version 6 stands for (`::ffff:192.0.2.1`; RFC 4291, section 2.5.5.2).
    package var unmapped: IPAddress {
        if case .v6(0, let lower, _) = self, lower >> 32 == 0xFFFF { return .v4(UInt32(truncatingIfNeeded: lower)) }
        return self
    }
}
