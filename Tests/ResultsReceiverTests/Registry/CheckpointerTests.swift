import Foundation
import Results
import Testing

@testable import Registry

/// The length of the write-ahead log while commits go on without a pause.
@Suite(.timeLimit(.minutes(2))) struct CheckpointerTests {
    private static let enrolments = 4000
    private let registry: RegistryFixture

    init() throws {
        registry = try RegistryFixture()
        try registry.outside.execute(
            """
            WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < \(Self.enrolments))
            INSERT INTO enrolment(enrolment_id, person_id, course_id) SELECT 'e' || i, 'p' || i, 'c1' FROM n
            """)
        try registry.outside.checkpoint(.truncate)
    }

    /// Registers a result for every enrolment; the greatest length of the log in pages.
    private func load(_ session: StoreSession) throws -> Int {
        var doubtful: Set<[UInt8]> = []
        var longest = 0
        let numbers = (1...Self.enrolments).shuffled()
        for start in stride(from: 0, to: numbers.count, by: 8) {
            let group = try numbers[start..<start + 8].map { try Entry.make("p\($0)", bytes: $0) }
            let outcomes = try session.apply(group, doubtful: &doubtful)
            #expect(outcomes.allSatisfy { $0.registeredEnrolment != nil })
            longest = max(longest, session.connection.logPages)
        }
        return longest
    }

    private func session(_ limits: Checkpointer.Limits) throws -> StoreSession {
        try StoreSession(path: registry.path, creating: false, patience: 1000, lockWait: 100, checkpoints: limits)
    }

    @Test func theLogStaysBoundedUnderContinuousLoad() throws {
        let longest = try load(session(Checkpointer.Limits(worthwhile: 250, long: 500)))
        // They write some 8,000 pages; what comes while a checkpoint is under way is added to the limit.
        #expect(longest >= 500 && longest < 4000, "\(longest) pages")
        #expect(try registry.outside.prepare("SELECT count(*) FROM result").first { $0.integer(0) } == 4000)
    }

    @Test func aReaderThatHoldsOnToAnOldStateHindersNoCommit() throws {
        let session = try session(Checkpointer.Limits(worthwhile: 250, long: 500))
        let reader = try registry.outside.prepare("SELECT enrolment_id FROM enrolment")
        #expect(try reader.step())
        let longest = try load(session)
        #expect(longest > 4000, "the reader's state needs the whole log")
        reader.reset()
        session.finish()
        let size = try FileManager.default.attributesOfItem(atPath: registry.path + "-wal")[.size] as? Int
        #expect(size == 0)
    }

    @Test func openingMovesALogThatACrashLeftIntoTheDatabase() throws {
        var doubtful: Set<[UInt8]> = []
        let crashed = try session(Checkpointer.Limits())
        _ = try crashed.apply([Entry.make("p1")], doubtful: &doubtful)
        // What lies on the disk while a session is open is what its crash would leave.
        let folder = try TemporaryFolder()
        let path = folder.file("results.db")
        for ending in ["", "-wal"] {
            try FileManager.default.copyItem(atPath: registry.path + ending, toPath: path + ending)
        }
        let opened = try StoreSession(path: path, creating: false, patience: 1000, lockWait: 100)
        // The database has the result also without its log.
        try FileManager.default.copyItem(atPath: path, toPath: folder.file("alone.db"))
        let alone = try Connection(registry: folder.file("alone.db"), creating: false)
        #expect(try alone.prepare("SELECT count(*) FROM result").first { $0.integer(0) } == 1)
        opened.abandon()
    }
}
