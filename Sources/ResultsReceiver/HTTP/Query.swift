/// The query of a request target as `name=value` pairs with `&` between them.
package struct Query: Sendable {
    private var pairs: [(name: String, value: String)] = []

    /// Of what follows the question mark, still percent-encoded; nil without one.
    package init(_ raw: String?) {
        guard let raw else { return }
        for pair in raw.utf8.split(separator: UInt8(ascii: "&")) {
            let equals = pair.firstIndex(of: UInt8(ascii: "=")) ?? pair.endIndex
            pairs.append((Query.decoded(pair[..<equals]), Query.decoded(pair[equals...].dropFirst())))
        }
    }

    /// The values of all pairs with the name, in their order; empty where a pair has none.
    ///
    /// A value that is not well encoded stands as it came, and so is never taken for an absent one.
    package func values(_ name: String) -> [String] {
        pairs.compactMap { $0.name == name ? $0.value : nil }
    }

    private static func decoded(_ text: Substring.UTF8View) -> String {
        let raw = String(Substring(text))
        return PercentEncoding.decode(raw) ?? raw
    }
}
