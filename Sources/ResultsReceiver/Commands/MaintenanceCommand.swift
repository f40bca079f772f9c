import Registry
import Results

/// `maintenance on`: no result is registered until `maintenance off`.
struct MaintenanceOnCommand: Command {
    static let definition = CommandDefinition(
        path: ["maintenance", "on"], summary: "Answer deliveries 503 until 'maintenance off'",
        flags: [
            FlagDefinition(name: "--message", placeholder: "TEXT", summary: "What the answers say about it")
        ] + FlagDefinition.registry,
        details: [
            "A server that runs takes it up with its next delivery, and it lasts over a restart. The learning platform "
                + "delivers again later."
        ], exitCodes: CommandDefinition.registryCodes(creating: true))

    private let message: String?
    private let registry: RegistryArguments

    init(_ arguments: ParsedArguments) throws(Failure) {
        message = arguments.value("--message")
        if let message {
            let scalars = message.unicodeScalars
            if scalars.count > Maintenance.messageLimit || message.allSatisfy(\.isWhitespace)
                || scalars.contains(where: { $0.properties.generalCategory == .control })
            {
                throw Failure(
                    .usage, "--message needs one line of text of at most \(Maintenance.messageLimit) characters",
                    hint: "write it without line ends and control characters")
            }
        }
        registry = RegistryArguments(arguments, of: Self.definition)
    }

    func run(in surroundings: Surroundings) async throws(Failure) -> ExitCode {
        let registry = try registry.registry(in: surroundings, creating: true)
        let now = try withRegistry { () throws(RegistryError) in try registry.beginMaintenance(message: message) }
        try surroundings.output.writeLine(MaintenanceStatusCommand.line(now))
        return .ok
    }
}

/// `maintenance off`: results are registered again.
struct MaintenanceOffCommand: Command {
    static let definition = CommandDefinition(
        path: ["maintenance", "off"], summary: "Register results again", flags: FlagDefinition.registry,
        exitCodes: CommandDefinition.registryCodes())

    private let registry: RegistryArguments

    init(_ arguments: ParsedArguments) throws(Failure) {
        registry = RegistryArguments(arguments, of: Self.definition)
    }

    func run(in surroundings: Surroundings) async throws(Failure) -> ExitCode {
        let registry = try registry.registry(in: surroundings)
        _ = try withRegistry { () throws(RegistryError) in try registry.endMaintenance() }
        try surroundings.output.writeLine(MaintenanceStatusCommand.line(nil))
        return .ok
    }
}

/// `maintenance status`: says which of the two holds.
struct MaintenanceStatusCommand: Command {
    static let definition = CommandDefinition(
        path: ["maintenance", "status"], summary: "Show whether maintenance is on, since when and why",
        flags: FlagDefinition.registry, exitCodes: CommandDefinition.registryCodes())

    private let registry: RegistryArguments

    init(_ arguments: ParsedArguments) throws(Failure) {
        registry = RegistryArguments(arguments, of: Self.definition)
    }

    func run(in surroundings: Surroundings) async throws(Failure) -> ExitCode {
        let registry = try registry.registry(in: surroundings)
        let now = try withRegistry { () throws(RegistryError) in try registry.maintenance() }
        try surroundings.output.writeLine(Self.line(now))
        return .ok
    }

    static func line(_ maintenance: Maintenance?) -> String {
        guard let maintenance else { return "maintenance is off" }
        return "maintenance is on since \(maintenance.since.iso8601)" + (maintenance.message.map { ": \($0)" } ?? "")
    }
}
