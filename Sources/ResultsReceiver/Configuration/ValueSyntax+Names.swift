import Glibc
import Net
import Results

extension ValueSyntax where Value == ListenAddress {
    /// `HOST:PORT`; whether a host name resolves is found out when the server listens.
    static let address = ValueSyntax("HOST:PORT", format: { "\($0)" }) { text, _ throws(WrongValue) in
        let cure = "write HOST:PORT, such as 127.0.0.1:8080 or [::1]:8080"
        guard let colon = text.lastIndex(of: ":") else { throw WrongValue("\(quote(text)) has no port", cure: cure) }
        var host = String(text[..<colon])
        let port = text[text.index(after: colon)...]
        let isBracketed = host.hasPrefix("[") && host.hasSuffix("]")
        if isBracketed { host = String(host.dropFirst().dropLast()) }
        if host.contains(":") != isBracketed {
            throw WrongValue("\(quote(text)) is no address", cure: "write an IPv6 address in brackets: [::1]:8080")
        }
        guard !host.isEmpty, host != "*" else {
            throw WrongValue("\(quote(text)) has no host", cure: "0.0.0.0 and [::] stand for every address")
        }
        if isBracketed ? !isIPv6(host) : !isNameOrIPv4(host) {
            throw WrongValue("\(quote(host)) is no host", cure: cure)
        }
        guard !port.isEmpty, port.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let number = UInt16(port) else {
            throw WrongValue("\(quote(String(port))) is no port", cure: "a port is a number from 0 to 65535")
        }
        return ListenAddress(host: host, port: number)
    }

    private static func isIPv6(_ host: String) -> Bool {
        var address = in6_addr()
        // A zone (fe80::1%eth0) is the system's matter.
        let number = host.split(separator: "%", maxSplits: 1).first.map(String.init) ?? ""
        return unsafe inet_pton(AF_INET6, number, &address) == 1
    }

    private static func isNameOrIPv4(_ host: String) -> Bool {
        if host.utf8.allSatisfy({ (0x30...0x39).contains($0) || $0 == 0x2E }) {
            var address = in_addr()
            return unsafe inet_pton(AF_INET, host, &address) == 1
        }
        return host.utf8.allSatisfy { byte in
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F: true
            default: false
            }
        }
    }
}

extension ValueSyntax where Value == AddressRange {
    /// `10.0.0.0/8`, or an address alone. Names are not looked up: an answer of the resolver would decide who may post.
    static let addressRange = ValueSyntax("CIDR", format: { "\($0)" }) { text, _ throws(WrongValue) in
        do throws(AddressRangeError) { return try AddressRange(text) } catch {
            switch error {
            case .notAnAddress:
                throw WrongValue(
                    "\(quote(text)) is no range of addresses",
                    cure: "write 192.0.2.0/24, 2001:db8::/32 or a single address, for instance")
            case .badLength(let longest):
                throw WrongValue(
                    "\(quote(text)) has no prefix length behind the slash",
                    cure: "write a whole number from 0 to \(longest)")
            case .hostBits(let meant):
                throw WrongValue("\(quote(text)) has bits set behind its prefix", cure: "did you mean '\(meant)'?")
            }
        }
    }
}

extension ValueSyntax where Value == String {
    /// The path of an endpoint as it stands in a request: no query, nothing that a request line could not hold.
    static let urlPath = ValueSyntax("PATH", format: { $0 }) { text, _ throws(WrongValue) in
        guard text.hasPrefix("/") else {
            throw WrongValue("\(quote(text)) is no path", cure: "begin with a slash: /results")
        }
        guard !text.contains("?"), !text.contains("#"), text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            throw WrongValue("\(quote(text)) is no path", cure: "leave out query, spaces and letters beyond ASCII")
        }
        return text
    }

    /// A file that is read. In a settings file, a relative name counts from that file's folder.
    static let inputFile = ValueSyntax("FILE", format: { $0 }) { text, context throws(WrongValue) in
        context.file(try fileName(text))
    }

    /// The database. A relative name counts from `$STATE_DIRECTORY`, or else from the working folder.
    static let stateFile = ValueSyntax("FILE", format: { $0 }) { text, context throws(WrongValue) in
        context.stateFile(try fileName(text))
    }

    /// A time zone that the system knows.
    static let timeZone = ValueSyntax("ZONE", format: { $0 }) { text, _ throws(WrongValue) in
        guard CivilTime(zone: text) == nil else { return text }
        let names = TimeZoneNames.all
        throw WrongValue(
            "unknown time zone \(quote(text))",
            cure: names.isEmpty
                ? "the system has no time zones: install the package tzdata"
                : Suggestion.question(text, among: names) ?? "write a name such as Europe/Amsterdam")
    }

    static let language = choice(["nl", "en", "de"].map { ($0, $0) }, { $0 })

    /// Any text but none.
    static func text(_ placeholder: String) -> ValueSyntax {
        ValueSyntax(placeholder, format: { $0 }) { text, _ throws(WrongValue) in text }
    }

    fileprivate static func fileName(_ text: String) throws(WrongValue) -> String {
        guard !text.isEmpty else { throw WrongValue("the name of the file is missing") }
        return text
    }
}

extension ValueSyntax where Value == SecretSource {
    /// A file, or `credential:NAME` for one of systemd's credentials.
    static let secret = ValueSyntax("FILE", format: { "\($0)" }) { text, context throws(WrongValue) in
        let prefix = "credential:"
        guard text.hasPrefix(prefix) else {
            return .file(context.file(try ValueSyntax<String>.fileName(text)))
        }
        let name = String(text.dropFirst(prefix.count))
        // systemd.exec(5): a credential's name is a file name.
        guard !name.isEmpty, !name.contains("/"), name != ".", name != ".." else {
            throw WrongValue("\(quote(text)) names no credential", cure: "write credential:NAME")
        }
        return .credential(name)
    }
}

/// The system's time zones.
enum TimeZoneNames {
    /// All names and aliases, read once; empty on a system without them. Only for suggestions.
    static let all: [String] = {
        guard let bytes = try? InputFile.read("/usr/share/zoneinfo/tzdata.zi", limit: 4 << 20) else { return [] }
        // tzdata.zi: `Z NAME …` begins a zone, `L TARGET ALIAS` a link.
        return bytes.split(separator: 0x0A).compactMap { line in
            let words = line.split(separator: 0x20)
            guard words.count > 2, words[0] == [0x5A] || words[0] == [0x4C] else { return nil }
            return String(decoding: words[0] == [0x5A] ? words[1] : words[2], as: UTF8.self)
        }
    }()
}
