import Glibc

/// An Internet address and a TCP port.
package struct SocketAddress: Hashable, Sendable {
    package let ip: IPAddress
    /// 0 lets the kernel choose one.
    package let port: UInt16

    package init(ip: IPAddress, port: UInt16) {
        self.ip = ip
        self.port = port
    }

    /// The first address of `HOST:PORT`: `127.0.0.1:8080`, `[::1]:8080` or `localhost:80`.
    package init(parsing text: String) throws(SocketAddressError) {
        guard let first = try SocketAddress.resolve(text).first else { throw .unknownHost(text, reason: "no address") }
        self = first
    }

    /// Every address of `HOST:PORT`, in the resolver's order, each once. A name is looked up, which may take seconds.
    package static func resolve(_ text: String) throws(SocketAddressError) -> [SocketAddress] {
        let (host, port) = try split(text)
        if let ip = IPAddress(host) { return [SocketAddress(ip: ip, port: port)] }
        var hints = unsafe addrinfo()
        unsafe hints.ai_family = AF_UNSPEC
        unsafe hints.ai_socktype = CInt(SOCK_STREAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        let code = unsafe getaddrinfo(host, nil, &hints, &list)
        guard code == 0 else { throw .unknownHost(host, reason: unsafe String(cString: gai_strerror(code))) }
        // Lent by the resolver until freeaddrinfo.
        defer { unsafe freeaddrinfo(list) }
        var all: [SocketAddress] = []
        var next = unsafe list
        while let info = unsafe next {
            if let raw = unsafe info.pointee.ai_addr, let found = unsafe SocketAddress(raw) {
                let address = SocketAddress(ip: found.ip, port: port)
                if !all.contains(address) { all.append(address) }
            }
            unsafe next = info.pointee.ai_next
        }
        return all
    }

    /// Host and port of `HOST:PORT`; an IPv6 address stands in brackets, which are not part of the result.
    package static func split(_ text: String) throws(SocketAddressError) -> (host: String, port: UInt16) {
        guard let colon = text.lastIndex(of: ":") else { throw .missingPort(text) }
        var host = text[..<colon]
        let digits = text[text.index(after: colon)...]
        if host.first == "[" {
            guard host.last == "]" else { throw .malformed(text) }
            host = host.dropFirst().dropLast()
            guard IPAddress(String(host))?.isVersion6 == true else { throw .malformed(text) }
        } else if host.contains(":") {
            throw IPAddress(text) == nil ? .malformed(text) : .unbracketed(text)
        }
        guard !host.isEmpty, !host.utf8.contains(where: { $0 <= 0x20 || $0 == 0x7F }) else { throw .malformed(text) }
        guard !digits.isEmpty else { throw .missingPort(text) }
        guard digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let port = UInt16(digits) else {
            throw .invalidPort(String(digits))
        }
        return (String(host), port)
    }
}

extension SocketAddress {
    /// Of version 4 where it is a version 4 address in the guise of version 6 (`::ffff:192.0.2.1`, RFC 4291 section
    /// 2.5.5.2), as a socket for both versions tells it.
    package var unmapped: SocketAddress {
        guard case .v6(0, let lower, _) = ip, lower >> 32 == 0xFFFF else { return self }
        return SocketAddress(ip: .v4(UInt32(truncatingIfNeeded: lower)), port: port)
    }
}

extension SocketAddress: CustomStringConvertible {
    /// `127.0.0.1:8080` or `[::1]:8080`.
    package var description: String { ip.isVersion6 ? "[\(ip)]:\(port)" : "\(ip):\(port)" }
}

/// Why a text is no socket address.
package enum SocketAddressError: Error, Sendable, Equatable, CustomStringConvertible {
    case malformed(String)
    case missingPort(String)
    case invalidPort(String)
    case unbracketed(String)
    case unknownHost(String, reason: String)

    package var description: String {
        switch self {
        case .malformed(let text): "'\(text)' is not HOST:PORT, such as 127.0.0.1:8080 or [::1]:8080"
        case .missingPort(let text): "'\(text)' has no port; HOST:PORT is wanted, such as 127.0.0.1:8080"
        case .invalidPort(let text): "'\(text)' is not a port from 0 to 65535"
        case .unbracketed(let text): "'\(text)': an IPv6 address stands in brackets, such as [::1]:8080"
        case .unknownHost(let host, let reason): "host '\(host)' is not known: \(reason)"
        }
    }
}
