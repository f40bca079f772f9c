import CSQLite
import Results
import Testing

@testable import Registry

/// Transactions that fail as a whole: nothing of them is stored, and the next one works.
@Suite struct StoreFaultTests {
    private let registry: RegistryFixture
    private let session: StoreSession
    private var doubtful: Set<[UInt8]> = []

    init() throws {
        registry = try RegistryFixture()
        session = try StoreSession(path: registry.path, creating: false, patience: 1000, lockWait: 100)
        try registry.enrol("e1", person: "p1")
        try registry.enrol("e2", person: "p2")
    }

    private func count() throws -> Int { try registry.outside.number("SELECT count(*) FROM result") }

    @Test mutating func aFullDiskStoresNothingAndTheNextTryIsAccepted() throws {
        // The limit lets no page be added, which a result with a long name needs.
        try session.connection.execute("PRAGMA max_page_count = 1")
        var large = try Entry.make("p2", bytes: 2)
        large.completion.partName = String(repeating: "x", count: 100_000)
        let error = #expect(throws: RegistryError.self) {
            try session.apply([.make("p1", bytes: 1), large], doubtful: &doubtful)
        }
        #expect(error?.primaryCode == SQLITE_FULL)
        #expect(try count() == 0)
        try session.connection.execute("PRAGMA max_page_count = 1000000")
        let outcomes = try session.apply([.make("p1", bytes: 1), large], doubtful: &doubtful)
        #expect(outcomes.map(\.registeredEnrolment) == ["e1", "e2"])
    }

    @Test mutating func aFailedCommitStoresNothingAndReleasesTheLock() throws {
        unsafe sqlite3_commit_hook(session.connection.handle, { _ in 1 }, nil)
        #expect(throws: RegistryError.self) {
            try session.apply([.make("p1", bytes: 1), .make("p9", bytes: 9)], doubtful: &doubtful)
        }
        #expect(try count() == 0)
        #expect(doubtful == [try Entry.make("p1", bytes: 1).digest])
        try registry.outside.execute("UPDATE maintenance SET message = 'the lock is free'")
        unsafe sqlite3_commit_hook(session.connection.handle, nil, nil)
        #expect(try session.apply([.make("p1", bytes: 1)], doubtful: &doubtful)[0].registeredEnrolment == "e1")
        #expect(doubtful.isEmpty)
        #expect(try session.apply([.make("p1", bytes: 1)], doubtful: &doubtful)[0].duplicateOfSameBytes == true)
    }

    @Test mutating func aCommitThatFailedAndIsFoundOnDiskAllTheSameIsAcknowledgedNextTime() throws {
        let entry = try Entry.make("p1", bytes: 1)
        _ = try session.apply([entry], doubtful: &doubtful)
        // As after a failed sync whose pages a later recovery found in the log: the sender was told 503.
        doubtful = [entry.digest, [UInt8](repeating: 7, count: 32)]
        guard case .redelivered = try session.apply([entry], doubtful: &doubtful)[0] else {
            Issue.record("not redelivered")
            return
        }
        #expect(doubtful.isEmpty)
        #expect(try session.apply([entry], doubtful: &doubtful)[0].duplicateOfSameBytes == true)
    }

    @Test mutating func aTriggerThatEndsTheTransactionFailsTheGroupAndStoresNothing() throws {
        try registry.outside.execute(
            """
            CREATE TRIGGER planted AFTER INSERT ON result WHEN NEW.student_id = 'p2'
            BEGIN SELECT RAISE(ROLLBACK, 'planted'); END
            """)
        #expect(throws: RegistryError.self) {
            try session.apply([.make("p1", bytes: 1), .make("p2", bytes: 2)], doubtful: &doubtful)
        }
        #expect(try count() == 0)
        #expect(!session.connection.isInTransaction)
        #expect(try session.apply([.make("p1", bytes: 1)], doubtful: &doubtful)[0].registeredEnrolment == "e1")
    }

    @Test mutating func errorsNeverCarryBoundValues() throws {
        try registry.outside.execute(
            "CREATE TRIGGER planted BEFORE INSERT ON result BEGIN SELECT RAISE(ABORT, 'planted'); END")
        let outcome = try session.apply([.make("p1", bytes: 1, part: "secret-part")], doubtful: &doubtful)[0]
        guard case .failed(let reason) = outcome else {
            Issue.record("\(outcome)")
            return
        }
        #expect(reason.contains("INSERT INTO result") && reason.contains("planted"))
        for value in ["p1", "secret-part", "ref-1", "2026-11-20"] { #expect(!reason.contains(value)) }
    }
}
