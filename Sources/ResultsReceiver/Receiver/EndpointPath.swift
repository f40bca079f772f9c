/// The endpoint's path. Another spelling of it matches where RFC 3986, section 6.2.2, calls it equivalent: `%72` for an
/// unreserved `r`, `%C3%AB` for `%c3%ab`. All else is another path: letter case, a slash at the end, `%2F`, `//`, `.`.
struct EndpointPath {
    private let raw: String
    private let normal: [UInt8]

    init(_ raw: String) {
        self.raw = raw
        normal = EndpointPath.normalized(raw)
    }

    func matches(_ path: String) -> Bool {
        if path == raw { return true }
        return path.utf8.contains(UInt8(ascii: "%")) && EndpointPath.normalized(path) == normal
    }

    /// What is unreserved stands for itself, all other octets in upper-case percent-encoding as they were encoded.
    private static func normalized(_ path: String) -> [UInt8] {
        var octets = Array(path.utf8)[...]
        var normal: [UInt8] = []
        normal.reserveCapacity(octets.count)
        while let octet = octets.popFirst() {
            guard octet == UInt8(ascii: "%"), octets.count >= 2,
                let value = UInt8(String(decoding: octets.prefix(2), as: UTF8.self), radix: 16)
            else {
                normal.append(octet)
                continue
            }
            if isUnreserved(value) {
                normal.append(value)
            } else {
                normal.append(octet)
                normal.append(contentsOf: String(decoding: octets.prefix(2), as: UTF8.self).uppercased().utf8)
            }
            octets = octets.dropFirst(2)
        }
        return normal
    }

    /// RFC 3986, section 2.3.
    private static func isUnreserved(_ octet: UInt8) -> Bool {
        switch octet {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "A")...UInt8(ascii: "Z"):
            true
        default: "-._~".utf8.contains(octet)
        }
    }
}
