import Results

/// What waits for the committer's thread and what is in its hands: the committer's state, behind its lock.
///
/// A plain value that does nothing itself. Whoever changes it resumes the continuations it hands out, after the lock.
struct CommitQueue {
    /// Who waits for an entry.
    struct Waiter {
        /// Nil once resumed: then what becomes of the entry is of no use to its sender any more.
        var continuation: CheckedContinuation<CommitResult, Never>?
        let deadline: ContinuousClock.Instant
    }

    /// What the thread does next.
    enum Step {
        case commit([Entry], marks: [Int64])
        /// The delivery log: what it is told, and whether old rows may go as well.
        case log(DeliveryBacklog.Batch)
        /// Whether a result could be stored.
        case answer([StoreQuestion])
        case sleep
        case finish
    }

    /// Entries that wait for the next group, with their waiters at the same positions.
    private var entries: [Entry] = []
    private var waiters: [Waiter] = []
    /// The waiters of the group that the thread has taken, in its order.
    private var inFlight: [Waiter] = []
    /// Results whose answer did not reach its sender, to be flagged before the next group.
    private var marks: [Int64] = []
    private var questions: [StoreQuestion] = []
    private var isAsleep = false
    /// When the timer fires next; nil: not at all.
    private var alarm: ContinuousClock.Instant?
    /// What is to be told at a deadline: `busy` after the store said so, else `unreachable`.
    private var obstacle = CommitResult.unreachable
    private(set) var isFinishing = false
    /// What the delivery log has still to be told.
    private var backlog = DeliveryBacklog()
    /// The log's turn has come: it is told between two groups, a batch at a time.
    private var isLogDue = false
    private var isLogTimed = false
    private var wasLogLast = false

    // MARK: For those who wait

    /// Takes an entry in; or says why not.
    mutating func admit(_ entry: Entry, _ waiter: Waiter, capacity: Int) -> CommitResult? {
        if isFinishing { return .unreachable }
        if depth >= capacity { return .overloaded }
        entries.append(entry)
        waiters.append(waiter)
        return nil
    }

    /// How many entries wait or are in a transaction.
    var depth: Int { waiters.count + inFlight.count }

    /// Those that the clock has answered while the thread was held up are forgotten.
    mutating func put(_ question: StoreQuestion) {
        questions.removeAll { !$0.isOpen }
        questions.append(question)
    }

    mutating func mark(_ results: [Int64]) {
        marks.append(contentsOf: results)
    }

    mutating func finish() {
        isFinishing = true
    }

    /// - Returns: whether a timer must be set, after which `logIsDue` is called.
    mutating func record(_ record: DeliveryRecord) -> Bool {
        backlog.add(record)
        return takeLogTimer()
    }

    /// - Returns: whether the request may have a row of its own; and as `record`.
    mutating func countTurnedAway(
        _ reason: String, plugin: String, at moment: Timestamp
    ) -> (wantsRow: Bool, setsTimer: Bool) {
        (backlog.count(reason, plugin: plugin, at: moment), takeLogTimer())
    }

    mutating func logIsDue() {
        isLogDue = true
        isLogTimed = false
    }

    /// True once until the log's turn has come.
    mutating func takeLogTimer() -> Bool {
        // While the log is due nothing is timed, or no timer would ever be set again.
        guard !isLogTimed, !isLogDue, !isFinishing else { return false }
        isLogTimed = true
        return true
    }

    /// Whether the thread sleeps and must be woken; true once per sleep.
    mutating func takeSleep() -> Bool {
        defer { isAsleep = false }
        return isAsleep
    }

    /// Whether the timer must be set for this deadline, because it would fire later or not at all.
    mutating func takeAlarm(_ deadline: ContinuousClock.Instant) -> Bool {
        if let alarm, alarm <= deadline { return false }
        alarm = deadline
        return true
    }

    /// Gives up what is overdue: entries that still wait are dropped, those in the thread's hands go on unawaited.
    ///
    /// - Returns: whom to resume with what, and the deadline to set the timer for.
    mutating func expire(
        at now: ContinuousClock.Instant
    ) -> (continuations: [CheckedContinuation<CommitResult, Never>], CommitResult, next: ContinuousClock.Instant?) {
        var expired: [CheckedContinuation<CommitResult, Never>] = []
        for index in inFlight.indices where inFlight[index].deadline <= now {
            if let continuation = inFlight[index].continuation.take() { expired.append(continuation) }
        }
        if waiters.contains(where: { $0.deadline <= now }) {
            var stillWaiting: (entries: [Entry], waiters: [Waiter]) = ([], [])
            for (entry, waiter) in zip(entries, waiters) {
                if waiter.deadline > now {
                    stillWaiting.entries.append(entry)
                    stillWaiting.waiters.append(waiter)
                } else if let continuation = waiter.continuation {
                    expired.append(continuation)
                }
            }
            (entries, waiters) = stillWaiting
        }
        let open = inFlight.lazy.filter { $0.continuation != nil }.map(\.deadline)
        alarm = [open.min(), waiters.lazy.map(\.deadline).min()].compactMap(\.self).min()
        return (expired, obstacle, alarm)
    }

    // MARK: For the thread

    mutating func next() -> Step {
        // Asked seldom, and answered in microseconds, or after the tenth of a second that a lock is waited for.
        if !questions.isEmpty {
            defer { questions = [] }
            return .answer(questions)
        }
        let isIdle = entries.isEmpty && marks.isEmpty
        // At the end the log is told what it has not heard yet. Else it has every second turn at most.
        if isIdle && isFinishing && !backlog.isEmpty { return .log(backlog.take()) }
        if isLogDue && (isIdle || !wasLogLast) {
            wasLogLast = true
            let batch = backlog.take()
            isLogDue = !backlog.isEmpty
            return .log(batch)
        }
        wasLogLast = false
        if isIdle {
            isAsleep = !isFinishing
            return isFinishing ? .finish : .sleep
        }
        inFlight = waiters
        waiters = []
        let group = entries
        entries = []
        defer { marks = [] }
        return .commit(group, marks: marks)
    }

    /// The group is on disk.
    ///
    /// - Returns: whom to resume with what, and the results that were registered after their sender was told otherwise.
    mutating func settle(
        _ outcomes: [Outcome]
    ) -> (answers: [(CheckedContinuation<CommitResult, Never>, CommitResult)], late: [Int64]) {
        var answers: [(CheckedContinuation<CommitResult, Never>, CommitResult)] = []
        var late: [Int64] = []
        answers.reserveCapacity(outcomes.count)
        for (waiter, outcome) in zip(inFlight, outcomes) {
            if let continuation = waiter.continuation {
                answers.append((continuation, .done(outcome)))
            } else if let result = outcome.acknowledged {
                late.append(result.resultID)
            }
        }
        inFlight = []
        obstacle = .unreachable
        marks.append(contentsOf: late)
        return (answers, late)
    }

    /// A batch of the log that was not written: another time.
    ///
    /// - Returns: whether a timer must be set.
    mutating func putBack(_ batch: DeliveryBacklog.Batch) -> Bool {
        backlog.putBack(batch)
        isLogDue = false
        return takeLogTimer()
    }

    /// The group is not stored and will not be tried again: whom to tell.
    mutating func abandon() -> [CheckedContinuation<CommitResult, Never>] {
        defer { inFlight = [] }
        obstacle = .unreachable
        return inFlight.compactMap(\.continuation)
    }

    /// The write lock was not to be had: what is still awaited goes back to the front of the queue.
    mutating func putBack(_ group: [Entry]) {
        obstacle = .busy
        let awaited = zip(group, inFlight).filter { $0.1.continuation != nil }
        entries.insert(contentsOf: awaited.map(\.0), at: 0)
        waiters.insert(contentsOf: awaited.map(\.1), at: 0)
        inFlight = []
    }
}
