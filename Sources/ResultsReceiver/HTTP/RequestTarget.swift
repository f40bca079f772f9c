/// The four forms of a request target (RFC 9112, section 3.2), down to a path and a query.
struct RequestTarget {
    var path: String
    var query: String?

    /// Reads the target that lies in `range`, which is not empty.
    ///
    /// The asterisk (only OPTIONS may have it) and the authority of CONNECT become the path as they are: they name no
    /// path that a service could have. A CONNECT with a path is read like any other method, as nothing depends on it.
    init(_ octets: Span<UInt8>, _ range: Range<Int>, method: Method) throws(ParserError) {
        var range = range
        let first = octets[range.lowerBound]
        if first == UInt8(ascii: "*"), range.count == 1, method == .options {
            self.path = "*"
            return
        }
        if first != UInt8(ascii: "/"), method == .connect {
            guard isAuthority(octets, range, needsPort: true) else { throw .invalidTarget }
            self.path = octets.text(range)
            return
        }
        if first != UInt8(ascii: "/") {
            range = try Self.behindAuthority(octets, range)
        }
        let pathEnd = try Self.end(of: .path, octets, range)
        // An empty path, as http://host?query has, is the path "/" (RFC 9110, section 4.2.3).
        self.path = pathEnd == range.lowerBound ? "/" : octets.text(range.lowerBound..<pathEnd)
        guard pathEnd < range.upperBound else { return }
        let rest = pathEnd + 1..<range.upperBound
        guard octets[pathEnd] == UInt8(ascii: "?"), try Self.end(of: .query, octets, rest) == rest.upperBound else {
            throw .invalidTarget
        }
        self.query = octets.text(rest)
    }

    /// What follows `http://host[:port]`. The host is not looked at further, whatever the Host field says.
    private static func behindAuthority(
        _ octets: Span<UInt8>, _ range: Range<Int>
    ) throws(ParserError) -> Range<Int> {
        let start: Int
        if octets.hasPrefix(range, http) {
            start = range.lowerBound + http.count
        } else if octets.hasPrefix(range, https) {
            start = range.lowerBound + https.count
        } else {
            throw .invalidTarget
        }
        var end = start
        while end < range.upperBound, octets[end] != UInt8(ascii: "/"), octets[end] != UInt8(ascii: "?") { end += 1 }
        guard isAuthority(octets, start..<end) else { throw .invalidTarget }
        return end..<range.upperBound
    }

    /// The index of the first octet that is not in the set, percent-encoded octets taken as in it.
    private static func end(
        of set: OctetSet, _ octets: Span<UInt8>, _ range: Range<Int>
    ) throws(ParserError) -> Int {
        var index = range.lowerBound
        while index < range.upperBound {
            if set.contains(octets[index]) {
                index += 1
            } else if octets[index] == .percent {
                guard isPercentEncoded(octets, index..<range.upperBound) else { throw .invalidTarget }
                index += 3
            } else {
                break
            }
        }
        return index
    }

    private static let http = Array("http://".utf8)
    private static let https = Array("https://".utf8)
}

/// Whether the range is a host that is not empty, with an optional port (RFC 9110, section 7.2; RFC 3986, section
/// 3.2.2). User information before an at sign is not let through.
func isAuthority(_ octets: Span<UInt8>, _ range: Range<Int>, needsPort: Bool = false) -> Bool {
    var index = range.lowerBound
    if index < range.upperBound, octets[index] == UInt8(ascii: "[") {
        index += 1
        let start = index
        while index < range.upperBound, octets[index] != UInt8(ascii: "]") {
            guard octets[index] == .colon || OctetSet.host.contains(octets[index]) else { return false }
            index += 1
        }
        guard index < range.upperBound, index > start else { return false }
        index += 1
    } else {
        while index < range.upperBound, octets[index] != .colon {
            if OctetSet.host.contains(octets[index]) {
                index += 1
            } else if isPercentEncoded(octets, index..<range.upperBound) {
                index += 3
            } else {
                return false
            }
        }
        guard index > range.lowerBound else { return false }
    }
    guard index < range.upperBound else { return !needsPort }
    guard octets[index] == .colon else { return false }
    let port = index + 1..<range.upperBound
    return port.allSatisfy { octets[$0].isDigit } && !(needsPort && port.isEmpty)
}

/// Whether the range begins with a percent sign and two hexadecimal digits.
private func isPercentEncoded(_ octets: Span<UInt8>, _ range: Range<Int>) -> Bool {
    range.count >= 3 && octets[range.lowerBound] == .percent
        && octets[range.lowerBound + 1].hexadecimalValue != nil
        && octets[range.lowerBound + 2].hexadecimalValue != nil
}

extension Span<UInt8> {
    /// Whether the range begins with these octets, save for the case of letters.
    fileprivate func hasPrefix(_ range: Range<Int>, _ lowercase: [UInt8]) -> Bool {
        range.count >= lowercase.count
            && equals(range.lowerBound..<range.lowerBound + lowercase.count, lowercase)
    }
}
