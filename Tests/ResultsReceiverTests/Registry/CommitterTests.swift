import Dispatch
import Log
import Registry
import Results
import Synchronization
import Testing

/// Groups, deadlines and overload, with a store that does as it is told.
@Suite(.timeLimit(.minutes(1))) struct CommitterTests {
    private let quiet = Logger(minimum: .error, format: .json) { _ in }

    /// A deadline that no test reaches.
    private var far: ContinuousClock.Instant { .now + .seconds(60) }

    private func registration(_ id: Int64) throws -> Registration {
        Registration(
            resultID: id, enrolment: try #require(EnrolmentID("e\(id)")), receivedAt: Timestamp(milliseconds: 0))
    }

    /// Starts a commit and returns once the committer has taken the entry in.
    private func begin(
        _ committer: Committer, _ entry: Entry, deadline: ContinuousClock.Instant
    ) -> Task<CommitResult, Never> {
        Task.immediate { await committer.commit(entry, deadline: deadline) }
    }

    @Test func whatWaitsIsCommittedInOneGroup() async throws {
        let store = ScriptedStore()
        let gate = store.hangNextApply()
        let committer = Committer(store: store, logger: quiet)
        let first = begin(committer, try .make(bytes: 0), deadline: far)
        await gate.entered()
        let rest = try (1...10).map { begin(committer, try .make(bytes: $0), deadline: far) }
        gate.open()
        #expect(await first.value == .done(.registered(try registration(1))))
        for (index, task) in rest.enumerated() {
            #expect(await task.value == .done(.registered(try registration(Int64(index) + 2))))
        }
        await committer.finish()
        #expect(store.groups == [1, 10])
        #expect(store.isClosed)
    }

    @Test func theTimeInTheStoreGrowsWhileItHangsAndIsZeroWhileItRests() async throws {
        let store = ScriptedStore()
        let gate = store.hangNextApply()
        let committer = Committer(store: store, logger: quiet)
        #expect(committer.timeInStore == .zero)
        let task = begin(committer, try .make(bytes: 0), deadline: far)
        await gate.entered()
        try await eventually { committer.timeInStore > .milliseconds(50) }
        gate.open()
        _ = await task.value
        try await eventually { committer.timeInStore == .zero }
        await committer.finish()
    }

    @Test func aHangingStoreIsAnsweredByTheDeadlineAndTheLateCommitIsFlagged() async throws {
        let store = ScriptedStore()
        let gate = store.hangNextApply()
        let committer = Committer(store: store, logger: quiet)
        let inside = begin(committer, try .make(bytes: 1), deadline: .now + .milliseconds(200))
        await gate.entered()
        let behind = begin(committer, try .make(bytes: 2), deadline: .now + .milliseconds(100))
        let patient = begin(committer, try .make(bytes: 3), deadline: far)
        // Both are answered while the store hangs, which it does until the gate opens.
        #expect(await behind.value == .unreachable)
        #expect(await inside.value == .unreachable)
        gate.open()
        // What was dropped in the queue is not stored; the late commit is flagged before the next group.
        #expect(await patient.value == .done(.registered(try registration(2))))
        #expect(store.events == ["apply 1", "mark [1]", "apply 1"])
        await committer.finish()
    }

    @Test func aLateCommitIsFlaggedAlsoWhenNothingFollows() async throws {
        let store = ScriptedStore()
        let gate = store.hangNextApply()
        let committer = Committer(store: store, logger: quiet)
        let task = begin(committer, try .make(), deadline: .now + .milliseconds(20))
        #expect(await task.value == .unreachable)
        gate.open()
        await committer.finish()
        #expect(store.events == ["apply 1", "mark [1]"])
    }

    @Test func aLateRefusalIsNotFlagged() async throws {
        let store = ScriptedStore()
        let gate = store.hangNextApply()
        store.answer = { _, _ in .refused(.unknownPerson) }
        let committer = Committer(store: store, logger: quiet)
        let task = begin(committer, try .make(), deadline: .now + .milliseconds(20))
        _ = await task.value
        gate.open()
        await committer.finish()
        #expect(store.events == ["apply 1"])
    }

    @Test func beyondItsCapacityTheQueueRefusesAtOnce() async throws {
        let store = ScriptedStore()
        let gate = store.hangNextApply()
        let committer = Committer(store: store, logger: quiet, capacity: 3)
        let first = begin(committer, try .make(bytes: 1), deadline: far)
        await gate.entered()
        let others = try (2...3).map { begin(committer, try .make(bytes: $0), deadline: far) }
        #expect(await committer.commit(try .make(bytes: 4), deadline: far) == .overloaded)
        gate.open()
        _ = await first.value
        for other in others { _ = await other.value }
        #expect(await committer.commit(try .make(bytes: 5), deadline: far) == .done(.registered(try registration(4))))
        await committer.finish()
    }

    @Test func aBusyStoreIsTriedAgainUntilItIsFree() async throws {
        let store = ScriptedStore()
        store.failures = [.busy, .busy]
        let committer = Committer(store: store, logger: quiet)
        #expect(await committer.commit(try .make(), deadline: far) == .done(.registered(try registration(1))))
        #expect(store.events == ["busy", "busy", "apply 1"])
        await committer.finish()
    }

    @Test func aStoreThatStaysBusyIsAnsweredByTheDeadlineAndNothingIsStoredLater() async throws {
        let store = ScriptedStore()
        store.failures = Array(repeating: .busy, count: 1_000_000)
        let committer = Committer(store: store, logger: quiet)
        #expect(await committer.commit(try .make(), deadline: .now + .milliseconds(50)) == .busy)
        store.failures = []
        #expect(await committer.commit(try .make(bytes: 2), deadline: far) == .done(.registered(try registration(1))))
        await committer.finish()
        #expect(store.groups == [1])
    }

    @Test func aFailedTransactionAnswersAllOfItsGroupAtOnce() async throws {
        let store = ScriptedStore()
        let gate = store.hangNextApply()
        let committer = Committer(store: store, logger: quiet)
        let first = begin(committer, try .make(bytes: 0), deadline: far)
        await gate.entered()
        let group = try (1...3).map { begin(committer, try .make(bytes: $0), deadline: far) }
        store.failures = [nil, .unavailable(code: 13, message: "database or disk is full")]
        gate.open()
        #expect(await first.value == .done(.registered(try registration(1))))
        for task in group { #expect(await task.value == .unreachable) }
        #expect(await committer.commit(try .make(bytes: 1), deadline: far) == .done(.registered(try registration(2))))
        await committer.finish()
        #expect(store.groups == [1, 1])
    }

    @Test func lostAnswersAreFlaggedBeforeTheNextGroup() async throws {
        let store = ScriptedStore()
        let gate = store.hangNextApply()
        let committer = Committer(store: store, logger: quiet)
        let first = begin(committer, try .make(bytes: 1), deadline: far)
        await gate.entered()
        committer.markUndelivered(41)
        committer.markUndelivered(42)
        let second = begin(committer, try .make(bytes: 2), deadline: far)
        gate.open()
        _ = await (first.value, second.value)
        #expect(store.events == ["apply 1", "mark [41, 42]", "apply 1"])
        await committer.finish()
    }

    @Test func flagsAreKeptUntilTheStoreTakesThem() async throws {
        let store = ScriptedStore()
        store.failures = [.busy, .unavailable(code: 10, message: "disk I/O error")]
        let committer = Committer(store: store, logger: quiet)
        committer.markUndelivered(7)
        await store.marked()
        #expect(store.events == ["busy", "failed", "mark [7]"])
        await committer.finish()
    }

    @Test func finishingCommitsWhatWaitsAndRefusesWhatComesAfter() async throws {
        let store = ScriptedStore()
        let gate = store.hangNextApply()
        let committer = Committer(store: store, logger: quiet)
        let first = begin(committer, try .make(bytes: 1), deadline: far)
        await gate.entered()
        let second = begin(committer, try .make(bytes: 2), deadline: far)
        let finish = Task.immediate { await committer.finish() }
        #expect(await committer.commit(try .make(bytes: 3), deadline: far) == .unreachable)
        gate.open()
        #expect(await first.value == .done(.registered(try registration(1))))
        #expect(await second.value == .done(.registered(try registration(2))))
        await finish.value
        await committer.finish()
        #expect(store.isClosed)
    }

    // MARK: The delivery log

    private func refusal(_ reference: String, bytes: Int = 0) -> DeliveryRecord {
        DeliveryRecord(
            reference: reference, receivedAt: .now(), code: 404, reason: "unknown-person",
            body: bytes > 0 ? [UInt8](repeating: 0, count: bytes) : nil)
    }

    @Test func refusedDeliveriesAreWrittenSoonWithoutAResultToCome() async throws {
        let store = ScriptedStore()
        let committer = Committer(store: store, logger: quiet)
        committer.record(refusal("a"))
        committer.record(refusal("b"))
        #expect(committer.countTurnedAway("signature-missing", plugin: "", at: .now()))
        await store.loggedOnce()
        #expect(store.events == ["log [\"a\", \"b\"] signature-missing 1"])
        await committer.finish()
    }

    @Test func atTheEndTheLogIsToldWhatItHasNotHeard() async throws {
        let store = ScriptedStore()
        let committer = Committer(store: store, logger: quiet)
        for number in 1...100 { committer.record(refusal("\(number)")) }
        await committer.finish()
        #expect(store.batches == [64, 36])
        #expect(store.isClosed)
    }

    @Test func resultsComeBetweenTheBatchesOfTheLog() async throws {
        let store = ScriptedStore()
        let gate = store.hangNextApply()
        let committer = Committer(store: store, logger: quiet)
        let first = begin(committer, try .make(bytes: 1), deadline: far)
        await gate.entered()
        for number in 1...200 { committer.record(refusal("\(number)")) }
        let second = begin(committer, try .make(bytes: 2), deadline: far)
        gate.open()
        #expect(await first.value == .done(.registered(try registration(1))))
        #expect(await second.value == .done(.registered(try registration(2))))
        await committer.finish()
        #expect(store.batches == [64, 64, 64, 8])
        let applied = try #require(store.events.lastIndex(of: "apply 1"))
        #expect(applied <= 2, "a result waits for one batch at most")
    }

    @Test func aBatchThatFailsIsTriedAgainAndNothingOfItIsLost() async throws {
        let store = ScriptedStore()
        store.failures = [.busy, .unavailable(code: 13, message: "full")]
        let committer = Committer(store: store, logger: quiet)
        committer.record(refusal("a"))
        _ = committer.countTurnedAway("signature-missing", plugin: "", at: .now())
        await store.loggedOnce()
        #expect(store.events == ["busy", "failed", "log [\"a\"] signature-missing 1"])
        await committer.finish()
    }

    @Test func aFailingLogHoldsUpNoResult() async throws {
        let store = ScriptedStore()
        store.failures = [.unavailable(code: 13, message: "full")]
        let committer = Committer(store: store, logger: quiet)
        committer.record(refusal("a"))
        try await eventually { store.events == ["failed"] }
        #expect(
            await committer.commit(try .make(bytes: 1), deadline: far) == .done(.registered(try registration(1))))
        await committer.finish()
        #expect(store.events == ["failed", "apply 1", "log [\"a\"]"])
    }

    @Test func whatFindsNoRoomIsCountedInTheLog() async throws {
        let store = ScriptedStore()
        let gate = store.hangNextApply()
        let log = CapturedLog()
        let committer = Committer(store: store, logger: log.logger)
        let first = begin(committer, try .make(bytes: 1), deadline: far)
        await gate.entered()
        // 32 MiB of bodies may wait.
        for number in 1...40 { committer.record(refusal("\(number)", bytes: 1 << 20)) }
        gate.open()
        _ = await first.value
        await committer.finish()
        #expect(store.batches.reduce(0, +) == 32)
        let line = try #require(try log.lines().first { $0["message"]?.contains("not recorded") ?? false })
        #expect(line["count"] == "8")
    }

    @Test func oldRowsGoBatchAfterBatchUntilNoneIsLeft() async throws {
        let store = ScriptedStore()
        store.oldRows = 3
        let committer = Committer(store: store, logger: quiet)
        committer.record(refusal("a"))
        try await eventually { store.batches.count == 3 }
        await committer.finish()
        #expect(store.batches == [1, 0, 0])
    }

    @Test func aFloodOfStrangersHas500RowsADay() async throws {
        let committer = Committer(store: ScriptedStore(), logger: quiet)
        func rows(ofDay day: Int64) -> Int {
            (0..<1440).reduce(0) { (sum: Int, minute: Int64) in
                let moment = Timestamp(milliseconds: (day * 1440 + minute) * 60_000)
                return sum
                    + (1...12).count { _ in committer.countTurnedAway("signature-missing", plugin: "", at: moment) }
            }
        }
        #expect(rows(ofDay: 20_000) == 500)
        #expect(rows(ofDay: 20_001) == 500)
        await committer.finish()
    }

    @Test func recordsAreWrittenInTheirOrderAlsoWhereBatchesFail() async throws {
        let store = ScriptedStore()
        let gate = store.hangNextApply()
        let committer = Committer(store: store, logger: quiet)
        let first = begin(committer, try .make(bytes: 1), deadline: far)
        await gate.entered()
        for number in 1...300 { committer.record(refusal("\(number)")) }
        store.failures = [nil, nil, .busy]
        gate.open()
        _ = await first.value
        try await eventually { store.events.contains("busy") }
        for number in 301...400 { committer.record(refusal("\(number)")) }
        await committer.finish()
        let written = store.events.flatMap { $0.matches(of: /"(\d+)"/).compactMap { Int($0.1) } }
        #expect(written == Array(1...400))
    }

    @Test func howMuchWasLostIsToldOnce() async throws {
        let store = ScriptedStore()
        let gate = store.hangNextApply()
        let log = CapturedLog()
        let committer = Committer(store: store, logger: log.logger)
        let first = begin(committer, try .make(bytes: 1), deadline: far)
        await gate.entered()
        for number in 1...16_484 { committer.record(refusal("\(number)")) }
        store.failures = [nil, .busy, .unavailable(code: 13, message: "full")]
        gate.open()
        _ = await first.value
        await committer.finish()
        let counts = try log.lines().filter { $0["message"]?.contains("not recorded") ?? false }.map { $0["count"] }
        #expect(counts == ["100"])
        #expect(store.batches.reduce(0, +) >= 16_384 - 128)
    }

    @Test func aFloodOfStrangersHasTenRowsAMinute() async throws {
        let committer = Committer(store: ScriptedStore(), logger: quiet)
        let minute = Timestamp(milliseconds: 1_795_179_780_000)
        let next = Timestamp(milliseconds: 1_795_179_840_000)
        let first = (1...50).count { _ in committer.countTurnedAway("no-such-path", plugin: "", at: minute) }
        let second = (1...50).count { _ in committer.countTurnedAway("no-such-path", plugin: "", at: next) }
        #expect(first == 10 && second == 10)
        #expect(committer.countTurnedAway("signature-missing", plugin: "", at: next))
        await committer.finish()
    }
}

/// Registers everything under increasing ids, unless told otherwise.
private final class ScriptedStore: Store {
    /// Holds a call in the store until it is opened.
    final class Gate: Sendable {
        private let isEntered = AsyncStream<Void>.makeStream()
        private let isOpen = DispatchSemaphore(value: 0)

        func entered() async {
            for await _ in isEntered.stream { return }
        }

        func open() { isOpen.signal() }

        fileprivate func pass() {
            isEntered.continuation.yield()
            isOpen.wait()
        }
    }

    private struct Script {
        var gate: Gate?
        var failures: [StoreError?] = []
        var answer: (@Sendable (Entry, Registration) -> Outcome) = { .registered($1) }
        var events: [String] = []
        var groups: [Int] = []
        var batches: [Int] = []
        /// How many calls it takes until no row is too old.
        var oldRows = 0
        var registered: Int64 = 0
        var isClosed = false
    }

    private let script = Mutex(Script())
    private let marks = AsyncStream<Void>.makeStream()
    private let logged = AsyncStream<Void>.makeStream()

    /// What the next calls throw, one after the other; nil: nothing.
    var failures: [StoreError?] {
        get { script.withLock { $0.failures } }
        set { script.withLock { $0.failures = newValue } }
    }

    var answer: @Sendable (Entry, Registration) -> Outcome {
        get { script.withLock { $0.answer } }
        set { script.withLock { $0.answer = newValue } }
    }

    var events: [String] { script.withLock { $0.events } }
    var groups: [Int] { script.withLock { $0.groups } }
    var batches: [Int] { script.withLock { $0.batches } }
    var isClosed: Bool { script.withLock { $0.isClosed } }

    func hangNextApply() -> Gate {
        let gate = Gate()
        script.withLock { $0.gate = gate }
        return gate
    }

    /// Returns once results were flagged.
    func marked() async {
        for await _ in marks.stream { return }
    }

    /// Returns after the next batch of the log.
    func loggedOnce() async {
        for await _ in logged.stream { return }
    }

    var oldRows: Int {
        get { script.withLock { $0.oldRows } }
        set { script.withLock { $0.oldRows = newValue } }
    }

    func apply(_ entries: [Entry]) throws(StoreError) -> [Outcome] {
        script.withLock { $0.gate.take() }?.pass()
        return try script.withLock { script throws(StoreError) in
            try Self.fail(&script)
            script.events.append("apply \(entries.count)")
            script.groups.append(entries.count)
            return entries.map { entry in
                script.registered += 1
                // The ids are tokens.
                guard let enrolment = EnrolmentID("e\(script.registered)") else { return .failed("no token") }
                return script.answer(
                    entry,
                    Registration(
                        resultID: script.registered, enrolment: enrolment, receivedAt: Timestamp(milliseconds: 0)))
            }
        }
    }

    func markUnanswered(_ results: [Int64]) throws(StoreError) {
        try script.withLock { script throws(StoreError) in
            try Self.fail(&script)
            script.events.append("mark \(results)")
        }
        marks.continuation.yield()
    }

    func record(_ records: [DeliveryRecord], turnedAway: [TurnedAway]) throws(StoreError) -> Bool {
        let leavesOldRows = try script.withLock { script throws(StoreError) in
            try Self.fail(&script)
            let tally = turnedAway.map { " \($0.reason) \($0.requests)" }.sorted().joined()
            script.events.append("log \(records.map(\.reference))\(tally)")
            script.batches.append(records.count)
            defer { script.oldRows = max(0, script.oldRows - 1) }
            return script.oldRows > 1
        }
        logged.continuation.yield()
        return leavesOldRows
    }

    func isInMaintenance() throws(StoreError) -> Bool {
        try script.withLock { script throws(StoreError) in try Self.fail(&script) }
        return false
    }

    func close() { script.withLock { $0.isClosed = true } }

    private static func fail(_ script: inout Script) throws(StoreError) {
        guard !script.failures.isEmpty, let failure = script.failures.removeFirst() else { return }
        script.events.append(failure == .busy ? "busy" : "failed")
        throw failure
    }
}
