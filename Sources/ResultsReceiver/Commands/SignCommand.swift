import Configuration
import Signature

/// `sign`: prints the value of the signature header for a message.
struct SignCommand: Command {
    static let definition = CommandDefinition(
        path: ["sign"], summary: "Print the signature of a message, as the header X-WebHook-Signature takes it",
        arguments: [ArgumentDefinition(name: "FILE", summary: "The message; - reads standard input")],
        flags: [.secretFile, .algorithm, .plugin, .config],
        details: [
            "The bytes of the file are signed exactly as they are, so send them exactly as they are: with curl, "
                + "--data-binary @FILE."
        ],
        exitCodes: [
            (.noInput, "the file is not there"), (.notPermitted, "a file may not be read"),
            (.configuration, "there is no secret, or the settings are wrong"),
        ])

    private let file: String
    private let algorithm: Algorithm
    private let settings: SettingsArguments

    init(_ arguments: ParsedArguments) throws(Failure) {
        file = arguments.positional[0]
        algorithm = arguments.algorithm
        settings = SettingsArguments(arguments, of: Self.definition)
    }

    func run(in surroundings: Surroundings) async throws(Failure) -> ExitCode {
        let plugin = try settings.plugin(of: try settings.settings(in: surroundings))
        let secret = try plugin.loadSecrets(in: surroundings)[0]
        let message = try surroundings.read(file, limit: MessageFile.largest)
        try surroundings.output.writeLine(Signing.fieldValue(for: message, secret: secret, algorithm: algorithm))
        return .ok
    }
}

/// Files that hold a message.
enum MessageFile {
    /// In bytes: more than any server of this program takes.
    static let largest = 256 << 20
}

extension ParsedArguments {
    /// `--algorithm`, whose values the definition has checked; sha1 is what aNewSpring signs with.
    var algorithm: Algorithm { value(FlagDefinition.algorithm.name).flatMap(Algorithm.init(rawValue:)) ?? .sha1 }
}
