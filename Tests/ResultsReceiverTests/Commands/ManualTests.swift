import Configuration
import Foundation
import Testing

@testable import ResultsReceiver

/// The manual pages and the shell completion.
@Suite struct ManualTests {
    @Test(arguments: ["1", "5"]) func aManualPageHasNothingButTheRequestsOfMan(section: String) async throws {
        let page = try await CommandFixture().run("manual", section)
        #expect(page.code == 0)
        // Every line that begins with a dot is one of the requests of man(7).
        let requests = Set(
            page.output.split(separator: "\n").filter { $0.hasPrefix(".") }.map { $0.prefix { $0 != " " } })
        #expect(requests.isSubset(of: [".\\\"", ".TH", ".SH", ".SS", ".PP", ".TP", ".B", ".BR", ".I", ".RI"]))
        #expect(!page.output.contains("\n\n"), "an empty line is a gap in the page")
    }

    @Test func everyCommandFlagAndExitCodeStandsInTheManual() async throws {
        let page = try await CommandFixture().run("manual", "1").output.replacing("\\-", with: "-")
        for command in CommandTable.all.map({ $0.definition }) {
            #expect(page.contains(".SS \(command.name)\n"))
            for flag in command.flags { #expect(page.contains(".B \(flag.synopsis)\n"), "\(flag.name)") }
        }
        for code in ExitCode.allCases { #expect(page.contains(".B \(code.rawValue)\n")) }
    }

    @Test func everySettingStandsInTheManual() async throws {
        let page = try await CommandFixture().run("manual", "5").output.replacing("\\-", with: "-")
        for key in SettingsTable.unnamedKeys.map(\.name) + SettingsTable.listener.keys.map(\.name)
            + SettingsTable.plugin.keys.map(\.name)
        {
            #expect(page.contains(".B \(key) = "), "\(key)")
        }
    }

    @Test(arguments: [["manual", "2"], ["manual"], ["completion", "fish"], ["completion"]])
    func whatThereIsNotIsAUsageError(arguments: [String]) async throws {
        let ended = try await CommandFixture().run(arguments)
        #expect(ended.code == 64 && ended.output.isEmpty)
    }

    /// What bash offers behind these words, the last of which is not finished.
    private func completions(_ words: String...) async throws -> [String] {
        let list = words.map { "'\($0)'" }.joined(separator: " ")
        let script = """
            eval "$("$PROGRAM" completion bash)"
            COMP_WORDS=(results-receiver \(list)); COMP_CWORD=\(words.count); _results_receiver
            printf '%s\\n' "${COMPREPLY[@]}"
            """
        let ended = try await BuiltProgram.shell("exec bash -c '\(script.replacing("'", with: "'\\''"))'")
        #expect(ended.errors == "")
        return ended.output.split(separator: "\n").map(String.init)
    }

    @Test func bashOffersCommandsFlagsAndTheirWords() async throws {
        #expect(try await completions("se") == ["serve", "send", "selftest"])
        #expect(try await completions("enrolments", "") == ["import", "list", "add", "cancel"])
        #expect(try await completions("results", "list", "--fo") == ["--format"])
        #expect(try await completions("results", "list", "--format", "") == ["table", "csv", "json"])
        #expect(try await completions("sign", "--al") == ["--algorithm"])
        #expect(try await completions("sign", "--algorithm", "sha2") == ["sha256"])
    }
}
