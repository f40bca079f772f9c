import Foundation
import Registry
import Results
import Testing

/// The delivery log of the real binary under trouble: floods, a disk or a database that fails, an end without warning.
@Suite(.timeLimit(.minutes(5)))
struct DeliveryLogEndToEndTests {
    private func number(_ server: RunningServer, _ sql: String) throws -> Int64 {
        try Connection(registry: server.database, creating: false).prepare(sql).first { $0.integer(0) } ?? -1
    }

    private func run(_ server: RunningServer, _ arguments: String...) async throws -> BuiltProgram.Ended {
        try await BuiltProgram.run(
            arguments, environment: ["RESULTS_RECEIVER_DATABASE": server.database, "LANG": "C"],
            folder: server.folder.path)
    }

    /// Signed refusals as fast as one connection carries them; answers and results come all the while, and what the log
    /// holds and what it is said to have lost make up the whole.
    @Test func aFloodOfSignedRefusalsHoldsUpNoAnswerAndWhatIsLostIsSaid() async throws {
        let persons = (0..<20).map { "p\($0)" }
        let server = try await RunningServer.start(enrolments: RunningServer.enrolments(persons))
        let total = 20_000
        let flood = Thread.detached {
            let client = try TestClient(server.address, patience: 20)
            var sent = 0
            while sent < total {
                let requests = try (sent..<(sent + 100)).map {
                    try RunningServer.request(RunningServer.message(student: "nobody\($0)"))
                }
                client.send(requests.joined())
                for _ in 0..<100 where try client.answer().code != 404 { throw DidNotHappen() }
                sent += 100
            }
        }
        var slowest = Duration.zero
        for person in persons {
            let began = ContinuousClock.now
            #expect(try server.post(RunningServer.message(student: person)).code == 200)
            slowest = max(slowest, .now - began)
        }
        #expect(slowest < .seconds(2))
        try await flood.value()
        #expect(await server.end() == 0)
        let lost = server.errors.matches(of: /not recorded: too many waited".*?"count":(\d+)/).compactMap {
            Int64($0.1)
        }
        #expect(try number(server, "SELECT count(*) FROM delivery") == Int64(total + 20) - lost.reduce(0, +))
    }

    @Test func whileTheDiskIsFullRefusalsAreAnsweredAndRecordedOnceItIsNot() async throws {
        let faults = try await FaultLibrary()
        let server = try await RunningServer.start(environment: faults.environment())
        try faults.begin("ENOSPC")
        for number in 0..<20 {
            let began = ContinuousClock.now
            #expect(try server.post(RunningServer.message(student: "p1", part: "\(number)")).code == 404)
            #expect(try server.post("<message/>", signature: "no").code == 403)
            #expect(try server.post("<broken\(number)/>").code == 400)
            #expect(ContinuousClock.now - began < .seconds(2))
        }
        for await line in server.lines where line.contains("the registry failed") { break }
        try faults.end()
        let waiting = try Connection(registry: server.database, creating: false)
        let count = try waiting.prepare("SELECT count(*) FROM delivery WHERE digest IS NOT NULL")
        try await eventually { (try? count.first { $0.integer(0) }) == 40 }
        #expect(await server.end() == 0)
    }

    @Test func whileTheDatabaseIsLockedRefusalsAreAnsweredAndRecordedAfterwards() async throws {
        let server = try await RunningServer.start()
        let other = try Connection(registry: server.database, creating: false)
        try other.execute("BEGIN IMMEDIATE")
        for number in 0..<100 {
            let began = ContinuousClock.now
            #expect(try server.post("<broken\(number)/>").code == 400)
            #expect(ContinuousClock.now - began < .seconds(1))
        }
        // Time itself is the matter: the log is tried again each second, which nothing outside shows while it fails.
        try await Task.sleep(for: .seconds(3))
        try other.execute("COMMIT")
        let count = try other.prepare("SELECT count(*) FROM delivery")
        do {
            try await eventually { (try? count.first { $0.integer(0) }) == 100 }
        } catch {
            Issue.record("\(try count.first { $0.integer(0) } ?? -1) recorded; the server says:\n\(server.errors)")
        }
        #expect(await server.end() == 0)
    }

    @Test func aKillLosesTheRefusalsOfTheLastSecondAtMostAndNothingElse() async throws {
        let server = try await RunningServer.start(enrolments: RunningServer.enrolments(["p1"]))
        #expect(try server.post(RunningServer.message(student: "p2")).code == 404)
        let registry = try Connection(registry: server.database, creating: false)
        let count = try registry.prepare("SELECT count(*) FROM delivery")
        let began = ContinuousClock.now
        try await eventually { (try? count.first { $0.integer(0) }) == 1 }
        #expect(ContinuousClock.now - began < .seconds(1))
        #expect(try server.post(RunningServer.message(student: "p1")).code == 200)
        #expect(try server.post(RunningServer.message(student: "p3")).code == 404)
        await server.end(by: SIGKILL)
        #expect(try registry.prepare("PRAGMA integrity_check").first { $0.text(0) } == "ok")
        #expect((2...3).contains(try number(server, "SELECT count(*) FROM delivery")))
        #expect(try number(server, "SELECT count(*) FROM delivery WHERE reason = 'registered'") == 1)
        let again = try await RunningServer.start(folder: server.folder)
        #expect(try again.post(RunningServer.message(student: "p3")).code == 404)
        #expect(await again.end() == 0)
    }

    // MARK: Retention

    @Test func theSettingsSayHowLongAndHowMuchIsKept() async throws {
        let folder = try TemporaryFolder()
        try Data(
            """
            [server]
            listen = 127.0.0.1:0
            [deliveries]
            keep-deliveries = 30d
            keep-bodies = 10d
            bodies-bytes = 2KiB
            max-deliveries = 1000
            """.utf8
        ).write(to: URL(fileURLWithPath: folder.file("rr.conf")))
        let database = folder.file("results.db")
        let store = try SQLiteStore(path: database, logger: nil)
        let day: Int64 = 86_400_000
        let now = Timestamp.now().milliseconds
        func record(_ name: String, _ days: Int64, _ bytes: Int) -> DeliveryRecord {
            DeliveryRecord(
                reference: name, receivedAt: Timestamp(milliseconds: now - days * day), plugin: "default", code: 400,
                reason: "schema", digest: [UInt8](repeating: UInt8(days), count: 32),
                body: [UInt8](repeating: 1, count: bytes))
        }
        _ = try store.record(
            [record("old", 40, 10), record("bodiless", 20, 10), record("large", 5, 1500)], turnedAway: [])
        store.close()
        let server = try await RunningServer.start(folder: folder, arguments: ["--config", folder.file("rr.conf")])
        #expect(try server.post("<x>\(String(repeating: "y", count: 1000))</x>").code == 400)
        #expect(await server.end() == 0)
        #expect(try number(server, "SELECT count(*) FROM delivery WHERE reference IN ('bodiless', 'large')") == 2)
        #expect(try number(server, "SELECT count(*) FROM delivery") == 3)
        #expect(try number(server, "SELECT count(*) FROM delivery_body") == 1, "what came last")

        // One more than a thousand.
        let again = try await RunningServer.start(folder: folder, arguments: ["--config", folder.file("rr.conf")])
        for number in 0..<998 { _ = try again.post("<x\(number)/>") }
        #expect(await again.end() == 0)
        #expect(try number(server, "SELECT count(*) FROM delivery") == 1000)
        #expect(try number(server, "SELECT count(*) FROM delivery WHERE reference = 'bodiless'") == 0)
    }

    /// 60 MiB of bodies that are all too old go while results come.
    @Test func deletingOldRowsStallsNoDelivery() async throws {
        let persons = (0..<60).map { "p\($0)" }
        let server = try await RunningServer.start(enrolments: RunningServer.enrolments(persons))
        #expect(await server.end() == 0)
        let store = try SQLiteStore(path: server.database, logger: nil)
        let body = [UInt8](repeating: 1, count: 1 << 20)
        for number in 0..<60 {
            let record = DeliveryRecord(
                reference: "old\(number)",
                receivedAt: Timestamp(milliseconds: Timestamp.now().milliseconds - 10_000_000),
                plugin: "default", code: 400, reason: "schema", digest: [UInt8](repeating: UInt8(number), count: 32),
                body: body)
            _ = try store.record([record], turnedAway: [])
        }
        store.close()
        let again = try await RunningServer.start(
            folder: server.folder, environment: ["RESULTS_RECEIVER_KEEP_BODIES": "60s"])
        // Recording sets it off.
        #expect(try again.post("<x/>").code == 400)
        var slowest = Duration.zero
        for person in persons {
            let began = ContinuousClock.now
            #expect(try again.post(RunningServer.message(student: person)).code == 200)
            slowest = max(slowest, .now - began)
        }
        #expect(slowest < .seconds(1))
        let registry = try Connection(registry: again.database, creating: false)
        let bodies = try registry.prepare("SELECT count(*) FROM delivery_body")
        try await eventually { (try? bodies.first { $0.integer(0) }) == 1 }
        #expect(await again.end() == 0)
    }

    // MARK: Exports

    @Test(
        .disabled(if: runsUnderSanitizer(), "it keeps memory that was freed, and would be counted too"),
        arguments: [["deliveries", "export"], ["results", "export", "--format", "json"]])
    func anExportTakesConstantMemory(command: [String]) async throws {
        let folder = try TemporaryFolder()
        func peak(of rows: Int) async throws -> Int {
            let database = folder.file("\(rows).db")
            let registry = try Connection(registry: database, creating: true)
            try registry.execute(
                """
                BEGIN;
                CREATE TEMP TABLE n AS
                    WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < \(rows)) SELECT n FROM n;
                INSERT INTO enrolment(enrolment_id, person_id, course_id) SELECT 'e' || n, 'p' || n, 'c' FROM n;
                INSERT INTO result(enrolment_id, student_id, person_id, course_id, created_at, completed_at, approved_on,
                        received_at, reference, plugin, digest)
                    SELECT 'e' || n, 'p' || n, 'p' || n, 'c', n, n, '2026-11-20', n, 'a' || n, 'default',
                        randomblob(32) FROM n;
                INSERT INTO delivery(reference, received_at, code, reason, message, student_id, course_id)
                    SELECT 'r' || n, n, 404, 'unknown-person', hex(zeroblob(100)), 'p' || n, 'c' FROM n;
                COMMIT;
                """)
            return try Self.peak(command + ["--database", database], rows: rows)
        }
        let small = try await peak(of: 1000)
        let large = try await peak(of: 60_000)
        // In KiB: a few pages of the database and no more, where the rows themselves take 20 MiB.
        #expect(large - small < 8 << 10, "\(small) and \(large) KiB")
    }

    /// The largest resident set of a command in KiB, looked at while it waits for its output to be read.
    private static func peak(_ command: [String], rows: Int) throws -> Int {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: BuiltProgram.path)
        process.arguments = command
        let pipe = Pipe()
        process.standardOutput = pipe
        try process.run()
        var peak = 0
        var lines = 0
        while case let chunk = pipe.fileHandleForReading.availableData, !chunk.isEmpty {
            lines += chunk.count { $0 == UInt8(ascii: "\n") }
            let status =
                (try? String(contentsOfFile: "/proc/\(process.processIdentifier)/status", encoding: .utf8)) ?? ""
            if let match = status.firstMatch(of: /VmHWM:\s+(\d+) kB/) { peak = max(peak, Int(match.1) ?? 0) }
        }
        process.waitUntilExit()
        #expect(process.terminationStatus == 0 && lines > rows && peak > 0)
        return peak
    }
}

extension Thread {
    /// Work that blocks, on a thread of its own.
    fileprivate static func detached(_ work: @escaping @Sendable () throws -> Void) -> Blocking {
        let outcome = AsyncStream<Result<Void, any Error>>.makeStream()
        let thread = Thread { outcome.continuation.yield(Result { try work() }) }
        thread.start()
        return Blocking(outcome: outcome.stream)
    }

    fileprivate struct Blocking {
        let outcome: AsyncStream<Result<Void, any Error>>

        func value() async throws {
            for await result in outcome { return try result.get() }
        }
    }
}
