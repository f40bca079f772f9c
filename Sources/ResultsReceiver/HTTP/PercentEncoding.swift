/// Percent-encoding of URIs (RFC 3986, section 2.1).
package enum PercentEncoding {
    /// Every `%` with two hexadecimal digits becomes its octet; a plus sign stays one.
    ///
    /// Nil when a `%` stands without them, or when what comes out is not UTF-8.
    package static func decode(_ text: String) -> String? {
        guard text.utf8.contains(.percent) else { return text }
        var octets: [UInt8] = []
        octets.reserveCapacity(text.utf8.count)
        var rest = text.utf8.makeIterator()
        while let octet = rest.next() {
            guard octet == .percent else {
                octets.append(octet)
                continue
            }
            guard let high = rest.next()?.hexadecimalValue, let low = rest.next()?.hexadecimalValue else { return nil }
            octets.append(high << 4 | low)
        }
        return String(validating: octets, as: UTF8.self)
    }
}
