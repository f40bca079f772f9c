import Configuration
import Receiver
import Registry
import Results

/// `explain`: walks a message through every check of a delivery.
struct ExplainCommand: Command {
    static let definition = CommandDefinition(
        path: ["explain"], summary: "Say what each check finds in a message, and what would cure it",
        arguments: [
            ArgumentDefinition(
                name: "FILE|REFERENCE",
                summary: "A message (- reads standard input), or the reference of a recorded delivery")
        ],
        flags: [
            FlagDefinition(
                name: "--signature", placeholder: "VALUE", repeats: true,
                summary: "The value of X-WebHook-Signature as the sender gave it, with a FILE"),
            .plugin, .secretFile, .schema,
        ] + FlagDefinition.registry,
        details: [
            "Takes a message along the same road as a delivery, without storing anything: signature, size, XML, schema, "
                + "maintenance, whether the same bytes were registered before, person, course, enrolment. A line for "
                + "each, with what was found, in Dutch or German where the locale is."
        ],
        exitCodes: [(.ok, "the message would be accepted"), (.foundWork, "a check failed")]
            + CommandDefinition.registryCodes([
                .badData: "the message is larger than any can be",
                .noInput: "there is no such file or delivery, or its message is not kept",
                .configuration: "a schema is wrong, or there is no secret to check the signature with",
            ]))

    private let what: String
    private let signatures: [String]
    private let pluginName: String?
    private let registry: RegistryArguments
    private let settings: SettingsArguments

    init(_ arguments: ParsedArguments) throws(Failure) {
        what = arguments.positional[0]
        signatures = arguments.values("--signature")
        pluginName = arguments.value(FlagDefinition.plugin.name)
        registry = RegistryArguments(arguments, of: Self.definition)
        settings = SettingsArguments(arguments, of: Self.definition)
    }

    func run(in surroundings: Surroundings) async throws(Failure) -> ExitCode {
        let settings = try registry.settings(in: surroundings)
        let access = try RegistryArguments.open(settings)
        let (body, name, proof) = try subject(settings, access, surroundings)
        let checksSignature = if case .header = proof { true } else { false }
        let receiver = try settings.receiverSettings { plugin throws(Failure) in
            guard checksSignature, plugin.name == name else { return ([], []) }
            return (
                try plugin.loadSecrets(in: surroundings), try plugin.loadRetiredSecrets(in: surroundings)
            )
        }
        guard let plugin = receiver.plugins.first(where: { $0.name == name }) else {
            throw Failure(
                .configuration, "the settings have no plugin '\(name)', which the message came for",
                hint: "--config FILE names other settings")
        }
        let findings = try withRegistry { () throws(RegistryError) in
            try Explanation(
                settings: receiver, plugin: plugin, language: Language(of: settings, surroundings.environment),
                registry: access
            ).findings(about: body, proof)
        }
        for finding in findings {
            let verdict =
                switch finding.verdict {
                case .passed: "ok"
                case .failed: "FAILED"
                case .skipped: "-"
                }
            try surroundings.output.writeLine(
                verdict.padding(to: 8) + finding.check.rawValue.padding(to: 13) + TableWriter.cell(.text(finding.text)))
        }
        return findings.contains { $0.verdict == .failed } ? .foundWork : .ok
    }

    /// The message, the plugin that it is for, and what is known of its signature.
    private func subject(
        _ settings: Settings, _ access: RegistryAccess, _ surroundings: Surroundings
    ) throws(Failure) -> ([UInt8], plugin: String, Explanation.Proof) {
        if what == "-" || InputFile.exists(what) {
            let body = try surroundings.read(what, limit: MessageFile.largest)
            return (
                body, try self.settings.plugin(of: settings).name, signatures.isEmpty ? .none : .header(signatures)
            )
        }
        let rows = try withRegistry { () throws(RegistryError) in try access.deliveries(of: what) }
        guard !rows.isEmpty else {
            throw Failure(
                .noInput, "'\(what)' is neither a file nor the reference of a delivery",
                hint: "'deliveries list' shows the references")
        }
        guard signatures.isEmpty else {
            throw Failure(
                .usage, "--signature goes with a file",
                hint: "a recorded message was kept because its signature was right")
        }
        return (try access.keptBody(of: rows), pluginName ?? rows[0].plugin ?? "", .recorded)
    }
}
