package import Results
package import Schema
package import Signature

/// One integration: a sender with its own secrets and its own form of messages.
package struct Plugin: Sendable {
    /// What `?plugin=` names.
    package var name: String
    /// At least one. Several are active at once while a secret is exchanged.
    package var secrets: [Secret]
    package var algorithms: Set<Algorithm>
    package var personKey: PersonKey
    /// Where its external ids come from; nil: any source.
    package var externalSource: String?
    package var schema: Schema
    /// Secrets that were in use once. What they signed is refused; the log says that they would fit.
    package var retiredSecrets: [Secret]
    /// Shared by all lanes.
    let hints = MismatchHints()

    package init(
        name: String, secrets: [Secret], algorithms: Set<Algorithm> = Set(Algorithm.allCases),
        personKey: PersonKey = .either, externalSource: String? = nil, schema: Schema, retiredSecrets: [Secret] = []
    ) {
        self.name = name
        self.secrets = secrets
        self.algorithms = algorithms
        self.personKey = personKey
        self.externalSource = externalSource
        self.schema = schema
        self.retiredSecrets = retiredSecrets
    }
}

/// What the results service is told.
package struct ReceiverSettings: Sendable {
    /// Of the endpoint, from its slash on, without a query.
    package var path: String
    /// At least one, each with a name of its own.
    package var plugins: [Plugin]
    /// Of answers to those who ask for no language that there is.
    package var language: Language
    /// In which times without zone are read, approval dates taken and moments shown.
    package var zone: CivilTime
    /// `redelivery = acknowledge`.
    package var acknowledgesRedelivery: Bool
    /// The most octets that a body may have.
    package var bodyBytes: Int
    /// Whether the delivery log keeps the bodies of refused messages.
    package var keepsBodies: Bool

    package init(
        path: String = "/results", plugins: [Plugin], language: Language = .nl, zone: CivilTime,
        acknowledgesRedelivery: Bool = false, bodyBytes: Int = 1_048_576, keepsBodies: Bool = true
    ) {
        self.path = path
        self.plugins = plugins
        self.language = language
        self.zone = zone
        self.acknowledgesRedelivery = acknowledgesRedelivery
        self.bodyBytes = bodyBytes
        self.keepsBodies = keepsBodies
    }
}
