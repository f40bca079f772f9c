import CLibXML2

/// Whether bytes can be a message at all: UTF-8, with or without a byte order mark, and not said to be anything else.
///
/// libxml2 never gets to choose an encoding: what passes here is read as UTF-8.
enum Encoding {
    /// How many bytes the byte order mark takes: 0 or 3.
    static func markLength(_ bytes: [UInt8]) -> Int { bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0 }

    /// Linear; a message in ASCII takes about an eighth of a step for each byte.
    static func check(_ bytes: [UInt8]) throws(MessageError) {
        if let fault = firstFault(bytes) {
            let kind: Issue.Kind =
                if let other = otherEncoding(bytes) { .encoding(other) } else if bytes[fault] == 0 { .nullByte } else {
                    .notUTF8
                }
            throw .notXML(Place(of: fault, in: bytes).issue(kind))
        }
        if let declared = XMLDeclaration.encoding(bytes), declared.name.uppercased() != "UTF-8" {
            // What is no name of an encoding (XML 1.0, production 81) is not repeated.
            let isName =
                declared.name.utf8.first.map(isLetter) == true && declared.name.utf8.allSatisfy(isNameCharacter)
            let kind: Issue.Kind =
                isName
                ? .encoding(declared.name.shortened(to: Issue.nameLength))
                : .notWellFormed(.declaration, code: Int(XML_ERR_ENCODING_NAME.rawValue))
            throw .notXML(Place(of: declared.offset, in: bytes).issue(kind))
        }
        guard bytes.dropFirst(markLength(bytes)).contains(where: { !isWhiteSpace($0) }) else {
            throw .notXML(Issue(line: 1, column: 1, kind: .blank))
        }
    }

    /// Space, tab, line feed or carriage return: white space in XML.
    static func isWhiteSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x0A || byte == 0x09 || byte == 0x0D }

    private static func isLetter(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
    }

    private static func isNameCharacter(_ byte: UInt8) -> Bool {
        isLetter(byte) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || byte == UInt8(ascii: "-")
            || byte == UInt8(ascii: ".") || byte == UInt8(ascii: "_")
    }

    /// The offset of the first byte that is 0 or that no UTF-8 continues with (Unicode, table 3-7).
    private static func firstFault(_ bytes: [UInt8]) -> Int? {
        let span = unsafe bytes.span.bytes
        let count = span.byteCount
        var at = 0
        while at < count {
            if at + 8 <= count {
                // Safe: the eight bytes were just seen to be there, and any bytes are an integer.
                let word = unsafe span.unsafeLoadUnaligned(fromByteOffset: at, as: UInt64.self)
                // No byte has its highest bit set, and none is 0 (which would borrow).
                if (word | (word &- 0x0101_0101_0101_0101)) & 0x8080_8080_8080_8080 == 0 {
                    at += 8
                    continue
                }
            }
            guard let length = sequenceLength(bytes, at) else { return at }
            at += length
        }
        return nil
    }

    private static func sequenceLength(_ bytes: [UInt8], _ at: Int) -> Int? {
        let length: Int
        var second: ClosedRange<UInt8> = 0x80...0xBF
        switch bytes[at] {
        case 0x01...0x7F: return 1
        case 0xC2...0xDF: length = 2
        case 0xE0: (length, second) = (3, 0xA0...0xBF)
        case 0xED: (length, second) = (3, 0x80...0x9F)
        case 0xE1...0xEF: length = 3
        case 0xF0: (length, second) = (4, 0x90...0xBF)
        case 0xF1...0xF3: length = 4
        case 0xF4: (length, second) = (4, 0x80...0x8F)
        default: return nil
        }
        guard at + length <= bytes.count, second.contains(bytes[at + 1]) else { return nil }
        for next in bytes[(at + 2)..<max(at + length, at + 2)] where !(0x80...0xBF).contains(next) { return nil }
        return length
    }

    /// What the first four bytes say where they are no UTF-8 (XML 1.0, appendix F).
    private static func otherEncoding(_ bytes: [UInt8]) -> String? {
        switch Array(bytes.prefix(4)) {
        case [0, 0, 0xFE, 0xFF], [0xFF, 0xFE, 0, 0], [0, 0, 0, 0x3C], [0x3C, 0, 0, 0]: "UTF-32"
        case let start where start.starts(with: [0xFE, 0xFF]) || start.starts(with: [0xFF, 0xFE]): "UTF-16"
        case let start where start.starts(with: [0, 0x3C]) || start.starts(with: [0x3C, 0]): "UTF-16"
        case [0x4C, 0x6F, 0xA7, 0x94]: "EBCDIC"
        default: nil
        }
    }
}

/// The first line of a message, as far as it is about the encoding (XML 1.0, section 2.8).
private enum XMLDeclaration {
    /// The encoding that is declared, and where; nil where none is, or the declaration is not one (which libxml2 says).
    static func encoding(_ bytes: [UInt8]) -> (name: String, offset: Int)? {
        var at = Encoding.markLength(bytes)
        guard bytes[at...].starts(with: "<?xml".utf8) else { return nil }
        at += 5
        // As many steps as the declaration has pseudo-attributes: no more than three in a right one.
        while let name = word(bytes, &at) {
            skipSpace(bytes, &at)
            guard at < bytes.count, bytes[at] == UInt8(ascii: "=") else { return nil }
            at += 1
            skipSpace(bytes, &at)
            guard at < bytes.count, bytes[at] == UInt8(ascii: "\"") || bytes[at] == UInt8(ascii: "'"),
                let end = bytes[(at + 1)...].firstIndex(of: bytes[at])
            else { return nil }
            if name.elementsEqual("encoding".utf8) {
                return (String(decoding: bytes[(at + 1)..<end], as: UTF8.self), at + 1)
            }
            at = end + 1
        }
        return nil
    }

    private static func skipSpace(_ bytes: [UInt8], _ at: inout Int) {
        while at < bytes.count, Encoding.isWhiteSpace(bytes[at]) { at += 1 }
    }

    /// Space and a name of small letters.
    private static func word(_ bytes: [UInt8], _ at: inout Int) -> ArraySlice<UInt8>? {
        guard at < bytes.count, Encoding.isWhiteSpace(bytes[at]) else { return nil }
        skipSpace(bytes, &at)
        let start = at
        while at < bytes.count, (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(bytes[at]) { at += 1 }
        return start < at ? bytes[start..<at] : nil
    }
}
