import Configuration
import Glibc

/// The program as a whole: finds the command, runs it and turns failures into messages and exit codes.
enum Program {
    static let name = "results-receiver"
    static let version = "0.1.0"

    /// Runs the command that the arguments (without the program's name) ask for. Never exits the process.
    static func run(_ arguments: [String], in surroundings: Surroundings) async -> ExitCode {
        do throws(Failure) {
            let code = try await dispatch(arguments, in: surroundings)
            try surroundings.output.flush()
            return code
        } catch {
            // What was written before the failure still belongs to the reader.
            try? surroundings.output.flush()
            surroundings.report(error)
            return error.code
        }
    }

    private static func dispatch(_ arguments: [String], in surroundings: Surroundings) async throws(Failure) -> ExitCode
    {
        let hint = "see '\(name) --help'"
        guard let first = arguments.first else { throw Failure(.usage, "the command is missing", hint: hint) }
        if first == "--version" {
            try surroundings.output.writeLine("\(name) \(version)")
            return .ok
        }
        if first == "--help" || first == "-h" || first == "help" {
            let words = Array(arguments.dropFirst())
            guard words.isEmpty || CommandTable.firstWords.contains(words[0]) else {
                throw unknown(command: words[0])
            }
            try surroundings.output.write(help(words))
            return .ok
        }
        guard !first.hasPrefix("-") else {
            let cure = Suggestion.question(first, among: ["--help", "--version"]) ?? "the command comes first"
            throw Failure(.usage, "unknown flag \(first)", hint: "\(cure) (\(hint))")
        }
        if let command = CommandTable.command(for: arguments) {
            return try await run(command, Array(arguments.dropFirst(command.definition.path.count)), in: surroundings)
        }
        let group = CommandTable.definitions(in: first)
        guard !group.isEmpty else { throw unknown(command: first) }
        if arguments.contains("--help") || arguments.contains("-h") {
            try surroundings.output.write(help([first]))
            return .ok
        }
        throw unknown(arguments.dropFirst().first, in: first, group)
    }

    private static func run(
        _ command: any Command.Type, _ arguments: [String], in surroundings: Surroundings
    ) async throws(Failure) -> ExitCode {
        let parsed = try ArgumentParser(definition: command.definition).parse(arguments)
        if parsed.wantsHelp {
            try surroundings.output.write(UsageText.full(command.definition))
            return .ok
        }
        do throws(Failure) {
            return try await command.init(parsed).run(in: surroundings)
        } catch {
            // Every error comes with a hint; where nothing closer is known, the command's usage is one.
            guard error.hint == nil, !error.messages.isEmpty else { throw error }
            throw Failure(error.code, error.messages, hint: "see '\(name) \(command.definition.name) --help'")
        }
    }

    /// The usage text of the command, group or program that the words name.
    private static func help(_ words: [String]) -> String {
        if let command = CommandTable.command(for: words) { return UsageText.full(command.definition) }
        if let first = words.first, !CommandTable.definitions(in: first).isEmpty {
            return UsageText.overview(of: CommandTable.definitions(in: first), group: first)
        }
        return UsageText.overview(of: CommandTable.all.map { $0.definition }, group: nil)
    }

    private static func unknown(command word: String) -> Failure {
        let hint = "see '\(name) --help'"
        let cure = Suggestion.question(word, among: CommandTable.firstWords)
        return Failure(.usage, "unknown command '\(word)'", hint: cure.map { "\($0) (\(hint))" } ?? hint)
    }

    private static func unknown(_ word: String?, in group: String, _ commands: [CommandDefinition]) -> Failure {
        let words = commands.map { $0.path[1] }
        let hint = "see '\(name) \(group) --help'"
        guard let word else {
            return Failure(
                .usage, "'\(group)' alone is no command: \(words.joined(separator: ", "))", hint: hint)
        }
        let cure = Suggestion.nearest(to: word, among: words).map { "did you mean '\(group) \($0)'? (\(hint))" }
        return Failure(.usage, "unknown command '\(group) \(word)'", hint: cure ?? hint)
    }
}
