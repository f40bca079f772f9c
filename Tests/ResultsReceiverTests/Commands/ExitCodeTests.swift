import Foundation
import Testing

@testable import Registry
@testable import ResultsReceiver

/// What a command's help says of exit codes is what it can end with.
@Suite struct ExitCodeTests {
    private func documented(_ path: [String]) throws -> Set<Int32> {
        let command = try #require(CommandTable.command(for: path)).definition
        return Set(UsageText.exitCodes(of: command).map(\.code.rawValue))
    }

    /// Arguments with which each command of the registry gets as far as the database.
    private static let registryCommands: [[String]] = [
        ["enrolments", "import", "-"], ["enrolments", "list"],
        ["enrolments", "add", "i1", "--course", "c1", "--person", "p1"], ["enrolments", "cancel", "i1"],
        ["results", "list"], ["results", "export"], ["results", "revoke", "1", "--reason", "wrong"],
        ["maintenance", "on"], ["maintenance", "off"], ["maintenance", "status"], ["deliveries", "list"],
        ["deliveries", "show", "r"], ["deliveries", "export"], ["deliveries", "replay", "r"],
        ["deliveries", "dismiss", "r"], ["explain", "r"], ["report", "missing"], ["report", "attention"],
        ["person", "export", "p"], ["person", "erase", "p"], ["results", "purge", "--before", "2026-01-01"],
        ["database", "check"], ["database", "backup", "/nonexistent/b.db"],
    ]

    @Test(arguments: registryCommands)
    func aDatabaseThatIsNoneEndsWithACodeOfTheHelp(arguments: [String]) async throws {
        let fixture = try CommandFixture()
        try fixture.write("text", String(repeating: "this is no database\n", count: 100))
        let folder = fixture.folder
        try FileManager.default.createDirectory(atPath: folder.file("folder"), withIntermediateDirectories: false)
        for (name, change) in [("newer", "PRAGMA user_version = 99"), ("foreign", "PRAGMA application_id = 7")] {
            try Connection(registry: folder.file(name), creating: true).execute(change)
        }
        let codes = try documented(arguments)
        var seen: [String: Int32] = [:]
        for database in ["text", "folder", "newer", "foreign", "missing/results.db", "text/results.db"] {
            let ended = try await fixture.run(
                arguments + ["--database", folder.file(database)], input: "enrolment_id,person_id,course_id\n1,2,3\n")
            #expect(codes.contains(ended.code), "\(arguments) with \(database): \(ended.code)")
            #expect(ended.errors.contains(folder.file(database)))
            seen[database] = ended.code
        }
        for name in ["text", "newer", "foreign"] { #expect(seen[name] == 65, "\(name)") }
    }

    @Test(arguments: registryCommands)
    func theHelpNamesEveryCodeThatTheRegistryCanEndACommandWith(arguments: [String]) throws {
        let errors: [RegistryError] =
            [
                .cannotOpen(path: "", errno: EISDIR), .cannotOpen(path: "", errno: EACCES), .missing(path: ""),
                .notADatabase(path: ""), .foreign(path: "", applicationID: 1), .newer(path: "", found: 2, supported: 1),
                .noWriteAheadLog(path: "", mode: "delete"),
            ] + (1...26).map { .sqlite(code: $0, message: "", sql: nil) }
        let codes = try documented(arguments)
        for error in errors { #expect(codes.contains(Failure(error).code.rawValue), "\(error)") }
    }

    @Test(arguments: CommandTable.all.map { $0.definition }.filter { $0.flag("--config") != nil }.map(\.path))
    func wrongSettingsFilesEndWithACodeOfTheHelp(path: [String]) async throws {
        let fixture = try CommandFixture()
        let definition = try #require(CommandTable.command(for: path)).definition
        let message = try fixture.write("m.xml", "<message/>")
        let positional: [String] = definition.arguments.map { $0.name == "FILE" ? message : "1" }
        let flags = definition.flags.filter(\.isNeeded).flatMap { flag in
            [flag.name, flag.name == "--before" ? "2026-01-01" : "http://127.0.0.1:1/"]
        }
        let person = path == ["enrolments", "add"] ? ["--person", "p1"] : []
        try fixture.write("garbage", "\u{1}\u{2}")
        for (file, code) in [("missing", 66), ("garbage", 78), (".", 66)] as [(String, Int32)] {
            let ended = try await BuiltProgram.run(
                path + positional + flags + person + ["--config", fixture.folder.file(file)])
            #expect(ended.code == code, "\(path) with \(file)")
            #expect(try documented(path).contains(ended.code), "\(path) with \(file)")
        }
    }

    @Test func emptyValuesAreToldAsSuchByEveryFlagOfEveryCommand() async throws {
        let fixture = try CommandFixture()
        for command in CommandTable.all {
            for flag in command.definition.flags where flag.placeholder != nil {
                for arguments in [["\(flag.name)="], [flag.name, ""]] {
                    let ended = try await fixture.run(command.definition.path + arguments)
                    #expect(ended.code == 64)
                    #expect(
                        ended.errors.hasPrefix(
                            "results-receiver: error: \(flag.name) needs a value, and the one given is empty\n"
                                + "results-receiver: hint: write \(flag.synopsis) "))
                }
            }
        }
    }
}
