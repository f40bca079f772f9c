/// The grammar of chunk extensions (RFC 9112, section 7.1.1): `*( BWS ";" BWS name [ BWS "=" BWS value ] )`.
///
/// They mean nothing here, but what is none is refused: others may see the end of the line somewhere else in it.
enum ChunkExtensions {
    static func areValid(_ octets: Span<UInt8>, _ range: Range<Int>) -> Bool {
        var index = range.lowerBound
        let end = range.upperBound

        func skipBlanks() { while index < end, octets[index].isBlank { index += 1 } }
        func skipToken() -> Bool {
            let start = index
            while index < end, OctetSet.token.contains(octets[index]) { index += 1 }
            return index > start
        }
        func skipQuotedString() -> Bool {
            index += 1
            while index < end {
                switch octets[index] {
                case UInt8(ascii: "\""):
                    index += 1
                    return true
                case UInt8(ascii: "\\"):
                    index += 2
                case let octet where octet >= 0x80 || OctetSet.quotedText.contains(octet):
                    index += 1
                default:
                    return false
                }
            }
            return false
        }

        while index < end {
            skipBlanks()
            guard index < end, octets[index] == UInt8(ascii: ";") else { return false }
            index += 1
            skipBlanks()
            guard skipToken() else { return false }
            let afterName = index
            skipBlanks()
            guard index < end, octets[index] == UInt8(ascii: "=") else {
                index = afterName
                continue
            }
            index += 1
            skipBlanks()
            guard index < end else { return false }
            guard octets[index] == UInt8(ascii: "\"") ? skipQuotedString() : skipToken() else { return false }
        }
        return true
    }
}
