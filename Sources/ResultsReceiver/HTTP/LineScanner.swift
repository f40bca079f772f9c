/// What a search for the end of a line came to.
enum LineEnd: Equatable {
    /// At the index of its CR; the LF follows.
    case found(Int)
    /// Not there yet; the search goes on at this index once more octets came.
    case incomplete(Int)
    /// The line with its CRLF goes beyond the limit.
    case beyondLimit
    /// `bareCarriageReturn`, `bareLineFeed`, `nul` or `controlCharacter`.
    case bad(ParserError)
}

/// Searches for the CRLF that ends a line, from the index `start`; the line with its CRLF must end at `limit` or before.
///
/// A control character is found as soon as it is there, so that the outcome does not depend on how the octets were
/// cut into pieces. Tabs and octets above 127 are let through.
func findLineEnd(_ octets: Span<UInt8>, from start: Int, limit: Int) -> LineEnd {
    let end = min(octets.count, limit)
    var index = start
    while true {
        index = skipPrintable(octets, from: index, to: end)
        guard index < end else { return octets.count >= limit ? .beyondLimit : .incomplete(index) }
        switch octets[index] {
        case .horizontalTab:
            index += 1
        case .carriageReturn:
            if index + 1 < end {
                return octets[index + 1] == .lineFeed ? .found(index) : .bad(.bareCarriageReturn)
            }
            return index + 1 >= limit ? .beyondLimit : .incomplete(index)
        case .lineFeed:
            return .bad(.bareLineFeed)
        case 0:
            return .bad(.nul)
        default:
            return .bad(.controlCharacter)
        }
    }
}

/// The index of the first octet below 32 or equal to 127, or `end`.
private func skipPrintable(_ octets: Span<UInt8>, from start: Int, to end: Int) -> Int {
    var index = start
    // Eight octets a step: subtracting 32 from each sets the top bit of those below 32, subtracting 1 after the
    // exclusive or with 127 that of those equal to it. A borrow disturbs only octets above the first hit.
    while index + 8 <= end {
        // The eight octets lie within the span: index + 8 <= end <= count.
        let word = UInt64(
            littleEndian: unsafe octets.bytes.unsafeLoadUnaligned(fromByteOffset: index, as: UInt64.self))
        let control = (word &- 0x2020_2020_2020_2020) & ~word
        let flipped = word ^ 0x7f7f_7f7f_7f7f_7f7f
        let delete = (flipped &- 0x0101_0101_0101_0101) & ~flipped
        let hits = (control | delete) & 0x8080_8080_8080_8080
        if hits != 0 { return index + hits.trailingZeroBitCount / 8 }
        index += 8
    }
    while index < end, octets[index] >= 0x20, octets[index] != 0x7f { index += 1 }
    return index
}
