import Foundation
import Testing

@testable import Registry

/// `database backup`, `database restore` and `database check` of the program, beside and without a server.
@Suite(.timeLimit(.minutes(5)))
struct BackupTests {
    private let folder: TemporaryFolder
    private var database: String { folder.file("results.db") }
    private var backup: String { folder.file("backup.db") }

    init() throws { folder = try TemporaryFolder() }

    private func run(_ arguments: String...) async throws -> BuiltProgram.Ended {
        try await BuiltProgram.run(arguments + ["--database", database])
    }

    private func mode(_ path: String) throws -> Int? {
        try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
    }

    private func results(in path: String) throws -> Set<String> {
        let query = try Connection(file: path).prepare("SELECT student_id FROM result")
        var found: Set<String> = []
        while try query.step() { found.insert(query.text(0) ?? "") }
        return found
    }

    private func files() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
    }

    /// A registry with the results of these persons, and nobody using it.
    private func fill(_ persons: [String], padding: Int = 0) throws {
        try? FileManager.default.removeItem(atPath: database)
        let store = try SQLiteStore(path: database, logger: nil)
        _ = try EnrolmentImport(into: database).run(CSVReader(bytes: RunningServer.enrolments(persons)))
        _ = try store.apply(persons.enumerated().map { try .make($0.element, bytes: $0.offset + 1) })
        if padding > 0 {
            try Connection(registry: database, creating: false).execute(
                """
                WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < \(padding))
                INSERT INTO turned_away SELECT 'x' || i, hex(randomblob(500)), '', 1, 1 FROM n
                """)
        }
        store.close()
    }

    // MARK: Backup

    /// What was answered 200 before the backup began is in it, whatever goes on meanwhile.
    @Test func aBackupWhileServingHoldsAllThatWasAcknowledged() async throws {
        let persons = (0..<60).map { "p\($0)" }
        let server = try await RunningServer.start(enrolments: RunningServer.enrolments(persons), folder: folder)
        for (index, person) in persons.enumerated() where index < 20 {
            #expect(try server.post(RunningServer.message(student: person)).code == 200)
        }
        async let ended = run("database", "backup", backup)
        for person in persons.dropFirst(20) {
            #expect(try server.post(RunningServer.message(student: person)).code == 200)
        }
        let report = try await ended
        #expect(report.code == 0, "\(report.errors)")
        #expect(report.output.hasSuffix("bytes, verified\n"))
        #expect(try results(in: backup).isSuperset(of: persons.prefix(20)))
        #expect(try mode(backup) == 0o600)
        #expect(try RegistryAccess(inspecting: backup).check().isSound)
        #expect(try files().filter { $0.hasPrefix("backup") } == ["backup.db", "backup.db.lock"])
    }

    @Test func aBackupOverwritesNothing() async throws {
        try fill(["p1"])
        try Data("precious".utf8).write(to: URL(fileURLWithPath: backup))
        for name in [backup, database] {
            let ended = try await run("database", "backup", name)
            #expect(ended.code == 73)
            #expect(ended.errors.hasPrefix("results-receiver: error: \(name) is there already\n"))
        }
        #expect(try String(contentsOfFile: backup, encoding: .utf8) == "precious")
        // A link that leads nowhere is not followed.
        try FileManager.default.createSymbolicLink(atPath: folder.file("link"), withDestinationPath: folder.file("x"))
        #expect(try await run("database", "backup", folder.file("link")).code == 73)
        #expect(!FileManager.default.fileExists(atPath: folder.file("x")))
    }

    @Test(.disabled(if: runsUnderThreadSanitizer(), "the limit of file sizes ends the sanitizer"))
    func aBackupThatFailsLeavesNothing() async throws {
        try fill(["p1"])
        let before = try files()
        let full = try await BuiltProgram.shell(
            "trap '' XFSZ; ulimit -f 16; exec \"$PROGRAM\" database backup '\(backup)' --database '\(database)'")
        #expect(full.code == 74, "\(full.errors)")
        #expect(full.errors.split(separator: "\n").count == 2)
        #expect(try await run("database", "backup", folder.file("no/such/folder")).code == 73)
        #expect(try files() == before)
    }

    @Test func whatAKilledBackupLeftIsTakenOver() async throws {
        try fill(["p1"])
        try Data(repeating: 0x41, count: 1 << 20).write(to: URL(fileURLWithPath: backup + ".partial"))
        #expect(try await run("database", "backup", backup).code == 0)
        #expect(try results(in: backup) == ["p1"])
        #expect(!FileManager.default.fileExists(atPath: backup + ".partial"))
    }

    @Test func aBackupOfADamagedDatabaseIsRefused() async throws {
        try fill(["p1"], padding: 2000)
        try damage(database)
        let check = try await run("database", "check")
        #expect(check.code == 65)
        #expect(!check.output.isEmpty)
        #expect(check.errors.hasPrefix("results-receiver: error: \(database) is damaged\n"))
        let ended = try await run("database", "backup", backup)
        #expect(ended.code == 65, "\(ended.errors)")
        #expect(!FileManager.default.fileExists(atPath: backup))
    }

    /// Overwrites pages in the middle.
    private func damage(_ path: String) throws {
        let handle = try #require(FileHandle(forUpdatingAtPath: path))
        defer { try? handle.close() }
        try handle.seek(toOffset: 400 << 10)
        try handle.write(contentsOf: Data(repeating: 0xFF, count: 64 << 10))
    }

    // MARK: Check

    @Test func checkSaysWhatIsWrongAndEndsWithOne() async throws {
        try fill(["p1"])
        let sound = try await run("database", "check")
        #expect(sound.code == 0)
        #expect(sound.output == "\(database): sound; 1 enrolments, 1 results, 1 deliveries\n")
        try Connection(registry: database, creating: false).execute("UPDATE delivery_size SET bodies = 9")
        let wrong = try await run("database", "check")
        #expect(wrong.code == 1)
        #expect(wrong.output == "delivery_size says 9, but the kept messages take 0 bytes\n")
        #expect(try await BuiltProgram.run(["database", "check", "--database", folder.file("none")]).code == 66)
    }

    // MARK: Restore

    @Test func aRestoredDatabaseServesWhatTheBackupHeld() async throws {
        let enrolments = RunningServer.enrolments(["p1", "p2"])
        let server = try await RunningServer.start(enrolments: enrolments, folder: folder)
        #expect(try server.post(RunningServer.message(student: "p1")).code == 200)
        #expect(try await run("database", "backup", backup).code == 0)
        #expect(try server.post(RunningServer.message(student: "p2")).code == 200)
        await server.end(by: SIGKILL)
        let ended = try await run("database", "restore", backup)
        #expect(ended.code == 0, "\(ended.errors)")
        #expect(ended.output.hasPrefix("\(database) is restored from \(backup): 1 results\n"))
        #expect(ended.errors.contains("1 results of the old database are not in \(backup)"))
        let kept = try #require(try files().first { $0.contains(".before-") })
        #expect(try results(in: folder.file(kept)) == ["p1", "p2"], "what the killed server's log held is kept too")
        #expect(try mode(database) == 0o600)
        let again = try await RunningServer.start(folder: folder)
        #expect(try again.post(RunningServer.message(student: "p1")).content.contains("\"reason\":\"duplicate\""))
        #expect(try again.post(RunningServer.message(student: "p2")).code == 200)
        // Ids go on where the old database ended: who asks for those after 2 gets it.
        let export = try await run("results", "export", "--after", "2")
        #expect(export.output.split(separator: "\n").last?.hasPrefix("3,i-p2,") == true)
        #expect(try await run("database", "check").code == 0)
    }

    @Test func nothingIsRestoredWhileTheDatabaseIsInUse() async throws {
        try fill(["p1"])
        #expect(try await run("database", "backup", backup).code == 0)
        let server = try await RunningServer.start(folder: folder)
        let ended = try await run("database", "restore", backup)
        #expect(ended.code == 69)
        #expect(ended.errors.hasPrefix("results-receiver: error: \(database) is in use\n"))
        #expect(ended.errors.contains("\nresults-receiver: hint: end the server, "))
        await server.end(by: SIGKILL)
        // A program that does not know the lock, such as the sqlite3 shell.
        let stranger = try Connection(file: database)
        #expect(try stranger.number("SELECT count(*) FROM result") == 1)
        #expect(try await run("database", "restore", backup).code == 69)
        #expect(try files().allSatisfy { !$0.contains(".before-") && !$0.contains(".restoring") })
    }

    /// Damage is the usual reason to go back; where the ids ended may still be readable.
    @Test func idsGoOnWhereADamagedDatabaseEnded() async throws {
        try fill(["p1"])
        #expect(try await run("database", "backup", backup).code == 0)
        try fill(["p1", "p2"])
        var page = 0
        do {
            let registry = try Connection(registry: database, creating: false)
            page = try registry.number("SELECT rootpage FROM sqlite_schema WHERE name = 'result'")
        }
        let file = try #require(FileHandle(forUpdatingAtPath: database))
        try file.seek(toOffset: UInt64(page - 1) * 4096)
        try file.write(contentsOf: Data(repeating: 0xFF, count: 4096))
        try file.close()
        let restored = try await run("database", "restore", backup)
        #expect(restored.code == 0 && restored.errors.contains("warning"), "\(restored.errors)")
        #expect(try results(in: database) == ["p1"])
        let registry = try Connection(registry: database, creating: false)
        #expect(try registry.number("SELECT seq FROM sqlite_sequence WHERE name = 'result'") == 2)
    }

    @Test func aRestoredDatabaseMayBeTheFirst() async throws {
        try fill(["p1"])
        try FileManager.default.moveItem(atPath: database, toPath: backup)
        let ended = try await run("database", "restore", backup)
        #expect(ended.code == 0)
        #expect(ended.output == "\(database) is restored from \(backup): 1 results\n")
        #expect(try results(in: database) == ["p1"])
    }

    @Test func aBackupOfAnEarlierVersionIsMigrated() async throws {
        #expect(FileManager.default.createFile(atPath: backup, contents: nil))
        try Migrations.run(on: Connection(file: backup), to: 1)
        #expect(try await run("database", "restore", backup).code == 0)
        #expect(try Connection(file: database).number("PRAGMA user_version") == Migrations.latest)
        #expect(try Connection(file: backup).number("PRAGMA user_version") == 1, "the backup stays as it is")
    }

    @Test func whatIsNoSoundBackupChangesNothing() async throws {
        try fill(["p1"], padding: 2000)
        for name in ["newer", "foreign", "damaged"] {
            try FileManager.default.copyItem(atPath: database, toPath: folder.file(name))
        }
        try Connection(file: folder.file("newer")).execute("PRAGMA user_version = 99")
        try Connection(file: folder.file("foreign")).execute("PRAGMA application_id = 7")
        try damage(folder.file("damaged"))
        try Data("no database at all, but long enough to be taken for one".utf8).write(
            to: URL(fileURLWithPath: folder.file("text")))
        try Data().write(to: URL(fileURLWithPath: folder.file("empty")))
        let before = try Data(contentsOf: URL(fileURLWithPath: database))
        let files = try files()
        for (name, code) in [
            ("newer", 65), ("foreign", 65), ("damaged", 65), ("text", 65), ("empty", 65), ("missing", 66),
            ("results.db", 64),
        ] as [(String, Int32)] {
            let ended = try await run("database", "restore", folder.file(name))
            #expect(ended.code == code, "\(name): \(ended.errors)")
            #expect(ended.errors.contains(folder.file(name)), "\(name): \(ended.errors)")
            #expect(ended.output.isEmpty)
        }
        #expect(try Data(contentsOf: URL(fileURLWithPath: database)) == before)
        #expect(try self.files() == files)
    }

    @Test func aDamagedDatabaseIsReplacedAndKept() async throws {
        try fill(["p1"], padding: 2000)
        #expect(try await run("database", "backup", backup).code == 0)
        let damaged = Data(repeating: 0x20, count: 8192)
        try damaged.write(to: URL(fileURLWithPath: database))
        try Data("a log".utf8).write(to: URL(fileURLWithPath: database + "-wal"))
        let ended = try await run("database", "restore", backup)
        #expect(ended.code == 0, "\(ended.errors)")
        #expect(ended.errors.contains("warning: the old database cannot be read"))
        #expect(try results(in: database) == ["p1"])
        let kept = try #require(try files().first { $0.contains(".before-") })
        #expect(try Data(contentsOf: URL(fileURLWithPath: folder.file(kept))) == damaged)
        #expect(!FileManager.default.fileExists(atPath: database + "-wal"))
    }

    @Test(.disabled(if: runsUnderThreadSanitizer(), "the limit of file sizes ends the sanitizer"))
    func aRestorationThatFailsChangesNothing() async throws {
        try fill(["p1"], padding: 2000)
        #expect(try await run("database", "backup", backup).code == 0)
        let before = try Data(contentsOf: URL(fileURLWithPath: database))
        let files = try files()
        let full = try await BuiltProgram.shell(
            "trap '' XFSZ; ulimit -f 64; exec \"$PROGRAM\" database restore '\(backup)' --database '\(database)'")
        #expect(full.code == 74, "\(full.errors)")
        #expect(try Data(contentsOf: URL(fileURLWithPath: database)) == before)
        #expect(try self.files() == files)
    }

    /// Killed at any moment, it leaves the old database or the new one.
    @Test func aRestorationThatIsKilledLeavesOneOfTheTwoWhole() async throws {
        try fill(["p1"], padding: 4000)
        #expect(try await run("database", "backup", backup).code == 0)
        try fill(["p1", "p2"])
        for milliseconds in stride(from: 5, through: 145, by: 20) {
            _ = try await BuiltProgram.shell(
                "timeout -s KILL 0.\(milliseconds < 10 ? "00" : milliseconds < 100 ? "0" : "")\(milliseconds) "
                    + "\"$PROGRAM\" database restore '\(backup)' --database '\(database)'")
            let findings = try RegistryAccess(to: database).check()
            #expect(findings.isSound)
            #expect([1, 2].contains(findings.results))
        }
        #expect(try await run("database", "restore", backup).code == 0)
        #expect(try files().allSatisfy { !$0.contains(".restoring") })
    }
}
