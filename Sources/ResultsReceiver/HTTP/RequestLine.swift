/// The first line of a request: method, one space, target, one space, version (RFC 9112, section 3).
struct RequestLine {
    var method: Method
    var target: RequestTarget
    /// 0 or 1.
    var minorVersion: Int

    /// Reads the line that lies in `range`, without its CRLF. Tabs, further spaces and the line of HTTP/0.9 are refused.
    init(_ octets: Span<UInt8>, _ range: Range<Int>) throws(ParserError) {
        var index = range.lowerBound
        while index < range.upperBound, OctetSet.token.contains(octets[index]) { index += 1 }
        guard index < range.upperBound else { throw .invalidRequestLine }
        guard octets[index] == .space else { throw .invalidMethod }
        guard index > range.lowerBound else { throw .invalidRequestLine }
        let methodRange = range.lowerBound..<index

        let targetStart = index + 1
        index = targetStart
        while index < range.upperBound, octets[index] != .space { index += 1 }
        guard index < range.upperBound, index > targetStart else { throw .invalidRequestLine }
        let targetRange = targetStart..<index

        // The version first: a line of HTTP/2 or later is told so, whatever its target.
        self.minorVersion = try Self.minorVersion(octets, index + 1..<range.upperBound)
        self.method = Method(octets, methodRange)
        self.target = try RequestTarget(octets, targetRange, method: method)
    }

    /// RFC 9112, section 2.3. A later HTTP/1.x is read as HTTP/1.1.
    private static func minorVersion(_ octets: Span<UInt8>, _ range: Range<Int>) throws(ParserError) -> Int {
        guard !range.contains(where: { octets[$0].isBlank }) else { throw .invalidRequestLine }
        guard range.count == name.count + 3 else { throw .invalidVersion }
        for offset in 0..<name.count where octets[range.lowerBound + offset] != name[offset] { throw .invalidVersion }
        let major = octets[range.upperBound - 3]
        let minor = octets[range.upperBound - 1]
        guard octets[range.upperBound - 2] == UInt8(ascii: "."), major.isDigit, minor.isDigit else {
            throw .invalidVersion
        }
        guard major == UInt8(ascii: "1") else { throw .unsupportedVersion }
        return minor == UInt8(ascii: "0") ? 0 : 1
    }

    private static let name = Array("HTTP/".utf8)
}
