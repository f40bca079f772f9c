import Testing

@testable import ResultsReceiver

@Suite struct ProgramTests {
    @Test func versionIsPrinted() async throws {
        let ended = try await CommandFixture().run("--version")
        #expect(ended.code == 0)
        #expect(ended.output == "results-receiver 0.1.0\n")
    }

    @Test(arguments: CommandTable.all.map { $0.definition.path })
    func everyCommandHasHelpThatNamesItsFlagsAndExitCodes(path: [String]) async throws {
        let command = try #require(CommandTable.command(for: path)).definition
        let ended = try await BuiltProgram.run(path + ["--help"])
        #expect(ended.code == 0)
        #expect(ended.errors == "")
        #expect(ended.output.hasPrefix("usage: results-receiver \(command.name)"))
        for flag in command.flags { #expect(ended.output.contains("  \(flag.synopsis)")) }
        for (code, _) in command.exitCodes { #expect(ended.output.contains("\n  \(code.rawValue) ")) }
        #expect(ended.output.split(separator: "\n").allSatisfy { $0.count <= 80 || !$0.hasPrefix(" ") })
    }

    @Test func theOverviewNamesEveryCommand() async throws {
        let ended = try await CommandFixture().run("--help")
        #expect(ended.code == 0)
        for command in CommandTable.all { #expect(ended.output.contains("  \(command.definition.name)")) }
    }

    private static let wrong: [(arguments: [String], errors: String)] = [
        (
            [],
            "results-receiver: error: the command is missing\nresults-receiver: hint: see 'results-receiver --help'\n"
        ),
        (
            ["sgin"],
            "results-receiver: error: unknown command 'sgin'\n"
                + "results-receiver: hint: did you mean 'sign'? (see 'results-receiver --help')\n"
        ),
        (
            ["help", "sgin"],
            "results-receiver: error: unknown command 'sgin'\n"
                + "results-receiver: hint: did you mean 'sign'? (see 'results-receiver --help')\n"
        ),
        (
            ["--versoin"],
            "results-receiver: error: unknown flag --versoin\n"
                + "results-receiver: hint: did you mean '--version'? (see 'results-receiver --help')\n"
        ),
        (
            ["--config", "x", "sign"],
            "results-receiver: error: unknown flag --config\n"
                + "results-receiver: hint: the command comes first (see 'results-receiver --help')\n"
        ),
    ]

    @Test(arguments: wrong)
    private func whatIsNoCommandIsExitCode64(_ wrong: (arguments: [String], errors: String)) async throws {
        let ended = try await BuiltProgram.run(wrong.arguments)
        #expect(ended.code == 64)
        #expect(ended.output == "")
        #expect(ended.errors == wrong.errors)
    }

    private static let failing: [[String]] = [
        ["check", "/nonexistent/m.xml"], ["check", "--schema", "/nonexistent.xsd", "-"],
        ["sign", "/nonexistent/m.xml", "--secret-file", "/nonexistent"], ["serve", "--listen", "nowhere"],
        ["serve", "--secret-file", "/nonexistent", "--database", "/nonexistent/r.db"],
        ["serve", "--demo", "--path", "results"], ["config", "check", "--database", "/nonexistent/r.db"],
        ["config", "show", "--config", "/nonexistent"], ["enrolments", "import", "/nonexistent/e.csv"],
        ["enrolments", "list", "--database", "/nonexistent/r.db"],
        ["enrolments", "add", "i1", "--course", " ", "--person", "p1", "--database", "/nonexistent/r.db"],
        ["results", "export", "--since", "soon"],
    ]

    @Test(arguments: failing)
    func everyErrorComesWithAHint(arguments: [String]) async throws {
        let ended = try await BuiltProgram.run(arguments)
        #expect(ended.code >= 64)
        #expect(ended.errors.contains("results-receiver: error: "))
        #expect(ended.errors.split(separator: "\n").last?.hasPrefix("results-receiver: hint: ") == true)
    }

    @Test func aClosedPipeEndsQuietly() async throws {
        let ended = try await BuiltProgram.shell("{ \"$PROGRAM\" --help; echo $? >&2; } | true")
        #expect(ended.errors == "0\n")
    }

    @Test func aFullDiskIsExitCode74() async throws {
        let ended = try await BuiltProgram.shell("\"$PROGRAM\" --help >/dev/full")
        #expect(ended.code == 74)
        #expect(
            ended.errors == "results-receiver: error: cannot write the output: No space left on device\n"
                + "results-receiver: hint: look at where standard output goes\n")
    }

    @Test func aClosedOutputIsExitCode74() async throws {
        let ended = try await BuiltProgram.shell("\"$PROGRAM\" --help >&-")
        #expect(ended.code == 74)
        #expect(
            ended.errors == "results-receiver: error: cannot write the output: Bad file descriptor\n"
                + "results-receiver: hint: look at where standard output goes\n")
    }
}
