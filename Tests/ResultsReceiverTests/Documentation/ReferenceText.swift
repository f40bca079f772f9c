import Configuration
import HTTP
import Receiver

@testable import ResultsReceiver

/// The parts of the documentation that are made from the definitions, as Markdown.
enum ReferenceText {
    // MARK: Commands

    static var commands: String {
        CommandTable.all.map { command($0.definition) }.joined(separator: "\n\n")
    }

    private static func command(_ command: CommandDefinition) -> String {
        var parts = ["### \(command.name)", escaped(command.summary) + "."]
        parts.append("```text\n\(UsageText.wrap(UsageText.synopsis(of: command), indent: 4))\n```")
        parts += command.details.map(escaped)
        let arguments = command.arguments.map { ["`\($0.name)`", $0.summary] }
        let flags = command.flags.map { flag in
            [
                "`\(flag.synopsis)`",
                flag.summary + (flag.isNeeded ? " (needed)" : "") + (flag.repeats ? " (may be repeated)" : ""),
            ]
        }
        if !arguments.isEmpty || !flags.isEmpty {
            parts.append(table(["argument", "meaning"], arguments + flags))
        }
        let codes = UsageText.exitCodes(of: command).map { ["\($0.code.rawValue)", $0.meaning] }
        parts.append(table(["exit code", "when"], codes))
        return parts.joined(separator: "\n\n")
    }

    static var exitCodes: String {
        table(["exit code", "meaning"], ExitCode.allCases.map { ["\($0.rawValue)", $0.meaning] })
    }

    // MARK: Settings

    static var settings: String {
        (SettingsTable.unnamed.map { section($0) } + [section(SettingsTable.listener), section(SettingsTable.plugin)])
            .joined(separator: "\n\n")
    }

    private static func section<Target>(_ section: SectionDefinition<Target>) -> String {
        let title = section.argument.map { "\(section.name) \($0)" } ?? section.name
        let rows = section.keys.map { key in
            [
                "`\(key.name)`", kind(of: key), isInWords(key) ? key.standard : "`\(key.standard)`",
                key.summary + (key.needsRestart ? "; taken at a start only" : ""),
                section.hasVariables ? elsewhere(key) : "",
            ]
        }
        return "### [\(title)]\n\n\(escaped(section.summary))\n\n"
            + table(["key", "value", "default", "meaning", "variable, flag"], rows)
    }

    private static func kind<Target>(of key: KeyDefinition<Target>) -> String {
        let words = key.placeholder.split(separator: "|").map { "`\($0)`" }
        if words.count > 1 { return (key.isList ? "any of " : "one of ") + words.joined(separator: ", ") }
        return words.joined() + (key.isList ? ", …" : "") + (key.bounds.map { ", \($0)" } ?? "")
    }

    /// Whether the default is told in words instead of being written as in a file.
    private static func isInWords<Target>(_ key: KeyDefinition<Target>) -> Bool {
        ["any", "none"].contains(key.standard) || key.standard.contains("$") || key.standard.hasPrefix("the ")
    }

    /// The variable, and the flag of `serve`, that take the key's place.
    private static func elsewhere<Target>(_ key: KeyDefinition<Target>) -> String {
        let flag = ServeCommand.definition.flags.first { $0.key == key.publicName }
        return "`\(key.variable)`" + (flag.map { ", `\($0.name)`" } ?? "")
    }

    // MARK: Answers

    static var statusTable: String {
        table(
            ["code", "reason", "name", "Edu-V", "Retry-After"],
            Reason.allCases.map { reason in
                [
                    "\(reason.status.code)", "`\(reason.rawValue)`", "`\(reason.name)`",
                    "\(reason.eduV.status) \(reason.eduV.message)", reason.retryAfter.map { "\($0) s" } ?? "",
                ]
            })
    }

    /// What the codes mean; reasons that differ from the others of their code are named.
    static var descriptions: String {
        var groups: [(texts: [String], reasons: [Reason])] = []
        for reason in Reason.allCases {
            let texts = [Language.nl, .en, .de].map { reason.description(in: $0) }
            if let index = groups.firstIndex(where: { $0.texts == texts }) {
                groups[index].reasons.append(reason)
            } else {
                groups.append((texts, [reason]))
            }
        }
        let rows = groups.map { group in
            let reason = group.reasons[0]
            let isAlone = group.reasons.count == 1 && Reason.allCases.count { $0.status == reason.status } > 1
            return ["\(reason.status.code)" + (isAlone ? " `\(reason.rawValue)`" : "")] + group.texts
        }
        return table(["code", "nl", "en", "de"], rows)
    }

    // MARK: Markdown

    static func table(_ header: [String], _ rows: [[String]]) -> String {
        let lines =
            [header.joined(separator: " | "), header.map { _ in "---" }.joined(separator: "|")]
            + rows.map { $0.map(cell).joined(separator: " | ") }
        return lines.enumerated().map { $0.offset == 1 ? "|\($0.element)|" : "| \($0.element) |" }
            .joined(separator: "\n")
    }

    private static func cell(_ text: String) -> String { escaped(text).replacing("|", with: "\\|") }

    private static func escaped(_ text: String) -> String {
        text.replacing("<", with: "&lt;").replacing("*", with: "\\*")
    }
}
