import Configuration

/// `config show`: prints the settings that would be in force.
struct ConfigShowCommand: Command {
    static let definition = CommandDefinition(
        path: ["config", "show"], summary: "Show the effective settings, and where each comes from",
        flags: FlagDefinition.registry,
        details: [
            "The output can be used as a settings file, once a secret that stands in the environment itself has a file. "
                + "Behind each value stands where it comes from: a flag, the environment, the place in the file, or "
                + "default. Secrets are masked."
        ],
        exitCodes: [
            (.noInput, "the settings file is not there"), (.notPermitted, "the settings file may not be read"),
            (.configuration, "the settings are wrong"),
        ])

    private let settings: SettingsArguments

    init(_ arguments: ParsedArguments) throws(Failure) {
        settings = SettingsArguments(arguments, of: Self.definition)
    }

    func run(in surroundings: Surroundings) async throws(Failure) -> ExitCode {
        let settings = try settings.settings(in: surroundings)
        try surroundings.output.write(SettingsReport(settings).text)
        return .ok
    }
}
