/// What a server answered.
package struct OutgoingResponse: Sendable {
    package let status: Int
    /// In the order in which they came, without surrounding spaces and tabs.
    package let fields: [(name: String, value: String)]
    /// As sent, not decompressed.
    package let body: [UInt8]

    init(status: Int, head: [UInt8], body: [UInt8]) {
        self.status = status
        self.body = body
        fields = head.split(whereSeparator: { $0 == UInt8(ascii: "\n") || $0 == UInt8(ascii: "\r") }).compactMap {
            line in
            guard let colon = line.firstIndex(of: UInt8(ascii: ":")), !line.starts(with: "HTTP/".utf8) else {
                return nil
            }
            let value = line[(colon + 1)...].trimming { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }
            return (String(decoding: line[..<colon], as: UTF8.self), String(decoding: value, as: UTF8.self))
        }
    }

    /// All values of the name, whatever its case.
    package func values(of name: String) -> [String] {
        fields.compactMap { $0.name.lowercased() == name.lowercased() ? $0.value : nil }
    }
}

extension ArraySlice {
    fileprivate func trimming(_ isUnwanted: (Element) -> Bool) -> ArraySlice {
        guard let first = firstIndex(where: { !isUnwanted($0) }), let last = lastIndex(where: { !isUnwanted($0) })
        else {
            return []
        }
        return self[first...last]
    }
}
