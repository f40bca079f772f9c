/// Finds the tags of a message one after another, without judging whether it is well-formed.
///
/// It runs before libxml2 sees a byte: 2.9 compares every attribute of an element with every other, and walks all
/// namespace declarations in force for each name, so limits that were checked while it parses would come too late. For
/// a well-formed message the tags are exactly libxml2's. Linear: no byte is looked at more than twice.
struct TagScanner {
    struct Tag {
        enum Kind { case open, close, empty, doctype }
        var kind: Kind
        /// Where its `<` is.
        var start: Int
        /// Behind its `>`.
        var end: Int
        var name: Range<Int>
        /// Namespace declarations included.
        var attributes = 0
        var namespaces = 0
    }

    let bytes: [UInt8]
    private var at: Int

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
        at = Encoding.markLength(bytes)
        if has("<?xml") {
            // No `>` can stand in a right XML declaration, and libxml2 reads on behind it in a wrong one.
            skip(behind: ">", from: at)
        }
    }

    /// Nil at the end.
    mutating func next() -> Tag? {
        while let start = find(UInt8(ascii: "<"), from: at) {
            at = start
            guard start + 1 < bytes.count else { break }
            switch bytes[start + 1] {
            case UInt8(ascii: "!"):
                if has("<!--") {
                    skip(behind: "-->", from: start + 4)
                } else if has("<![CDATA[") {
                    skip(behind: "]]>", from: start + 9)
                } else if has("<!DOCTYPE") {
                    at = bytes.count
                    return Tag(kind: .doctype, start: start, end: start + 9, name: start..<start)
                } else {
                    at = start + 2
                }
            case UInt8(ascii: "?"): skip(behind: "?>", from: start + 2)
            case UInt8(ascii: "/"):
                let nameEnd = nameEnd(from: start + 2)
                skip(behind: ">", from: nameEnd)
                return Tag(kind: .close, start: start, end: at, name: (start + 2)..<nameEnd)
            default: return startTag(at: start)
            }
        }
        at = bytes.count
        return nil
    }

    func text(_ range: Range<Int>) -> String {
        String(decoding: bytes[range], as: UTF8.self).shortened(to: Issue.nameLength)
    }

    private mutating func startTag(at start: Int) -> Tag {
        let nameEnd = nameEnd(from: start + 1)
        var tag = Tag(kind: .open, start: start, end: nameEnd, name: (start + 1)..<nameEnd)
        var wordStart = nameEnd
        var i = nameEnd
        scan: while i < bytes.count {
            switch bytes[i] {
            case UInt8(ascii: ">"):
                if bytes[i - 1] == UInt8(ascii: "/") { tag.kind = .empty }
                i += 1
                break scan
            case UInt8(ascii: "<"): break scan  // not well-formed
            case UInt8(ascii: "\""), UInt8(ascii: "'"):
                tag.attributes += 1
                if bytes[wordStart...].starts(with: "xmlns".utf8) { tag.namespaces += 1 }
                i = (find(bytes[i], from: i + 1) ?? bytes.count - 1) + 1
                wordStart = i
            case 0x20, 0x0A, 0x09, 0x0D:
                i += 1
                // White space may stand around the equals sign, too.
                if i < bytes.count, bytes[i] != UInt8(ascii: "="), !Encoding.isWhiteSpace(bytes[i]),
                    !isQuote(bytes[i])
                {
                    wordStart = i
                }
            default: i += 1
            }
        }
        at = i
        tag.end = i
        return tag
    }

    private func isQuote(_ byte: UInt8) -> Bool { byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") }

    private func nameEnd(from start: Int) -> Int {
        var i = start
        while i < bytes.count, !Encoding.isWhiteSpace(bytes[i]), bytes[i] != UInt8(ascii: ">"),
            bytes[i] != UInt8(ascii: "/"), bytes[i] != UInt8(ascii: "<")
        {
            i += 1
        }
        return i
    }

    private func has(_ text: StaticString) -> Bool {
        let count = text.utf8CodeUnitCount
        guard at + count <= bytes.count else { return false }
        // Safe: a static string of ASCII has its bytes at the pointer, and i stays below their count.
        for i in 0..<count where unsafe bytes[at + i] != text.utf8Start[i] { return false }
        return true
    }

    private func find(_ byte: UInt8, from start: Int) -> Int? {
        var i = start
        while i < bytes.count {
            if bytes[i] == byte { return i }
            i += 1
        }
        return nil
    }

    private mutating func skip(behind text: StaticString, from start: Int) {
        let first = unsafe text.utf8Start[0]
        at = start
        while let found = find(first, from: at) {
            at = found
            if has(text) {
                at += text.utf8CodeUnitCount
                return
            }
            at += 1
        }
        at = bytes.count
    }
}
