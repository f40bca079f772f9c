import Configuration
import Registry
import Results

/// `deliveries dismiss`: takes messages from those that need somebody.
struct DeliveriesDismissCommand: Command {
    static let definition = CommandDefinition(
        path: ["deliveries", "dismiss"], summary: "Say of refused messages that nothing is to be done about them",
        arguments: [ArgumentDefinition(name: "REFERENCE", count: .any, summary: "The deliveries that are meant")],
        flags: OpenMessageSelection.flags + FlagDefinition.registry,
        details: [
            "They stay in the log, and are no longer in 'report attention'. If one of the messages comes again and is "
                + "refused, it is open again.",
            "Prints what became of each reference; of a reason, how many there were.", TimeFlag.details,
        ],
        exitCodes: CommandDefinition.registryCodes([.noInput: "there is no such delivery"]))

    private let references: [String]
    private let selection: OpenMessageSelection
    private let registry: RegistryArguments

    init(_ arguments: ParsedArguments) throws(Failure) {
        references = arguments.positional
        selection = try OpenMessageSelection(arguments)
        registry = RegistryArguments(arguments, of: Self.definition)
    }

    func run(in surroundings: Surroundings) async throws(Failure) -> ExitCode {
        let settings = try registry.settings(in: surroundings)
        let access = try RegistryArguments.open(settings)
        if references.isEmpty {
            let filter = try selection.filter(in: settings.zone)
            let count = try withRegistry { () throws(RegistryError) in try access.dismiss(filter) }
            try surroundings.output.writeLine("\(count) dismissed")
            return .ok
        }
        var rows: [DeliveryRow] = []
        for reference in references { rows += try access.found(reference) }
        for row in rows {
            let wasOpen = try withRegistry { () throws(RegistryError) in try access.dismiss(row) }
            try surroundings.output.writeLine("\(row.reference): \(wasOpen ? "dismissed" : "was not open")")
        }
        return .ok
    }
}

/// Which open messages a command is about: those of named references, or all of a reason.
struct OpenMessageSelection: Sendable {
    static let flags = [
        FlagDefinition(
            name: "--reason", placeholder: "WORD", summary: "All open messages that were refused for this reason"),
        FlagDefinition(name: "--course", placeholder: "ID", summary: "With --reason: only those of this course"),
        FlagDefinition(
            name: "--since", placeholder: "TIME", summary: "With --reason: only those that last came then or later"),
    ]

    private let filter: OpenMessageFilter
    private let since: TimeFlag

    init(_ arguments: ParsedArguments) throws(Failure) {
        let references = arguments.positional
        filter = OpenMessageFilter(reason: try arguments.reason, course: arguments.value("--course"))
        since = try TimeFlag("--since", arguments)
        guard references.isEmpty != (filter.reason == nil) else {
            throw Failure(
                .usage, references.isEmpty ? "which messages are meant?" : "references and --reason exclude each other",
                hint: "name their references, or a reason: 'report attention' shows both")
        }
        if filter.reason == nil, arguments.has("--since") || arguments.has("--course") {
            throw Failure(.usage, "--since and --course go with --reason", hint: "leave them out, or give --reason")
        }
    }

    func filter(in zone: CivilTime) throws(Failure) -> OpenMessageFilter {
        var filter = filter
        filter.since = try since.moment(in: zone)
        return filter
    }
}
