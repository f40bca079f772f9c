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
            (.badData, "the file is too large"), (.noInput, "the file or the settings file is not there"),
            (.notPermitted, "a file may not be read"),
            (.configuration, "there is no secret, or the settings are wrong"),
        ])

    private let message: MessageArguments

    init(_ arguments: ParsedArguments) throws(Failure) {
        message = MessageArguments(arguments, of: Self.definition)
    }

    func run(in surroundings: Surroundings) async throws(Failure) -> ExitCode {
        try surroundings.output.writeLine(try message.signed(in: surroundings).signature)
        return .ok
    }
}

/// The message that `sign` and `send` are about, and what to sign it with.
struct MessageArguments: Sendable {
    private let file: String
    private let algorithm: Algorithm
    private let settings: SettingsArguments

    init(_ arguments: ParsedArguments, of definition: CommandDefinition) {
        file = arguments.positional[0]
        // sha1 is what aNewSpring signs with.
        algorithm = arguments.algorithm ?? .sha1
        settings = SettingsArguments(arguments, of: definition)
    }

    /// The message and the value of its signature header, made with the plugin's first secret.
    func signed(in surroundings: Surroundings) throws(Failure) -> (message: [UInt8], signature: String) {
        let plugin = try settings.plugin(of: try settings.settings(in: surroundings))
        let secret = try plugin.loadSecrets(in: surroundings)[0]
        let message = try surroundings.read(file, limit: MessageFile.largest)
        return (message, Signing.fieldValue(for: message, secret: secret, algorithm: algorithm))
    }
}

/// Files that hold a message.
enum MessageFile {
    /// In bytes: more than any server of this program takes.
    static let largest = 256 << 20
}

extension ParsedArguments {
    /// `--algorithm`, whose values the definition has checked.
    var algorithm: Algorithm? { value(FlagDefinition.algorithm.name).flatMap(Algorithm.init(rawValue:)) }
}
