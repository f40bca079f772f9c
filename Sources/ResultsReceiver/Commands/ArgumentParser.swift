import Configuration

/// The arguments of one command, checked against its definition.
struct ParsedArguments: Sendable, Equatable {
    /// What is no flag.
    var positional: [String] = []
    /// By the flag's name; a flag without value has an empty text for each time it was given.
    var flags: [String: [String]] = [:]
    /// `--help` was among them; the rest is not checked then.
    var wantsHelp = false

    func has(_ flag: String) -> Bool { flags[flag] != nil }
    func value(_ flag: String) -> String? { flags[flag]?.last }
    func values(_ flag: String) -> [String] { flags[flag] ?? [] }
}

/// Takes the arguments of a command apart.
///
/// Flags and other arguments mix; `--` ends the flags; `-` is no flag.
struct ArgumentParser {
    let definition: CommandDefinition

    func parse(_ arguments: [String]) throws(Failure) -> ParsedArguments {
        var parsed = ParsedArguments()
        parsed.wantsHelp = arguments.prefix { $0 != "--" }.contains { $0 == "--help" || $0 == "-h" }
        if parsed.wantsHelp { return parsed }
        var rest = arguments[...]
        while let argument = rest.popFirst() {
            if argument == "--" {
                parsed.positional += rest
                break
            }
            if argument.hasPrefix("-"), argument != "-" {
                try parseFlag(argument, &rest, into: &parsed)
            } else {
                parsed.positional.append(argument)
            }
        }
        for flag in definition.flags where flag.isNeeded && !parsed.has(flag.name) {
            throw usage("\(flag.name) is missing", "write \(flag.synopsis)")
        }
        try checkCount(parsed.positional)
        return parsed
    }

    private func parseFlag(
        _ argument: String, _ rest: inout ArraySlice<String>, into parsed: inout ParsedArguments
    ) throws(Failure) {
        let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        guard let flag = definition.flag(parts[0]) else {
            throw usage(
                "unknown flag \(parts[0])",
                Suggestion.question(parts[0], among: definition.flags.map(\.name) + ["--help"]))
        }
        var value = parts.count > 1 ? parts[1] : nil
        if flag.placeholder == nil {
            guard value == nil else { throw usage("\(flag.name) takes no value", nil) }
        } else if value == nil {
            // What looks like a flag is one: a value that begins with two dashes is written --flag=VALUE.
            guard let next = rest.first, !next.hasPrefix("--") else {
                throw usage("\(flag.name) needs a value", "write \(flag.synopsis)")
            }
            value = next
            rest = rest.dropFirst()
        }
        // Nothing takes one: more often than not it is a variable of a script that is not set.
        guard flag.placeholder == nil || value?.isEmpty == false else {
            throw usage("\(flag.name) needs a value, and the one given is empty", "write \(flag.synopsis)")
        }
        guard flag.repeats || !parsed.has(flag.name) else { throw usage("\(flag.name) is given twice", nil) }
        if let value, !flag.choices.isEmpty, !flag.choices.contains(value) {
            throw usage(
                "\(flag.name): '\(value)' is none of \(flag.choices.joined(separator: ", "))",
                Suggestion.question(value, among: flag.choices))
        }
        parsed.flags[flag.name, default: []].append(value ?? "")
    }

    private func checkCount(_ positional: [String]) throws(Failure) {
        let least = definition.arguments.count { $0.count != .any }
        if positional.count < least {
            throw usage("\(definition.arguments[positional.count].name) is missing", nil)
        }
        if positional.count > least, definition.arguments.allSatisfy({ $0.count == .one }) {
            throw usage("'\(positional[least])' is one argument too many", nil)
        }
    }

    private func usage(_ message: String, _ cure: String?) -> Failure {
        let help = "see '\(Program.name) \(definition.name) --help'"
        return Failure(.usage, message, hint: cure.map { "\($0) (\(help))" } ?? help)
    }
}
