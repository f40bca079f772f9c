/// A place in a message, for people.
struct Place: Equatable {
    /// From 1; a line ends with a line feed.
    var line: Int
    /// From 1, in characters (Unicode scalars); a byte order mark is none.
    var column: Int

    /// The place of the byte at the offset, or of the end. Linear in the offset: for refusals only.
    init(of offset: Int, in bytes: [UInt8]) {
        line = 1
        column = 1
        let mark = min(Encoding.markLength(bytes), offset)
        for byte in bytes[mark..<min(offset, bytes.count)] {
            if byte == UInt8(ascii: "\n") {
                line += 1
                column = 1
            } else if byte & 0xC0 != 0x80 {  // not the rest of a character
                column += 1
            }
        }
    }

    func issue(_ kind: Issue.Kind) -> Issue { Issue(line: line, column: column, kind: kind) }
}
