/// `manual`: prints a manual page.
struct ManualCommand: Command {
    static let definition = CommandDefinition(
        path: ["manual"], summary: "Print a manual page, for man(1)",
        arguments: [
            ArgumentDefinition(
                name: "SECTION",
                summary: "1: the commands, results-receiver(1); 5: the settings, results-receiver.conf(5)")
        ],
        details: ["To read it: \(Program.name) manual 1 | man -l -"])

    private let page: String

    init(_ arguments: ParsedArguments) throws(Failure) {
        switch arguments.positional[0] {
        case "1": page = ManualPage.program
        case "5": page = ManualPage.settings
        case let other: throw Failure(.usage, "there is no manual page in section '\(other)'", hint: "write 1 or 5")
        }
    }

    func run(in surroundings: Surroundings) async throws(Failure) -> ExitCode {
        try surroundings.output.write(page)
        return .ok
    }
}

/// `completion`: prints the completion of a shell.
struct CompletionCommand: Command {
    static let definition = CommandDefinition(
        path: ["completion"], summary: "Print the completion of a shell",
        arguments: [ArgumentDefinition(name: "SHELL", summary: "bash")],
        details: ["For the shell that runs: source <(\(Program.name) completion bash)"])

    init(_ arguments: ParsedArguments) throws(Failure) {
        guard arguments.positional[0] == "bash" else {
            throw Failure(.usage, "there is no completion for '\(arguments.positional[0])'", hint: "write bash")
        }
    }

    func run(in surroundings: Surroundings) async throws(Failure) -> ExitCode {
        try surroundings.output.write(CompletionScript.bash)
        return .ok
    }
}
