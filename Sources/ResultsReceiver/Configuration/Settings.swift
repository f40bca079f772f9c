package import Net
package import Results
package import Schema
package import Signature

/// Every setting with its value and where the value comes from. Plain values: whoever runs a server from them turns
/// them into the types of the other rooms.
package struct Settings: Sendable {
    /// The file that was read; nil when there was none.
    package var file: String?
    package var server = ServerSettings()
    package var limits = LimitSettings()
    package var deliveries = DeliverySettings()
    package var retention = RetentionSettings()
    package var admin = AdminSettings()
    /// Further places to listen, each with its TLS; in the order of the file.
    package var listeners: [ListenerSettings] = []
    /// One for each integration, in the order of the file; one called `default` where the file has none.
    package var plugins: [PluginSettings] = []

    package init() {}
}

/// What `redelivery` says about a body that was registered before.
package enum Redelivery: String, CaseIterable, Sendable {
    /// Answered 404 `duplicate`.
    case reject
    /// Answered 200 `redelivered`.
    case acknowledge
}

/// The section `[server]`.
package struct ServerSettings: Sendable {
    /// Without TLS. Empty where listeners are named and this is not.
    package var listen = Sourced([ListenAddress(host: "127.0.0.1", port: 8080), ListenAddress(host: "::1", port: 8080)])
    /// Of the results endpoint; begins with a slash.
    package var path = Sourced("/results")
    package var lanes = Sourced(1)
    /// Of answers, where the request asks for none: nl, en or de.
    package var language = Sourced("nl")
    /// An IANA name that the system knows.
    package var timeZone = Sourced("Europe/Amsterdam")
    package var database = Sourced("results.db")
    package var redelivery = Sourced(Redelivery.reject)
    /// Who may post; empty: everybody.
    package var allow = Sourced<[AddressRange]>([])
    /// Whose forwarding fields count.
    package var trustedProxies = Sourced<[AddressRange]>([])

    package init() {}
}

/// The section `[limits]`. Sizes in bytes.
package struct LimitSettings: Sendable {
    package var headerBytes = Sourced(16 << 10)
    package var headerFields = Sourced(100)
    package var bodyBytes = Sourced(1 << 20)
    package var headerTime = Sourced(Duration.seconds(10))
    package var bodyTime = Sourced(Duration.seconds(20))
    package var idleTime = Sourced(Duration.seconds(60))
    package var connections = Sourced(1024)
    package var connectionsPerAddress = Sourced(64)
    package var inFlightBytes = Sourced(64 << 20)

    package init() {}
}

/// Which bodies the delivery log keeps.
package enum KeptBodies: String, CaseIterable, Sendable {
    /// Those of refused messages with a right signature.
    case refused
    case none
}

/// The section `[deliveries]`: the delivery log.
package struct DeliverySettings: Sendable {
    package var bodies = Sourced(KeptBodies.refused)
    package var keep = Sourced(Duration.seconds(730 * 86_400))
    package var keepBodies = Sourced(Duration.seconds(60 * 86_400))
    package var bodiesBytes = Sourced(256 << 20)
    package var entries = Sourced(5_000_000)

    package init() {}
}

/// The section `[retention]`: how long what is no log is kept.
package struct RetentionSettings: Sendable {
    /// Nil: for good.
    package var results = Sourced<Duration?>(nil)

    package init() {}
}

/// The section `[admin]`: the endpoints for those who watch over the server.
package struct AdminSettings: Sendable {
    /// Nil: there are none.
    package var listen = Sourced<ListenAddress?>(nil)
    /// Whether other machines may reach them.
    package var isPublic = Sourced(false)

    package init() {}
}

/// A section `[listener NAME]`: addresses with a TLS of their own.
package struct ListenerSettings: Sendable {
    package var name: String
    /// Of the section's header.
    package var origin: Origin
    package var addresses = Sourced<[ListenAddress]>([])
    /// The chain, PEM. With the key; nil: no TLS.
    package var certificate = Sourced<SecretSource?>(nil)
    package var key = Sourced<SecretSource?>(nil)
    /// By whose certificates clients must show who they are; nil: they need not.
    package var clientAuthority = Sourced<SecretSource?>(nil)

    package init(name: String, origin: Origin) {
        self.name = name
        self.origin = origin
    }

    /// Not a listener's: a socket of this name, which systemd passed, is that of the admin endpoints.
    package static let adminName = "admin"

    package var hasTLS: Bool { certificate.value != nil && key.value != nil }
}

/// A section `[plugin NAME]`: one integration.
package struct PluginSettings: Sendable {
    /// The NAME of `?plugin=NAME`.
    package var name: String
    /// Of the section's header; `.standard` for the plugin that no file names.
    package var origin: Origin
    /// Where its secrets are, the first being the one to sign with.
    package var secrets = Sourced<[SecretSource]>([])
    /// Where secrets are that were in use once: a signature by one of them is refused, but recognised in the log.
    package var retired = Sourced<[SecretSource]>([])
    package var algorithms = Sourced(Algorithm.allCases)
    package var personKey = Sourced(PersonKey.either)
    /// Nil: external ids of any source.
    package var externalSource = Sourced<String?>(nil)
    /// The file of the schema that takes the place of the built-in one.
    package var schema = Sourced<String?>(nil)
    /// The keys `map-…`: XPath 1.0 expressions of fields, for a schema of another shape. Only what was given.
    package var map: [FieldMapping.Field: Sourced<String>] = [:]

    package init(name: String = "default", origin: Origin = .standard) {
        self.name = name
        self.origin = origin
    }
}

/// Where a secret, or a certificate, is kept. It is never in the settings themselves.
package enum SecretSource: Hashable, Sendable, CustomStringConvertible {
    /// A file, by its path.
    case file(String)
    /// A file in `$CREDENTIALS_DIRECTORY`, by its name (systemd's LoadCredential=).
    case credential(String)
    /// A variable of the environment, by its name.
    case environment(String)

    /// As it is written in the settings. What stands in a variable is only masked: settings cannot name one.
    package var description: String {
        switch self {
        case .file(let path): path
        case .credential(let name): "credential:\(name)"
        case .environment: "********"
        }
    }
}

/// `HOST:PORT` as given: a name or an IPv4 address, or an IPv6 address that is written in brackets.
package struct ListenAddress: Hashable, Sendable, CustomStringConvertible {
    /// Without brackets.
    package var host: String
    /// 0: any free port.
    package var port: UInt16

    package init(host: String, port: UInt16) {
        self.host = host
        self.port = port
    }

    /// Each time it stands among addresses it is another port.
    package var isAnyPort: Bool { port == 0 }

    /// Only this machine reaches it.
    package var isLoopback: Bool {
        host == "::1" || host == "localhost"
            || (host.hasPrefix("127.") && host.utf8.allSatisfy { (0x30...0x39).contains($0) || $0 == 0x2E })
    }

    package var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
}
