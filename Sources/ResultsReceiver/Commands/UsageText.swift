/// The texts of `--help`, made from the definitions.
enum UsageText {
    private static let width = 80
    private static let indent = 26

    /// Of the whole program, or of a group such as `enrolments`.
    static func overview(of commands: [CommandDefinition], group: String?) -> String {
        let word = group.map { "\($0) COMMAND" } ?? "COMMAND"
        var text = "usage: \(Program.name) \(word) [ARGUMENT...]\n\n"
        if group == nil {
            text += "Receives aNewSpring's signed result webhooks and registers them by Coachview's rules.\n\n"
        }
        text += "commands:\n"
        for command in commands { text += row(command.name, command.summary) }
        text += "\n" + row("--help", "Show this text; behind a command, its own")
        if group == nil { text += row("--version", "Show the version") }
        return text
    }

    /// Of one command.
    static func full(_ command: CommandDefinition) -> String {
        var text = wrap("usage: \(synopsis(of: command))", indent: 4) + "\n\n" + wrap(command.summary + ".") + "\n"
        for paragraph in command.details { text += "\n" + wrap(paragraph) + "\n" }
        if !command.arguments.isEmpty {
            text += "\narguments:\n"
            for argument in command.arguments { text += row(argument.name, argument.summary) }
        }
        text += "\nflags:\n"
        for flag in command.flags + [.help] {
            let often = flag.repeats ? " (may be repeated)" : ""
            text += row(flag.synopsis, flag.summary + often)
        }
        text += "\nexit codes:\n"
        for (code, meaning) in exitCodes(of: command) { text += row("\(code.rawValue)", meaning) }
        return text
    }

    /// All codes of the command, those that every command has included, in their order.
    static func exitCodes(of command: CommandDefinition) -> [(code: ExitCode, meaning: String)] {
        let common = CommandDefinition.commonCodes.filter { one in
            !command.exitCodes.contains { $0.code == one.code }
        }
        return (command.exitCodes + common).sorted { $0.code.rawValue < $1.code.rawValue }
    }

    /// The command with all it takes, in one line.
    static func synopsis(of command: CommandDefinition) -> String {
        var words = [Program.name, command.name]
        words += command.arguments.map { argument in
            switch argument.count {
            case .one: argument.name
            case .oneOrMore: "\(argument.name)..."
            case .any: "[\(argument.name)...]"
            }
        }
        for flag in command.flags {
            words.append((flag.isNeeded ? flag.synopsis : "[\(flag.synopsis)]") + (flag.repeats ? "..." : ""))
        }
        return words.joined(separator: " ")
    }

    private static func row(_ left: String, _ right: String) -> String {
        let start = "  " + left
        let text = wrap(right, width: width - indent).split(separator: "\n")
        var lines = text.map { String(repeating: " ", count: indent) + $0 }
        if start.count < indent - 1, !lines.isEmpty {
            lines[0] = start + lines[0].dropFirst(start.count)
        } else {
            lines.insert(start, at: 0)
        }
        return lines.joined(separator: "\n") + "\n"
    }

    /// Lines of at most `width` characters, broken at spaces outside square brackets; all but the first are indented.
    static func wrap(_ text: String, width: Int = UsageText.width, indent: Int = 0) -> String {
        var lines: [String] = []
        var line = ""
        for word in words(of: text) {
            if line.isEmpty {
                line = word
            } else if line.count + 1 + word.count <= width {
                line += " " + word
            } else {
                lines.append(line)
                line = String(repeating: " ", count: indent) + word
            }
        }
        return (lines + [line]).joined(separator: "\n")
    }

    private static func words(of text: String) -> [String] {
        var depth = 0
        var words = [""]
        for character in text {
            if character == "[" { depth += 1 }
            if character == "]" { depth -= 1 }
            if character == " ", depth <= 0 {
                words.append("")
            } else {
                words[words.count - 1].append(character)
            }
        }
        return words.filter { !$0.isEmpty }
    }
}
