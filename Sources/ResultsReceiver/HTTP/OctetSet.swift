/// A set of ASCII octets as two words of bits: a test costs a shift, and no table lies in memory.
struct OctetSet: Sendable {
    /// Bit n stands for octet n.
    let low: UInt64
    /// Bit n stands for octet 64 + n.
    let high: UInt64

    @inline(__always)
    func contains(_ octet: UInt8) -> Bool {
        let word = octet < 64 ? low : octet < 128 ? high : 0
        return word &>> UInt64(octet & 63) & 1 != 0
    }

    /// RFC 9110, section 5.6.2: tchar.
    static let token = OctetSet(low: 0x03ff_6cfa_0000_0000, high: 0x57ff_ffff_c7ff_fffe)
    /// RFC 3986, section 3.3: pchar and the slash, without the percent sign.
    static let path = OctetSet(low: 0x2fff_ffd2_0000_0000, high: 0x47ff_fffe_87ff_ffff)
    /// RFC 3986, section 3.4: what a query may hold, without the percent sign.
    static let query = OctetSet(low: 0xafff_ffd2_0000_0000, high: 0x47ff_fffe_87ff_ffff)
    /// RFC 3986, section 3.2.2: reg-name, without the percent sign. Nor the comma: no host is called so, but a
    /// proxy that joins two Host fields would write one.
    static let host = OctetSet(low: 0x2bff_6fd2_0000_0000, high: 0x47ff_fffe_87ff_fffe)
    /// RFC 9110, section 5.6.4: qdtext, without obs-text.
    static let quotedText = OctetSet(low: 0xffff_fffb_0000_0200, high: 0x7fff_ffff_efff_ffff)
}

extension UInt8 {
    static let horizontalTab = UInt8(ascii: "\t")
    static let lineFeed = UInt8(ascii: "\n")
    static let carriageReturn = UInt8(ascii: "\r")
    static let space = UInt8(ascii: " ")
    static let colon = UInt8(ascii: ":")
    static let percent = UInt8(ascii: "%")

    /// The letters A to Z in lower case, every other octet as it is.
    @inline(__always)
    var lowercasedASCII: UInt8 { self &- 0x41 < 26 ? self | 0x20 : self }

    var isDigit: Bool { self &- 0x30 < 10 }

    var isBlank: Bool { self == .space || self == .horizontalTab }

    /// What the octet stands for as a hexadecimal digit.
    var hexadecimalValue: UInt8? {
        switch self {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): self - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): self - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): self - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}

extension Span<UInt8> {
    /// Whether the range holds these octets, save for the case of letters. `lowercase` is in lower case.
    func equals(_ range: Range<Int>, _ lowercase: [UInt8]) -> Bool {
        guard range.count == lowercase.count else { return false }
        for index in 0..<lowercase.count where self[range.lowerBound + index].lowercasedASCII != lowercase[index] {
            return false
        }
        return true
    }

    /// The range without spaces and tabs at its ends (RFC 9110, section 5.6.3: OWS).
    func trimmingBlanks(_ range: Range<Int>) -> Range<Int> {
        var lower = range.lowerBound
        var upper = range.upperBound
        while lower < upper, self[lower].isBlank { lower += 1 }
        while lower < upper, self[upper - 1].isBlank { upper -= 1 }
        return lower..<upper
    }

    /// The range as text. Only for octets that were found to be ASCII; others are replaced.
    func text(_ range: Range<Int>) -> String {
        // The pointer does not outlive the closure.
        unsafe extracting(range).withUnsafeBufferPointer { unsafe String(decoding: $0, as: UTF8.self) }
    }
}

extension [UInt8] {
    /// Appends what the span holds.
    mutating func append(copying octets: Span<UInt8>) {
        // The pointer does not outlive the closure, and the array does not lie in the span.
        unsafe octets.withUnsafeBufferPointer { unsafe append(contentsOf: $0) }
    }
}
