/// A well-formed signature: the MAC that a sender claims for its message. What is in it is shown nowhere.
package struct Signature: Sendable {
    package let algorithm: Algorithm
    let mac: [UInt8]

    /// Reads the header from all of its values: one per field line, none joined or split.
    ///
    /// There must be exactly one, and it must be the padded Base64 of 20, 32 or 64 octets, as RFC 4648, section 4, has
    /// it. Spaces and tabs around it do not count.
    package init(fieldValues: [String]) throws(SignatureError) {
        guard let value = fieldValues.first else { throw .missing }
        guard fieldValues.count == 1 else { throw .repeated }
        let octets = Array(value.utf8)
        guard let first = octets.firstIndex(where: Self.isVisible), let last = octets.lastIndex(where: Self.isVisible)
        else { throw .malformed }
        let text = octets[first...last]
        guard let mac = Base64.decode(text), let algorithm = Algorithm(byteCount: mac.count) else {
            // The Base64 of 20, 32 or 64 octets ends with padding, so that no hex string is taken for one.
            throw text.allSatisfy(Self.isHexadecimal) ? .hexadecimal : .malformed
        }
        self.mac = mac
        self.algorithm = algorithm
    }

    private static func isVisible(_ octet: UInt8) -> Bool {
        octet != UInt8(ascii: " ") && octet != UInt8(ascii: "\t")
    }

    private static func isHexadecimal(_ octet: UInt8) -> Bool {
        switch octet {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"),
            UInt8(ascii: "A")...UInt8(ascii: "F"):
            true
        default: false
        }
    }
}

extension Signature: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    package var description: String { "(signature)" }
    package var debugDescription: String { description }
    package var customMirror: Mirror { Mirror(self, children: [:]) }
}

/// Why a signature header is refused before any key is tried. All are answered 403.
package enum SignatureError: Error, Sendable, Equatable, CaseIterable {
    /// No such header.
    case missing
    /// Several header lines; which of them counts would be a guess.
    case repeated
    /// Hexadecimal digits, as other systems sign; Base64 is wanted.
    case hexadecimal
    /// Anything else: no padding, the URL-safe alphabet, a prefix such as `sha1=`, two values, another length.
    case malformed
}
