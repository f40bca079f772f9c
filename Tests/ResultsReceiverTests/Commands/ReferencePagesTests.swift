import Configuration
import Foundation
import Testing

@testable import ResultsReceiver

/// The pages of `docs/` whose second half is made from the definitions. `UPDATE_DOCS=1 swift test --filter
/// ReferencePagesTests` writes them anew.
@Suite struct ReferencePagesTests {
    @Test func settingsPageShowsEveryKeyAsItIsDefined() throws {
        let text =
            section(SettingsTable.server) + section(SettingsTable.limits) + section(SettingsTable.plugin)
        try compare("SETTINGS.md", with: text)
    }

    @Test func commandsPageShowsEveryCommandAsItIsDefined() throws {
        try compare("COMMANDS.md", with: CommandTable.all.map { page($0.definition) }.joined())
    }

    private func section<Target>(_ section: SectionDefinition<Target>) -> String {
        var text = "\n## [\(section.name)\(section.argument.map { " \($0)" } ?? "")]\n\n\(section.summary)\n\n"
        text += "| key | value | default | meaning |\n|---|---|---|---|\n"
        for key in section.keys {
            let value = key.placeholder.replacing("|", with: " \\| ") + (key.isList ? ", …" : "")
            text += "| `\(key.name)` | \(value) | \(key.standard) | \(key.summary) |\n"
        }
        return text
    }

    private func page(_ command: CommandDefinition) -> String {
        var text = "\n## \(command.name)\n\n```\n"
        text += UsageText.wrap(UsageText.synopsis(of: command), width: 100, indent: 4) + "\n```\n\n"
        text += "\(command.summary).\n"
        for paragraph in command.details { text += "\n\(paragraph)\n" }
        text += "\n| | |\n|---|---|\n"
        for argument in command.arguments { text += "| `\(argument.name)` | \(argument.summary) |\n" }
        for flag in command.flags {
            let often = flag.repeats ? " (may be repeated)" : ""
            text += "| `\(flag.synopsis.replacing("|", with: "\\|"))` | \(flag.summary)\(often) |\n"
        }
        let codes = UsageText.exitCodes(of: command).map { "\($0.code.rawValue) \($0.meaning)" }
        return text + "\nExit codes: " + codes.joined(separator: "; ") + ".\n"
    }

    private func compare(_ name: String, with generated: String) throws {
        let file = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent().appending(path: "docs/\(name)")
        let page = try String(contentsOf: file, encoding: .utf8)
        let mark = try #require(page.range(of: "-->\n"))
        if ProcessInfo.processInfo.environment["UPDATE_DOCS"] == "1" {
            try Data((page[..<mark.upperBound] + generated).utf8).write(to: file)
        } else {
            #expect(page[mark.upperBound...] == generated)
        }
    }
}
