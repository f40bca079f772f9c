/// Finds whom a message names that does not meet the schema, as far as that can be seen without reading it as XML.
///
/// A name counts where it is a whole text or attribute value, and inside the student where there is one: the part 17 is
/// not the person 17.
struct UnreadMessage {
    /// As they stand in a message, escaped or not.
    let names: Set<[UInt8]>

    /// `names`: ids and e-mail addresses.
    init(naming names: [String]) {
        self.names = Set(names.flatMap { [Array($0.utf8), Array(XMLEscaped.text($0).utf8)] })
    }

    func isNamed(in message: [UInt8]) -> Bool {
        let part = Self.student(in: message)
        return isNamed(in: part) { $0 == UInt8(ascii: "<") || $0 == UInt8(ascii: ">") }
            || isNamed(in: part) { $0 == UInt8(ascii: "\"") || $0 == UInt8(ascii: "'") }
    }

    private func isNamed(in text: ArraySlice<UInt8>, splitBy isBorder: (UInt8) -> Bool) -> Bool {
        text.split(whereSeparator: isBorder).contains { piece in
            var piece = piece
            for (start, end) in [("", ""), ("![CDATA[", "]]")] {
                if piece.starts(with: start.utf8), piece.reversed().starts(with: end.utf8.reversed()) {
                    piece = piece.dropFirst(start.utf8.count).dropLast(end.utf8.count)
                }
                while let first = piece.first, Self.isSpace(first) { piece.removeFirst() }
                while let last = piece.last, Self.isSpace(last) { piece.removeLast() }
                if names.contains(Array(piece)) { return true }
            }
            return false
        }
    }

    /// From `<student` to `</student`, or everything.
    private static func student(in message: [UInt8]) -> ArraySlice<UInt8> {
        guard let start = message[...].position(of: "<student") else { return message[...] }
        let rest = message[start...]
        return rest[..<(rest.position(of: "</student") ?? rest.endIndex)]
    }

    private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }
}

/// Text as XML writes it.
private enum XMLEscaped {
    static func text(_ text: String) -> String {
        var escaped = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": escaped += "&amp;"
            case "<": escaped += "&lt;"
            case ">": escaped += "&gt;"
            case "\"": escaped += "&quot;"
            case "'": escaped += "&apos;"
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }
}

extension ArraySlice<UInt8> {
    fileprivate func position(of piece: String) -> Int? {
        let piece = Array(piece.utf8)
        guard count >= piece.count, let first = piece.first else { return nil }
        var start = startIndex
        while let found = self[start...].firstIndex(of: first) {
            if self[found...].starts(with: piece) { return found }
            start = found + 1
        }
        return nil
    }
}
