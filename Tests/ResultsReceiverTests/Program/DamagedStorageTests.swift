import Foundation
import Registry
import Testing

/// The real binary on files that are full, closed, foreign, torn, deleted or exchanged. Never a 200 for what is not
/// stored, and no restart is needed.
@Suite(.timeLimit(.minutes(5)))
struct DamagedStorageTests {
    private let folder: TemporaryFolder
    private var database: String { folder.file("results.db") }

    init() throws { folder = try TemporaryFolder() }

    private func start(
        _ persons: [String] = ["p1", "p2", "p3"], through command: [String] = []
    ) async throws -> RunningServer {
        try await RunningServer.start(
            enrolments: RunningServer.enrolments(persons), folder: folder, through: command)
    }

    private func post(_ person: String, to server: RunningServer) throws -> TestClient.Answer {
        try server.post(RunningServer.message(student: person))
    }

    private func expectUnreachable(_ answer: TestClient.Answer) {
        #expect(answer.code == 503, "\(answer.content)")
        #expect(answer.content.contains("\"reason\":\"registry-unreachable\""))
        #expect(answer.head.contains("\r\nRetry-After: "))
    }

    private func expectResults(of persons: [String]) async throws {
        let ended = try await BuiltProgram.run(["results", "export", "--database", database])
        #expect(try Self.persons(in: ended.output) == persons.sorted(), "\(ended.errors)")
        let check = try Connection(registry: database, creating: false).prepare("PRAGMA integrity_check")
        #expect(try check.first { $0.text(0) } == "ok")
    }

    private static func persons(in export: String) throws -> [String] {
        export.split(separator: "\n").dropFirst().map { String($0.split(separator: ",")[2]) }.sorted()
    }

    // MARK: Full

    @Test(.enabled(if: Wrapping.allowsMounts, "neither this user nor a namespace of theirs may mount"))
    func aFullFileSystemIs503UntilThereIsRoom() async throws {
        let disk = try await SmallDisk(over: folder)
        let server = try await start(through: disk.command)
        #expect(try post("p1", to: server).code == 200)
        try await disk.run("head -c 4194304 /dev/zero > fill")
        for _ in 1...2 { expectUnreachable(try post("p2", to: server)) }
        try await disk.run("rm fill")
        #expect(try post("p2", to: server).code == 200)
        #expect(try post("p3", to: server).code == 200)
        let export = try await disk.output(of: "'\(BuiltProgram.path)' results export --database results.db")
        #expect(try Self.persons(in: export) == ["p1", "p2", "p3"])
        await server.end(by: SIGKILL)
    }

    // MARK: Closed

    private func setMode(_ mode: Int, of file: String) throws {
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: file)
    }

    /// Gives the folder and what is in it to the user of `Wrapping.unprivileged`.
    private func giveAway() throws {
        guard geteuid() == 0 else { return }
        for name in [""] + (try FileManager.default.contentsOfDirectory(atPath: folder.path)) {
            let changed = unsafe chown(folder.file(name), 65534, 65534)
            #expect(changed == 0)
        }
    }

    @Test(
        .enabled(if: Wrapping.allowsUnprivileged, "the program lies where only this user reaches it"),
        arguments: [false, true])
    func inAReadOnlyFolderItDoesNotStartAndSaysWhy(exists: Bool) async throws {
        if exists { _ = try EnrolmentImport(into: database).run(CSVReader(bytes: RunningServer.enrolments(["p1"]))) }
        try giveAway()
        try setMode(0o500, of: folder.path)
        defer { try? setMode(0o700, of: folder.path) }
        let ended = try await BuiltProgram.shell(
            "exec \(Wrapping.unprivileged.joined(separator: " ")) \"$PROGRAM\" serve --listen 127.0.0.1:0 --database '\(database)'",
            environment: ["RESULTS_RECEIVER_SECRET": RunningServer.secret])
        #expect(ended.code == 77, "\(ended.errors)")
        #expect(
            ended.errors.contains("results-receiver: error: cannot open the database \(database): Permission denied"))
    }

    @Test(.enabled(if: Wrapping.allowsUnprivileged, "the program lies where only this user reaches it"))
    func aFolderThatBecomesReadOnlyKeepsNoResultFromTheDisk() async throws {
        _ = try EnrolmentImport(into: database).run(
            CSVReader(bytes: RunningServer.enrolments(["p1", "p2"])))
        try giveAway()
        let server = try await RunningServer.start(folder: folder, through: Wrapping.unprivileged)
        #expect(try post("p1", to: server).code == 200)
        try setMode(0o500, of: folder.path)
        let answer = try post("p2", to: server)
        #expect([200, 503].contains(answer.code))
        try setMode(0o700, of: folder.path)
        if answer.code == 503 { #expect(try post("p2", to: server).code == 200) }
        await server.end(by: SIGKILL)
        try await expectResults(of: ["p1", "p2"])
    }

    // MARK: Foreign

    @Test func aFileThatIsNoDatabaseIsRefusedAndLeftAsItIs() async throws {
        let content = Data(repeating: 0x41, count: 8192)
        try content.write(to: URL(filePath: database))
        let ended = try await BuiltProgram.run(
            ["serve", "--listen", "127.0.0.1:0", "--database", database],
            environment: ["RESULTS_RECEIVER_SECRET": RunningServer.secret])
        #expect(ended.code == 65)
        #expect(ended.errors.contains("\(database) is not a database"))
        #expect(FileManager.default.contents(atPath: database) == content)
    }

    @Test(arguments: ["garbage", "newer", "foreign"])
    func anotherFileInItsPlaceIs503UntilTheDatabaseIsBack(_ kind: String) async throws {
        let server = try await start()
        #expect(try post("p1", to: server).code == 200)
        let aside = folder.file("aside.db")
        try FileManager.default.moveItem(atPath: database, toPath: aside)
        switch kind {
        case "garbage": try Data(repeating: 0x41, count: 8192).write(to: URL(filePath: database))
        default:
            let other = folder.file("other.db")
            try Connection(registry: other, creating: true).execute(
                kind == "newer" ? "PRAGMA user_version = 99" : "PRAGMA application_id = 77")
            try FileManager.default.moveItem(atPath: other, toPath: database)
        }
        let before = FileManager.default.contents(atPath: database)
        for _ in 1...2 { expectUnreachable(try post("p2", to: server)) }
        #expect(FileManager.default.contents(atPath: database) == before, "what is not ours is not touched")
        try FileManager.default.removeItem(atPath: database)
        try FileManager.default.moveItem(atPath: aside, toPath: database)
        #expect(try post("p2", to: server).code == 200)
        await server.end(by: SIGKILL)
        try await expectResults(of: ["p1", "p2"])
    }

    // MARK: Torn

    @Test func aLogThatACrashLeftIsTakenOverAndItsTornEndIsNot() async throws {
        let first = try await start()
        #expect(try post("p1", to: first).code == 200)
        #expect(try post("p2", to: first).code == 200)
        await first.end(by: SIGKILL)
        let log = try #require(FileHandle(forWritingAtPath: database + "-wal"))
        #expect(try log.seekToEnd() > 0)
        // A frame that was half written when the power went.
        try log.write(contentsOf: Data(repeating: 0x5A, count: 3000))
        try log.close()
        let second = try await RunningServer.start(folder: folder)
        for person in ["p1", "p2"] {
            let answer = try post(person, to: second)
            #expect(answer.content.contains("\"reason\":\"duplicate\""))
        }
        #expect(try post("p3", to: second).code == 200)
        await second.end(by: SIGKILL)
        try await expectResults(of: ["p1", "p2", "p3"])
    }

    // MARK: Deleted

    @Test func aDeletedFolderIs503UntilABackupIsThere() async throws {
        let server = try await start()
        #expect(try post("p1", to: server).code == 200)
        let elsewhere = try TemporaryFolder()
        try Connection(registry: database, creating: false).execute("VACUUM INTO '\(elsewhere.file("backup.db"))'")
        try FileManager.default.removeItem(atPath: folder.path)
        for _ in 1...2 { expectUnreachable(try post("p2", to: server)) }
        #expect(!FileManager.default.fileExists(atPath: folder.path))
        try FileManager.default.createDirectory(atPath: folder.path, withIntermediateDirectories: false)
        try FileManager.default.moveItem(atPath: elsewhere.file("backup.db"), toPath: database)
        #expect(try post("p2", to: server).code == 200)
        #expect(try post("p1", to: server).content.contains("\"reason\":\"duplicate\""))
        await server.end(by: SIGKILL)
        try await expectResults(of: ["p1", "p2"])
    }

    @Test(arguments: [["-wal"], ["-shm"], ["-wal", "-shm"]])
    func aDeletedLogIsSavedBeforeTheNextAnswer(_ suffixes: [String]) async throws {
        let server = try await start()
        #expect(try post("p1", to: server).code == 200)
        for suffix in suffixes { try FileManager.default.removeItem(atPath: database + suffix) }
        #expect(try post("p2", to: server).code == 200)
        #expect(try post("p3", to: server).code == 200)
        await server.end(by: SIGKILL)
        try await expectResults(of: ["p1", "p2", "p3"])
    }
}
