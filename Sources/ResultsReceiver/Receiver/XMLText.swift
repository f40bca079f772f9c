/// Text inside an XML element (XML 1.0, sections 2.2 and 2.4).
enum XMLText {
    /// What XML cannot hold in any form (most controls, U+FFFE and U+FFFF) becomes U+FFFD.
    static func append(_ text: String, to bytes: inout [UInt8]) {
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": bytes.append(contentsOf: "&amp;".utf8)
            case "<": bytes.append(contentsOf: "&lt;".utf8)
            case ">": bytes.append(contentsOf: "&gt;".utf8)
            // A bare one would be read as a line feed.
            case "\r": bytes.append(contentsOf: "&#13;".utf8)
            case "\t", "\n", " "..."\u{FFFD}", "\u{10000}"..."\u{10FFFF}":
                bytes.append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
            default:
                bytes.append(contentsOf: UTF8.encodedReplacementCharacter)
            }
        }
    }
}
