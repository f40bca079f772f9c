/// What a command is called, takes and does: the one definition from which its arguments are parsed and its usage text
/// and documentation are made.
struct CommandDefinition: Sendable {
    /// `["enrolments", "import"]`
    let path: [String]
    /// One line without a full stop.
    let summary: String
    var arguments: [ArgumentDefinition] = []
    var flags: [FlagDefinition] = []
    /// Paragraphs that say more than the summary.
    var details: [String] = []
    /// Beside those that every command has, and what they mean here.
    var exitCodes: [(code: ExitCode, meaning: String)] = []

    var name: String { path.joined(separator: " ") }

    func flag(_ name: String) -> FlagDefinition? { flags.first { $0.name == name } }
}

/// An argument that is known by its position.
struct ArgumentDefinition: Sendable {
    enum Count: Sendable {
        case one
        case oneOrMore
        case any
    }

    let name: String
    var count = Count.one
    let summary: String
}

/// A flag: `--name`, `--name VALUE` or `--name=VALUE`.
struct FlagDefinition: Sendable {
    /// With its dashes.
    let name: String
    /// Stands for the value; nil: the flag takes none.
    var placeholder: String?
    /// May be given more than once.
    var repeats = false
    /// The command does not work without it.
    var isNeeded = false
    /// The key of the settings that it takes the place of.
    var key: String?
    /// The only values it takes; any where empty.
    var choices: [String] = []
    let summary: String

    /// `--algorithm sha1|sha256|sha512`
    var synopsis: String {
        guard let placeholder = choices.isEmpty ? placeholder : choices.joined(separator: "|") else { return name }
        return "\(name) \(placeholder)"
    }

    static let help = FlagDefinition(name: "--help", summary: "Show this text")

    /// A flag with a few words to choose from.
    static func choice(_ name: String, _ choices: [String], _ summary: String) -> FlagDefinition {
        FlagDefinition(name: name, placeholder: "WORD", choices: choices, summary: summary)
    }
}

/// A command: made from its arguments, then run.
protocol Command: Sendable {
    static var definition: CommandDefinition { get }

    /// Checks what the definition alone cannot check.
    init(_ arguments: ParsedArguments) throws(Failure)

    /// The exit code, where nothing failed.
    func run(in surroundings: Surroundings) async throws(Failure) -> ExitCode
}
