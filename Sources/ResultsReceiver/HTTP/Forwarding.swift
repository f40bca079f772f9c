/// By whom a request says that it was sent on: the nodes of `Forwarded` (RFC 7239) or `X-Forwarded-For`, from the nearest
/// to the furthest, as texts of addresses without port. Nil stands for a node that is none.
///
/// Read from the end, because each proxy adds itself there: whatever a stranger has put before it, an unclosed quote even,
/// cannot change what the nearest proxy says.
package enum Forwarding {
    /// Nil: there is no such field.
    package static func nodes(ofForwarded fields: Fields) -> [String?]? {
        nodes(fields.values(of: .forwarded), element: nodeOfElement)
    }

    /// Nil: there is no such field.
    package static func nodes(ofXForwardedFor fields: Fields) -> [String?]? {
        nodes(fields.values(of: .xForwardedFor), element: address)
    }

    /// A list may be spread over several lines (RFC 9110, section 5.3), and have empty elements (section 5.6.1.2).
    private static func nodes(_ values: [String], element: (Substring) -> String?) -> [String?]? {
        if values.isEmpty { return nil }
        var nodes: [String?] = []
        for value in values.reversed() {
            for text in pieces(of: value[...], at: ",").reversed() where !text.isEmpty { nodes.append(element(text)) }
        }
        return nodes
    }

    /// `for=192.0.2.60;proto=https;by=203.0.113.43`, in any order.
    private static func nodeOfElement(_ element: Substring) -> String? {
        var node: String?
        for pair in pieces(of: element, at: ";") {
            let halves = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard halves.count == 2, let name = FieldName(String(halves[0])) else { return nil }
            guard name.canonical == "for" else { continue }
            // Twice in one element is not allowed.
            guard node == nil, let text = unquoted(halves[1]) else { return nil }
            node = text
        }
        return node.flatMap { address($0[...]) }
    }

    /// A token, or a quoted string. No address has a character that would be escaped.
    private static func unquoted(_ text: Substring) -> String? {
        guard text.first == "\"" else { return text.contains("\"") ? nil : String(text) }
        let inner = text.dropFirst().dropLast()
        guard text.count > 1, text.last == "\"", !inner.contains("\""), !inner.contains("\\") else { return nil }
        return String(inner)
    }

    /// `192.0.2.1`, `192.0.2.1:4711`, `[2001:db8::1]`, `[2001:db8::1]:4711`, and without brackets where there is no port.
    private static func address(_ node: Substring) -> String? {
        if node.first == "[" {
            guard let end = node.firstIndex(of: "]"), isPort(node[node.index(after: end)...]) else { return nil }
            return String(node[node.index(after: node.startIndex)..<end])
        }
        guard let colon = node.firstIndex(of: ":"), node.lastIndex(of: ":") == colon else { return String(node) }
        return isPort(node[colon...]) ? String(node[..<colon]) : nil
    }

    /// Nothing, or a colon with a port behind it; RFC 7239 allows one that is made up (`:_p`).
    private static func isPort(_ text: Substring) -> Bool {
        text.isEmpty || text.first == ":" && text.count > 1 && FieldName(String(text.dropFirst())) != nil
    }

    /// The pieces between separators that stand outside quotes, looked for from the end; without spaces and tabs around.
    private static func pieces(of text: Substring, at separator: Character) -> [Substring] {
        var pieces: [Substring] = []
        var end = text.endIndex
        var position = text.endIndex
        var isQuoted = false
        while position > text.startIndex {
            let before = text.index(before: position)
            if text[before] == "\"" { isQuoted.toggle() }
            if text[before] == separator, !isQuoted {
                pieces.append(trimmed(text[position..<end]))
                end = before
            }
            position = before
        }
        pieces.append(trimmed(text[..<end]))
        return pieces.reversed()
    }

    private static func trimmed(_ text: Substring) -> Substring {
        let isBlank = { (character: Character) in character == " " || character == "\t" }
        var text = text.drop(while: isBlank)
        while let last = text.last, isBlank(last) { text.removeLast() }
        return text
    }
}
