// The flags that several commands share.

extension FlagDefinition {
    static let config = FlagDefinition(
        name: "--config", placeholder: "FILE",
        summary: "The settings file (default: /etc/results-receiver/results-receiver.conf if it is there)")

    static let database = FlagDefinition(
        name: "--database", placeholder: "FILE", key: "database",
        summary: "The database (default: the one of the settings)")

    static let schema = FlagDefinition(
        name: "--schema", placeholder: "FILE", key: "schema", summary: "An XSD that takes the place of the built-in one"
    )

    static let secretFile = FlagDefinition(
        name: "--secret-file", placeholder: "FILE", key: "secret-file",
        summary: "The file of the secret (default: RESULTS_RECEIVER_SECRET, or the settings' first)")

    static let plugin = FlagDefinition(
        name: "--plugin", placeholder: "NAME", summary: "Which plugin of the settings; the only one need not be named")

    static let algorithm = choice("--algorithm", ["sha1", "sha256", "sha512"], "The hash (default: sha1)")

    static let testAlgorithm = choice(
        algorithm.name, algorithm.choices, "The hash of right signatures (default: the first that the settings allow)")

    /// Where a command reads or writes the registry.
    static let registry = [database, config]
}
