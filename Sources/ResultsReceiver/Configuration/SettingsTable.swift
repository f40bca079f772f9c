import Results
import Schema
import Signature

/// A section of the settings file with its keys.
package struct SectionDefinition<Target: Sendable>: Sendable {
    package let name: String
    /// What stands for the name in `[plugin NAME]`; nil: the section has none and comes once.
    package let argument: String?
    package let summary: String
    package let keys: [KeyDefinition<Target>]
    /// Whether variables of the environment take the place of its keys.
    package var hasVariables = true

    func key(_ name: String) -> KeyDefinition<Target>? { keys.first { $0.name == name } }
}

/// Every section and key that a settings file can hold.
package enum SettingsTable {
    package static let variablePrefix = "RESULTS_RECEIVER_"
    /// Holds the secret itself, of the only plugin.
    package static let secretVariable = "RESULTS_RECEIVER_SECRET"
    /// Names the settings file.
    package static let fileVariable = "RESULTS_RECEIVER_CONFIG"

    static func variable(_ key: String) -> String {
        variablePrefix + key.uppercased().replacing("-", with: "_")
    }

    package static let server = SectionDefinition<Settings>(
        name: "server", argument: nil, summary: "The server as a whole.",
        keys: [
            .list(
                "listen", \.server.listen, .address, mayBeEmpty: true, mayRepeat: \.isAnyPort,
                standard: "127.0.0.1:8080, [::1]:8080", needsRestart: true,
                "The addresses to listen on without TLS; port 0 takes any free port. Where [listener NAME] stands, none by "
                    + "default"),
            .one(
                "path", \.server.path, .urlPath, standard: "/results",
                "The path of the results endpoint; the query is no part of it"),
            .one(
                "lanes", \.server.lanes, .integer(1...64), standard: "1", needsRestart: true,
                "How many connections can be worked on at the same moment; one lane uses one processor at most"),
            .one(
                "language", \.server.language, .language, standard: "nl",
                "The language of answers where the request asks for none of these"),
            .one(
                "time-zone", \.server.timeZone, .timeZone, standard: "Europe/Amsterdam",
                "The zone of approval dates, and of times that name none; an IANA name"),
            .one(
                "database", \.server.database, .stateFile,
                standard: "results.db in $STATE_DIRECTORY or else the working folder", needsRestart: true,
                "The database; a relative name counts from $STATE_DIRECTORY or else the working folder"),
            .one(
                "redelivery", \.server.redelivery, .word, standard: "reject",
                "The answer to a message whose very bytes were registered before: 404 duplicate, or 200 redelivered"),
            .list(
                "allow", \.server.allow, .addressRange, mayBeEmpty: true, standard: "any",
                "The addresses that may post; others are closed without an answer, this machine too unless it is listed"
            ),
            .list(
                "trusted-proxies", \.server.trustedProxies, .addressRange, mayBeEmpty: true, standard: "none",
                "The proxies whose Forwarded or X-Forwarded-For says who the client is, for allow, limits and logs"),
        ])

    package static let limits = SectionDefinition<Settings>(
        name: "limits", argument: nil, summary: "What strangers may use up.",
        keys: [
            .one(
                "header-bytes", \.limits.headerBytes, .size(256...(1 << 20)), standard: "16KiB",
                "The most bytes from the request line to the empty line; trailers are counted likewise"),
            .one(
                "header-fields", \.limits.headerFields, .integer(1...10_000), standard: "100",
                "The most field lines of a header section"),
            .one(
                "body-bytes", \.limits.bodyBytes, .size(1...(256 << 20)), standard: "1MiB", "The most bytes of a body"),
            .one(
                "header-time", \.limits.headerTime, time, standard: "10s",
                "How long a head may take, from its first byte, and a TLS handshake, from the start of its connection; then "
                    + "the connection is closed silently"),
            .one(
                "body-time", \.limits.bodyTime, time, standard: "20s",
                "How long a body may take, from the end of the head; then it is answered 400"),
            .one(
                "idle-time", \.limits.idleTime, time, standard: "60s",
                "How long a connection may stay open on which nothing of a request has been sent"),
            .one(
                "connections", \.limits.connections, .integer(1...1_000_000), standard: "1024",
                "The most connections at the same time"),
            .one(
                "connections-per-address", \.limits.connectionsPerAddress, .integer(1...1_000_000), standard: "64",
                "The most connections of one client address; 127.0.0.1, ::1 and trusted proxies do not count"),
            .one(
                "in-flight-bytes", \.limits.inFlightBytes, .size((16 << 10)...(64 << 30)), standard: "64MiB",
                "The most memory that heads and bodies on their way take together"),
        ])

    package static let deliveries = SectionDefinition<Settings>(
        name: "deliveries", argument: nil, summary: "The delivery log: what is kept of every delivery, and how long.",
        keys: [
            .one(
                "bodies", \.deliveries.bodies, .word, standard: "refused",
                "Whether the bodies of refused messages with a right signature are kept, so that they can be run again"),
            .one(
                "keep-deliveries", \.deliveries.keep, age, standard: "730d",
                "How long a delivery stays in the log; results are kept apart from it, and for good"),
            .one(
                "keep-bodies", \.deliveries.keepBodies, age, standard: "60d",
                "How long a kept body stays"),
            .one(
                "bodies-bytes", \.deliveries.bodiesBytes, .size(0...(64 << 30)), standard: "256MiB",
                "The most that kept bodies take together; the oldest go first"),
            .one(
                "max-deliveries", \.deliveries.entries, .integer(1000...1_000_000_000), standard: "5000000",
                "The most deliveries in the log; the oldest go first"),
        ])

    package static let retention = SectionDefinition<Settings>(
        name: "retention", argument: nil, summary: "How long results are kept.",
        keys: [
            KeyDefinition<Settings>.one(
                "results", \.retention.results, age.orOff, standard: "off",
                "How long a result stays whole; then it is erased down to the bare fact, which still keeps a second one out"
            ).known(as: "retention-results")
        ])

    package static let admin = SectionDefinition<Settings>(
        name: "admin", argument: nil,
        summary: "The endpoints /healthz, /readyz and /metrics, for those who watch over the server.",
        keys: [
            KeyDefinition<Settings>.one(
                "listen", \.admin.listen, ValueSyntax.address.orNothing, standard: "none", needsRestart: true,
                "The address of the endpoints; none: there are none. Port 0 takes any free port"
            ).known(as: "admin"),
            KeyDefinition<Settings>.one(
                "public", \.admin.isPublic, .yesOrNo, standard: "no", needsRestart: true,
                "Whether the address may be one that other machines reach; the endpoints ask nobody who they are"
            ).known(as: "admin-public"),
        ])

    package static let listener = SectionDefinition<ListenerSettings>(
        name: "listener", argument: "NAME",
        summary:
            "Addresses to listen on with TLS, beside listen. A socket of that name, which systemd passed, takes the "
            + "place of the addresses.",
        keys: [
            .list(
                "address", \.addresses, .address, mayRepeat: \.isAnyPort, standard: "none", needsRestart: true,
                "The addresses to listen on; port 0 takes any free port"),
            .one(
                "certificate", \.certificate, ValueSyntax.secret.orNothing, standard: "none",
                "The file of the certificate, the rest of its chain behind it (PEM), or credential:NAME for systemd's; "
                    + "without it and key there is no TLS. What is new in the file is taken at a reload"),
            .one(
                "key", \.key, ValueSyntax.secret.orNothing, standard: "none",
                "The file of its private key (PEM, no password), or credential:NAME; others must not be able to read it"
            ),
            .one(
                "client-ca", \.clientAuthority, ValueSyntax.secret.orNothing, standard: "none",
                "The file of authorities (PEM) by one of which a client must have a certificate; none: clients need none"
            ),
        ], hasVariables: false)

    /// The sections that come any number of times, each with a name.
    static let named = [listener.name, plugin.name]
    /// The sections that come once at most and take no name.
    package static let unnamed = [server, limits, deliveries, retention, admin]
    /// Their keys. No two have the same public name, because a variable does not name the section.
    package static let unnamedKeys = unnamed.flatMap(\.keys)

    package static let plugin = SectionDefinition<PluginSettings>(
        name: "plugin", argument: "NAME",
        summary: "One integration, which a request selects by ?plugin=NAME. The only one need not be selected.",
        keys: [
            .list(
                "secret-file", \.secrets, .secret, mayBeEmpty: true,
                standard: "$CREDENTIALS_DIRECTORY/secret where systemd gives one",
                "Files that hold a secret each, one line end at the end not counted, or credential:NAME for systemd's; "
                    + "a signature may be made with any of them"),
            .list(
                "retired-secret-file", \.retired, .secret, mayBeEmpty: true, standard: "none",
                "Files of secrets that were in use once; a signature by one of them is refused, and the log says so"),
            .list(
                "algorithms", \.algorithms, .word, standard: "sha1, sha256, sha512",
                "The hashes that a signature may use"),
            .one(
                "person-key", \.personKey, .word, standard: "either",
                "Which of a person's ids a message's student id is compared with"),
            .one(
                "external-source", \.externalSource, ValueSyntax.text("NAME").orNothing, standard: "any",
                "The only source whose external ids count"),
            .one(
                "schema", \.schema, ValueSyntax.inputFile.orNothing, standard: "the built-in results.xsd",
                "An XSD that messages must meet instead of the built-in one; one of another shape needs the map keys below"
            ),
        ] + FieldMapping.Field.allCases.map { .map($0) })

    private static let time = ValueSyntax.time(.milliseconds(1)...(.seconds(86_400)))
    private static let age = ValueSyntax.time(.seconds(60)...(.seconds(36_500 * 86_400)))
}

extension KeyDefinition where Target == PluginSettings {
    /// `map-…` for a field of another schema.
    fileprivate static func map(_ field: FieldMapping.Field) -> KeyDefinition {
        KeyDefinition(
            name: "map-\(field.rawValue)", placeholder: "XPATH", bounds: nil, isList: false,
            summary: "Where a message of another schema holds the field \(field.rawValue): XPath 1.0",
            standard: "none",
            assign: { target, items, origin, _ throws(WrongItem) in
                target.map[field] = items[0].isEmpty ? nil : Sourced(items[0], origin: origin)
            },
            show: { target in
                target.map[field].map { (quoted($0.value, inList: false), $0.origin) }
            })
    }
}
