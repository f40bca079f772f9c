import Dispatch
import Foundation
import Log
import Registry
import Results
import Testing

/// The store against its database: neighbours, locks, failures, the log's length.
@Suite(.timeLimit(.minutes(2))) struct SQLiteStoreTests {
    private let registry: RegistryFixture
    private let quiet = Logger(minimum: .error, format: .json) { _ in }

    init() throws { registry = try RegistryFixture() }

    private func count(_ table: String) throws -> Int64? {
        try registry.outside.prepare("SELECT count(*) FROM \(table)").first { $0.integer(0) }
    }

    // MARK: Many at once

    @Test func fortySimultaneousCommitsForOneEnrolmentRegisterOne() async throws {
        try registry.enrol("e1", person: "p1")
        let committer = Committer(store: registry.store, logger: quiet)
        let entries = try (1...40).map { try Entry.make(bytes: $0) }
        let results = await withTaskGroup(of: CommitResult.self) { group in
            for entry in entries {
                group.addTask { await committer.commit(entry, deadline: .now + .seconds(60)) }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        let outcomes = results.compactMap { if case .done(let outcome) = $0 { outcome } else { nil } }
        #expect(outcomes.count { $0.registeredEnrolment == "e1" } == 1)
        #expect(outcomes.count { $0.duplicateOfSameBytes == false } == 39)
        #expect(try count("result") == 1)
        await committer.finish()
    }

    @Test func twoStoresOnOneFileRegisterOneResultPerEnrolment() async throws {
        for enrolment in 0..<50 { try registry.enrol("e\(enrolment)", person: "p\(enrolment)") }
        let stores = [registry.store, try SQLiteStore(path: registry.path, logger: nil)]
        let committers = stores.map { Committer(store: $0, logger: quiet) }
        let registered = try await withThrowingTaskGroup(of: Bool.self) { group in
            for number in 0..<100 {
                let entry = try Entry.make("p\(number % 50)", bytes: number)
                group.addTask {
                    let result = await committers[number / 50].commit(entry, deadline: .now + .seconds(60))
                    guard case .done(let outcome) = result else { throw Unexpected(result: result) }
                    return outcome.registeredEnrolment != nil
                }
            }
            return try await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
        }
        #expect(registered == 50)
        #expect(try count("result") == 50)
        for committer in committers { await committer.finish() }
    }

    private struct Unexpected: Error {
        let result: CommitResult
    }

    // MARK: Neighbours

    @Test func theFailureOfOneEntryNeverFailsItsNeighbours() throws {
        for number in 1...3 { try registry.enrol("e\(number)", person: "p\(number)") }
        try registry.outside.execute(
            """
            CREATE TRIGGER planted AFTER INSERT ON result WHEN NEW.student_id = 'p2'
            BEGIN SELECT RAISE(ABORT, 'planted'); END
            """)
        let outcomes = try registry.apply(
            .make("p1", bytes: 1), .make("p2", bytes: 2), .make("p3", bytes: 3), .make("p1", bytes: 1))
        #expect(outcomes.map(\.registeredEnrolment) == ["e1", nil, "e3", nil])
        guard case .failed(let reason) = outcomes[1] else {
            Issue.record("\(outcomes[1])")
            return
        }
        #expect(reason.contains("planted") && !reason.contains("p2"))
        #expect(outcomes[3].duplicateOfSameBytes == true)
        #expect(try count("result") == 2)
        #expect(try registry.text("SELECT status FROM enrolment WHERE person_id = 'p2'") == "ingepland")
    }

    @Test func anEnrolmentThatWasReplacedByHandDoesNotTakeASecondResult() throws {
        try registry.enrol("e1", person: "p1", start: "2026-01-01")
        _ = try registry.apply(.make(bytes: 1))
        try registry.outside.execute(
            """
            PRAGMA foreign_keys = OFF; PRAGMA recursive_triggers = OFF;
            REPLACE INTO enrolment(enrolment_id, person_id, course_id) VALUES ('e1', 'p1', 'c1')
            """)
        #expect(try registry.apply(.make(bytes: 2))[0].duplicateOfSameBytes == false)
        try registry.enrol("e2", person: "p1", start: "2027-01-01")
        #expect(try registry.apply(.make(bytes: 3))[0].registeredEnrolment == "e2")
    }

    // MARK: Locks

    @Test func aLockHeldElsewhereIsBusyAtTheDeadlineAndTheNextTryIsAccepted() async throws {
        try registry.enrol("e1", person: "p1")
        let committer = Committer(store: registry.store, logger: quiet)
        try registry.outside.execute("BEGIN IMMEDIATE")
        #expect(await committer.commit(try .make(), deadline: .now + .milliseconds(300)) == .busy)
        try registry.outside.execute("COMMIT")
        // Registered now, or a moment after the deadline, when the lock went; then this is its redelivery.
        guard case .done(let outcome) = await committer.commit(try .make(), deadline: .now + .seconds(60)) else {
            Issue.record("not answered after the lock was gone")
            return
        }
        #expect(outcome.acknowledged?.enrolment.text == "e1")
        #expect(try count("result") == 1)
        await committer.finish()
    }

    @Test func aLockThatGoesInTimeIsWaitedFor() async throws {
        try registry.enrol("e1", person: "p1")
        let committer = Committer(store: registry.store, logger: quiet)
        try registry.outside.execute("BEGIN IMMEDIATE")
        let task = Task.immediate { [entry = try Entry.make()] in
            await committer.commit(entry, deadline: .now + .seconds(60))
        }
        // Meets the same lock, and tells when it has been waited for once.
        let other = try SQLiteStore(path: registry.path, logger: nil)
        #expect(throws: StoreError.busy) { try other.apply([.make("p9", bytes: 9)]) }
        other.close()
        try registry.outside.execute("COMMIT")
        guard case .done(.registered) = await task.value else {
            Issue.record("not accepted")
            return
        }
        await committer.finish()
    }

    @Test func maintenanceIsToldEvenWhileTheWriteLockIsTaken() throws {
        try registry.outside.execute("UPDATE maintenance SET since = 1; BEGIN IMMEDIATE")
        #expect(try registry.apply(.make()) == [.maintenance(message: nil)])
        try registry.outside.execute("COMMIT")
    }

    // MARK: Failures

    @Test func aDeletedFileIsUnavailableUntilItIsBack() throws {
        try registry.enrol("e1", person: "p1")
        let aside = registry.folder.file("aside.db")
        try registry.outside.execute("VACUUM INTO '\(aside)'")
        for suffix in ["", "-wal", "-shm"] { try FileManager.default.removeItem(atPath: registry.path + suffix) }
        for _ in 1...2 {
            let error = #expect(throws: StoreError.self) { try registry.apply(.make()) }
            guard case .unavailable = error else {
                Issue.record("\(String(describing: error))")
                return
            }
        }
        #expect(!FileManager.default.fileExists(atPath: registry.path), "an empty registry is not put in its place")
        try FileManager.default.moveItem(atPath: aside, toPath: registry.path)
        #expect(try registry.apply(.make())[0].registeredEnrolment == "e1")
    }

    @Test func aReplacedFileIsUsedFromThenOn() throws {
        try registry.enrol("e1", person: "p1")
        let other = try RegistryFixture()
        try other.enrol("e2", person: "p1")
        other.store.close()
        try other.outside.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        for suffix in ["-wal", "-shm"] { try FileManager.default.removeItem(atPath: registry.path + suffix) }
        let renamed = unsafe rename(other.path, registry.path)
        #expect(renamed == 0)
        #expect(try registry.apply(.make())[0].registeredEnrolment == "e2")
    }

    @Test func aClosedStoreIsUnavailable() throws {
        registry.store.close()
        #expect(throws: StoreError.self) { try registry.apply(.make()) }
    }

    // MARK: The log

    @Test func closingEmptiesTheLog() throws {
        try registry.enrol("e1", person: "p1")
        _ = try registry.apply(.make())
        registry.store.close()
        let size = try FileManager.default.attributesOfItem(atPath: registry.path + "-wal")[.size] as? Int
        #expect(size == 0)
    }

    @Test func nothingIsWrittenForAGroupOfRefusals() throws {
        _ = try registry.apply(.make())
        let wal = registry.path + "-wal"
        let before = try FileManager.default.attributesOfItem(atPath: wal)[.size] as? Int
        for number in 1...20 { _ = try registry.apply(.make("nobody", bytes: number)) }
        #expect(try FileManager.default.attributesOfItem(atPath: wal)[.size] as? Int == before)
    }
}
