package import Log
import Dispatch
import Glibc
import Metrics
package import Results
import Synchronization

/// Commits entries in groups: while one transaction is written and synced, the next group gathers, so that a hundred
/// messages at once cost few syncs, and each is answered only when it is on disk.
///
/// One thread of its own calls the store, which blocks for as long as the disk takes; deadlines are kept by a timer
/// elsewhere, also while the disk hangs. What is committed after its sender was told otherwise is flagged in the
/// store, so that the identical message is acknowledged when it comes again. Call `finish` at the end: the thread
/// keeps the committer alive until then.
package final class Committer: Sendable {
    private let store: any Store
    private let logger: Logger
    private let capacity: Int
    private let figures: CommitFigures
    private let queue = Mutex(CommitQueue())
    /// Signalled when the thread sleeps and there is something to do.
    private let work = DispatchSemaphore(value: 0)
    /// Dispatch gives each serial queue that is busy a thread; the block that runs on this one ends with the committer.
    private let thread = DispatchQueue(label: "committer")
    private let timer = DispatchQueue(label: "commit-deadlines")
    private let end = End()
    /// Since when the thread has been in its present call of the store.
    private let inStoreSince = Mutex<ContinuousClock.Instant?>(nil)

    /// - Parameters:
    ///   - store: where groups are applied. From now on only this committer calls it, and closes it in the end.
    ///   - logger: told of failures, and of what was committed too late.
    ///   - capacity: how many entries may wait or be in a transaction; beyond it they are refused at once.
    ///   - figures: where stored groups are counted.
    package init(
        store: any Store, logger: Logger, capacity: Int = 1024, figures: CommitFigures = CommitFigures()
    ) {
        self.store = store
        self.logger = logger
        self.capacity = capacity
        self.figures = figures
        thread.async { self.run() }
        keepHouse(after: 60)
    }

    /// Commits one entry, together with whatever else waits. Returns after the commit, or at the deadline.
    package func commit(_ entry: Entry, deadline: ContinuousClock.Instant) async -> CommitResult {
        await withCheckedContinuation { continuation in
            let (refusal, wakes, arms) = queue.withLock { queue -> (CommitResult?, Bool, Bool) in
                let waiter = CommitQueue.Waiter(continuation: continuation, deadline: deadline)
                if let refusal = queue.admit(entry, waiter, capacity: capacity) { return (refusal, false, false) }
                return (nil, queue.takeSleep(), queue.takeAlarm(deadline))
            }
            if let refusal { return continuation.resume(returning: refusal) }
            if wakes { work.signal() }
            if arms { setTimer(for: deadline) }
        }
    }

    /// Keeps that a 200 did not reach its sender; written before the next group, or at once where none waits.
    package func markUndelivered(_ resultID: Int64) {
        let wakes = queue.withLock { queue in
            queue.mark([resultID])
            return queue.takeSleep()
        }
        if wakes { work.signal() }
    }

    /// How many messages wait for their transaction or are in it.
    package var queueDepth: Int { queue.withLock { $0.depth } }

    func put(_ question: StoreQuestion) {
        let wakes = queue.withLock { queue in
            queue.put(question)
            return queue.takeSleep()
        }
        if wakes { work.signal() }
    }

    /// Has a refused delivery written into the log, within a second where the store allows. Never waits.
    package func record(_ record: DeliveryRecord) {
        if queue.withLock({ $0.record(record) }) { setLogTimer() }
    }

    /// Counts a request that no right signature vouches for. Never waits.
    ///
    /// - Parameters:
    ///   - reason: the answer's machine word.
    ///   - plugin: the integration that was asked for, where it exists; else empty.
    ///   - moment: when it was answered.
    /// - Returns: whether it may be recorded as a delivery too: ten a minute for each reason.
    package func countTurnedAway(_ reason: String, plugin: String, at moment: Timestamp) -> Bool {
        let (wantsRow, setsTimer) = queue.withLock { $0.countTurnedAway(reason, plugin: plugin, at: moment) }
        if setsTimer { setLogTimer() }
        return wantsRow
    }

    /// Commits what waits, closes the store, and ends the thread; entries that come later are `unreachable`.
    ///
    /// Returns after ten seconds at the latest, also when the disk hangs.
    package func finish() async {
        let wakes = queue.withLock { queue in
            queue.finish()
            return queue.takeSleep()
        }
        if wakes { work.signal() }
        timer.asyncAfter(deadline: .now() + 10) { [end] in end.reach() }
        await end.wait()
    }

    /// For how long the store has been at work on one group, or one batch of the log; zero while it rests. Long only
    /// when the disk, or a lock of this very process, hangs: for another process's lock the store waits a moment at a time.
    package var timeInStore: Duration { inStoreSince.withLock { $0.map { .now - $0 } } ?? .zero }

    // MARK: Deadlines

    private func setTimer(for deadline: ContinuousClock.Instant) {
        later(deadline) { [weak self] in self?.expire() }
    }

    func later(_ moment: ContinuousClock.Instant, _ body: @escaping @Sendable () -> Void) {
        timer.asyncAfter(deadline: .now() + max(0, (moment - .now) / .seconds(1)), execute: body)
    }

    private func expire() {
        let (continuations, result, next) = queue.withLock { $0.expire(at: .now) }
        for continuation in continuations { continuation.resume(returning: result) }
        if let next { setTimer(for: next) }
    }

    /// Refused deliveries gather for a quarter of a second before they are written.
    private func setLogTimer(after seconds: Double = 0.25) {
        timer.asyncAfter(deadline: .now() + seconds) { [weak self] in
            guard let self else { return }
            let wakes = queue.withLock { queue in
                queue.logIsDue()
                return queue.takeSleep()
            }
            if wakes { work.signal() }
        }
    }

    /// Rows of the log grow too old also while nothing is delivered.
    private func keepHouse(after seconds: Double) {
        timer.asyncAfter(deadline: .now() + seconds) { [weak self] in
            guard let self else { return }
            if queue.withLock({ $0.takeLogTimer() }) { setLogTimer() }
            keepHouse(after: 3600)
        }
    }

    // MARK: The thread

    private func run() {
        while true {
            switch queue.withLock({ $0.next() }) {
            case .sleep:
                work.wait()
            case .commit(let group, let marks):
                if flag(marks, before: group) { commit(group) }
            case .log(let batch):
                log(batch)
            case .answer(let questions):
                answer(questions)
            case .finish:
                store.close()
                return end.reach()
            }
        }
    }

    private func commit(_ group: [Entry]) {
        guard !group.isEmpty else { return }
        do throws(StoreError) {
            let began = ContinuousClock.now
            let outcomes = try inStore { () throws(StoreError) in try store.apply(group) }
            figures.durations.observe(.now - began)
            figures.groupSizes.observe(group.count)
            let (answers, late) = queue.withLock { $0.settle(outcomes) }
            for (continuation, result) in answers { continuation.resume(returning: result) }
            for result in late {
                logger.log(.warning, "committed after its sender was answered", ["result": .integer(result)])
            }
        } catch .busy {
            queue.withLock { $0.putBack(group) }
            pause(seconds: 0.01)
        } catch {
            let waiting = queue.withLock { $0.abandon() }
            for continuation in waiting { continuation.resume(returning: .unreachable) }
            logger.logLimited("commit", .error, "a group of results was not stored", ["error": .text("\(error)")])
        }
    }

    private func answer(_ questions: [StoreQuestion]) {
        let found: StoreReadiness
        do throws(StoreError) {
            let isInMaintenance = try inStore { () throws(StoreError) in try store.isInMaintenance() }
            found = isInMaintenance ? .maintenance : .ready
        } catch {
            found = error == .busy ? .busy : .unreachable
        }
        for question in questions { question.answer(found) }
    }

    /// Tells the delivery log, and lets old rows go. What fails is tried again, unless the program ends.
    private func log(_ batch: DeliveryBacklog.Batch) {
        if batch.lost > 0 {
            logger.logLimited(
                "delivery log", .error, "refused deliveries were not recorded: too many waited",
                ["count": .integer(Int64(batch.lost))])
        }
        do throws(StoreError) {
            let leavesOldRows = try inStore { () throws(StoreError) in
                try store.record(batch.records, turnedAway: batch.tally)
            }
            if leavesOldRows, queue.withLock({ $0.takeLogTimer() }) { setLogTimer() }
        } catch {
            let isFinishing = queue.withLock { $0.isFinishing }
            if isFinishing {
                logger.logLimited(
                    "delivery log end", .error, "refused deliveries could not be recorded",
                    ["count": .integer(Int64(batch.records.count))])
            } else if queue.withLock({ $0.putBack(batch) }) {
                setLogTimer(after: 1)
            }
        }
    }

    /// Flags results as unanswered before the group is applied, which may hold their identical messages.
    ///
    /// - Returns: whether the group can go on; else it was put back.
    private func flag(_ marks: [Int64], before group: [Entry]) -> Bool {
        guard !marks.isEmpty else { return true }
        do throws(StoreError) {
            try inStore { () throws(StoreError) in try store.markUnanswered(marks) }
            return true
        } catch {
            let gaveUp = queue.withLock { queue in
                // At the end of the program a store that fails is not waited for.
                let gaveUp = queue.isFinishing && (error != .busy || end.isReached)
                if !gaveUp { queue.mark(marks) }
                if error == .busy { queue.putBack(group) }
                return gaveUp
            }
            if gaveUp {
                logger.log(.error, "unanswered results could not be flagged", ["count": .integer(Int64(marks.count))])
            } else if group.isEmpty || error == .busy {
                pause(seconds: error == .busy ? 0.01 : 0.25)
            }
            return error != .busy
        }
    }

    private func inStore<Value>(_ body: () throws(StoreError) -> Value) throws(StoreError) -> Value {
        inStoreSince.withLock { $0 = .now }
        defer { inStoreSince.withLock { $0 = nil } }
        return try body()
    }

    /// A rest before the store is tried again: nothing tells when a lock or a disk is free.
    private func pause(seconds: Double) {
        usleep(UInt32(seconds * 1_000_000))
    }
}
