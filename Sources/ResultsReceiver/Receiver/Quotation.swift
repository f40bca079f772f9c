/// Foreign text inside a message.
enum Quotation {
    /// At most so many characters (Unicode scalars) of a foreign value are repeated.
    static let limit = 40

    /// The value between quotation marks, shortened, on one line.
    static func quote(_ value: String) -> String {
        "'\(line(value, limit: limit))'"
    }

    /// One of these, the first few of which are named: another schema may allow hundreds.
    static func alternatives(_ quoted: [String], in language: Language) -> String {
        let named = quoted.prefix(8) + (quoted.count > 8 ? ["…"] : [])
        return named.joined(separator: language.say(nl: " of ", en: " or ", de: " oder "))
    }

    /// The text on one line: controls become spaces. Longer than `limit` scalars, it ends in an ellipsis.
    static func line(_ value: String, limit: Int) -> String {
        var text = String.UnicodeScalarView()
        var count = 0
        for scalar in value.unicodeScalars {
            if count == limit {
                text.removeLast()
                text.append("…")
                break
            }
            text.append(isControl(scalar) ? " " : scalar)
            count += 1
        }
        return String(text)
    }

    /// C0, DEL, C1, and what turns or breaks a line in a terminal (bidirectional controls, line separators).
    private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0...0x1F, 0x7F...0x9F, 0x200E, 0x200F, 0x2028...0x202E, 0x2066...0x2069: true
        default: false
        }
    }
}
