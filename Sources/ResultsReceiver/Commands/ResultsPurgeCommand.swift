import Registry
import Results

/// `results purge`: erases old results down to the bare fact.
struct ResultsPurgeCommand: Command {
    static let definition = CommandDefinition(
        path: ["results", "purge"], summary: "Erase old results, so that only the bare fact of each is left",
        flags: [
            FlagDefinition(
                name: "--before", placeholder: "TIME", isNeeded: true,
                summary: "Those received before, revoked ones too"),
            FlagDefinition(name: "--yes", summary: "Do it; without it, only says how many there are"),
        ] + FlagDefinition.registry,
        details: [
            "Of a result stays that there was one: its id, enrolment, course, integration, reference, time of receipt and the "
                + "digest of its message, so that neither the message nor the enrolment ever gets a second one. 'results "
                + "list' and 'results export' leave it out. The enrolment that it finished loses name and e-mail address; "
                + "the person's ids stay. The deliveries of the message lose the ids, the text and the message.",
            "[retention] in the settings has the server do it.", TimeFlag.details,
        ], exitCodes: CommandDefinition.registryCodes())

    private let before: TimeFlag
    private let isSure: Bool
    private let registry: RegistryArguments

    init(_ arguments: ParsedArguments) throws(Failure) {
        before = try TimeFlag("--before", arguments)
        isSure = arguments.has("--yes")
        registry = RegistryArguments(arguments, of: Self.definition)
    }

    func run(in surroundings: Surroundings) async throws(Failure) -> ExitCode {
        let settings = try registry.settings(in: surroundings)
        guard let moment = try before.moment(in: settings.zone) else { throw Failure(.usage, "--before is missing") }
        let access = try RegistryArguments.open(settings)
        guard isSure else {
            let count = try withRegistry { () throws(RegistryError) in try access.purgeable(before: moment) }
            try surroundings.output.writeLine("would erase: \(count) results received before \(moment.iso8601)")
            if count > 0 { surroundings.say("hint", "--yes erases them; it cannot be undone") }
            return .ok
        }
        let count = try withRegistry { () throws(RegistryError) in try access.purge(before: moment) }
        try surroundings.output.writeLine("erased: \(count) results received before \(moment.iso8601)")
        return .ok
    }
}
