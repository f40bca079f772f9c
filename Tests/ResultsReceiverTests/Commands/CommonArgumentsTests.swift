import Configuration
import Glibc
import Testing

@testable import Registry
@testable import ResultsReceiver

/// What commands have in common: the registry's flags, the flags of one plugin, help, exit codes.
@Suite struct CommonArgumentsTests {
    static let ofTheRegistry: [[String]] = [
        ["serve"], ["enrolments", "import", "-"], ["enrolments", "list"],
        ["enrolments", "add", "i1", "--person", "p1", "--course", "c1"], ["enrolments", "cancel", "i1"],
        ["results", "list"], ["results", "export"], ["results", "revoke", "1", "--reason", "x"], ["maintenance", "on"],
        ["maintenance", "off"], ["maintenance", "status"], ["config", "check"], ["deliveries", "list"],
        ["deliveries", "show", "r"], ["deliveries", "export"], ["deliveries", "replay", "r"],
        ["deliveries", "dismiss", "r"], ["explain", "r"], ["report", "missing"], ["report", "attention"],
        ["person", "export", "p1"], ["person", "erase", "p1"], ["results", "purge", "--before", "2026-01-01"],
        ["database", "check"], ["database", "backup", "/nonexistent/b.db"],
        ["database", "restore", "/nonexistent/b.db"],
    ]

    @Test func noCommandOfTheRegistryIsForgotten() {
        let tried = Set(Self.ofTheRegistry.compactMap { CommandTable.command(for: $0)?.definition.name })
        let all = CommandTable.all.map { $0.definition }
        #expect(Set(all.filter { $0.flag("--database") != nil }.map(\.name)) == tried.union(["config show"]))
        #expect(all.filter { $0.path.count > 1 }.allSatisfy { $0.flag("--database") != nil })
        let ofNoSettings = ["manual", "completion"]
        #expect(all.filter { $0.flag("--config") == nil }.map(\.name) == ofNoSettings)
    }

    /// Each fails on the folder that is not there, and so names the database that it would have used.
    @Test(arguments: ofTheRegistry)
    func everyCommandOfTheRegistryTakesDatabaseAndConfig(command: [String]) async throws {
        var fixture = try CommandFixture()
        fixture.environment = ["RESULTS_RECEIVER_SECRET": "a secret for tests"]
        let settings = try fixture.write("x.conf", "[server]\ndatabase = /nonexistent/of-the-settings/r.db\n")
        let input = "enrolment_id,person_id,course_id\ni1,p1,c1\n"
        func run(_ more: String...) async throws -> String {
            let ended = try await fixture.run(command + more, input: input)
            #expect(ended.code >= 64)
            return ended.errors
        }
        #expect(try await run("--database", "/nonexistent/of-the-flag/r.db").contains("/nonexistent/of-the-flag"))
        #expect(try await run("--config", settings).contains("/nonexistent/of-the-settings"))
        let both = try await run("--config", settings, "--database", "/nonexistent/of-the-flag/r.db")
        #expect(both.contains("/nonexistent/of-the-flag") && !both.contains("of-the-settings"))
    }

    static let ofOnePlugin: [[String]] = [
        ["serve", "--secret-file", "s"], ["serve", "--schema", "s"], ["check", "-", "--schema", "s"],
        ["sign", "-", "--secret-file", "s"], ["send", "-", "--url", "http://127.0.0.1:1/", "--secret-file", "s"],
        ["selftest", "--url", "http://127.0.0.1:1/", "--secret-file", "s"],
    ]

    @Test(arguments: ofOnePlugin)
    func withSeveralPluginsTheFlagsOfOneAreUsageErrors(command: [String]) async throws {
        let fixture = try CommandFixture()
        let settings = try fixture.write("x.conf", "[plugin one]\n[plugin two]\n")
        let ended = try await fixture.run(command + ["--config", settings])
        #expect(ended.code == 64)
        #expect(ended.errors.contains(": several plugins are configured"))
    }

    @Test(arguments: ["enrolments", "results", "deliveries", "report", "person", "maintenance", "database", "config"])
    func everyGroupHasHelp(group: String) async throws {
        let ended = try await CommandFixture().run(group, "--help")
        #expect(ended.code == 0)
        for command in CommandTable.definitions(in: group) { #expect(ended.output.contains("  \(command.name)")) }
    }

    // MARK: Exit codes

    @Test func theExitCodesAreThoseOfSysexits() {
        #expect(ExitCode.allCases.map(\.rawValue) == [0, 1, 64, 65, 66, 69, 70, 73, 74, 77, 78])
        #expect(ExitCode.foundWork.rawValue == 1)
        #expect(ExitCode.internalError.rawValue == 70)
        #expect(ExitCode.cannotCreate.rawValue == 73)
    }

    @Test func whatMayNotBeReadOrWrittenIsExitCode77() {
        #expect(ExitCode.reading(.notPermitted) == .notPermitted)
        for number in [EACCES, EPERM, EROFS] {
            #expect(Failure(RegistryError.cannotOpen(path: "/r.db", errno: number)).code == .notPermitted)
        }
        // SQLITE_READONLY and SQLITE_PERM.
        for code: Int32 in [8, 3] { #expect(Failure(.sqlite(code: code, message: "", sql: nil)).code == .notPermitted) }
        #expect(ExitCode.notPermitted.rawValue == 77)
    }

    @Test func theRegistrysFaultsHaveExitCodesOfTheirOwn() {
        func code(_ code: Int32) -> Int32 { Failure(.sqlite(code: code, message: "", sql: nil)).code.rawValue }
        // BUSY and LOCKED, IOERR and FULL, CANTOPEN, CORRUPT, and what nobody foresaw.
        #expect([5, 6, 10, 13, 14, 11, 1].map(code) == [69, 69, 74, 74, 73, 65, 70])
        // Extended codes too: BUSY_SNAPSHOT, IOERR_FSYNC.
        #expect([517, 1034].map(code) == [69, 74])
    }

    // MARK: The demonstration

    @Test func theDemonstrationListensOnPort8080OfThisMachineUnlessToldOtherwise() throws {
        let demonstration = try Demonstration()
        defer { demonstration.remove() }
        func addresses(_ listen: [String]) throws -> [String] {
            try demonstration.settings(listen: listen, path: nil, admin: nil).settings.server.listen.value.map(
                \.description)
        }
        #expect(try addresses([]) == ["127.0.0.1:8080"])
        #expect(try addresses(["127.0.0.1:81", "[::1]:81"]) == ["127.0.0.1:81", "[::1]:81"])
    }

    // MARK: Progress

    @Test func offATerminalALongImportSaysNowAndThenHowFarItIs() throws {
        let surroundings = Surroundings(environment: [:], output: OutputChannel(), errors: OutputChannel())
        let line = ProgressLine(surroundings)
        for rows in stride(from: 0, through: 1_000_000, by: 10_000) {
            line.show(ImportProgress(phase: .reading, rows: rows, bytes: rows * 64))
        }
        line.show(ImportProgress(phase: .merging, rows: 1_000_000, bytes: 64_000_000))
        line.end()
        #expect(
            surroundings.errors.collected == """
                results-receiver: progress: 250000 rows read (15 MiB)
                results-receiver: progress: 500000 rows read (30 MiB)
                results-receiver: progress: 750000 rows read (45 MiB)
                results-receiver: progress: 1000000 rows read (61 MiB)

                """)
        #expect(surroundings.output.collected == "")
    }
}
