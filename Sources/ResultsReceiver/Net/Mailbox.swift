import Synchronization

/// Jobs on their way to a loop, and whether the loop must be woken for them.
///
/// The loop is awake while it works: it looks here before it sleeps, so that only the first job after it fell asleep
/// costs a system call.
struct Mailbox {
    enum Delivery {
        /// The loop will find it.
        case delivered
        /// The loop sleeps, and must be woken.
        case wakes
        /// The loop has ended; someone else must run the job.
        case ended
    }

    private enum Phase {
        case asleep
        case awake
        case ended
    }

    private var jobs: [UnownedJob] = []
    /// How many of them were taken.
    private var taken = 0
    private var phase = Phase.asleep

    mutating func put(_ job: UnownedJob) -> Delivery {
        jobs.append(job)
        switch phase {
        case .asleep:
            phase = .awake
            return .wakes
        case .awake: return .delivered
        case .ended: return .ended
        }
    }

    /// The job that has waited longest.
    mutating func next() -> UnownedJob? {
        guard taken < jobs.count else { return nil }
        let job = jobs[taken]
        taken += 1
        if taken == jobs.count {
            jobs.removeAll(keepingCapacity: true)
            taken = 0
        } else if taken >= 1024 && 2 * taken >= jobs.count {
            jobs.removeFirst(taken)
            taken = 0
        }
        return job
    }

    mutating func wake() {
        if phase == .asleep { phase = .awake }
    }

    /// The loop may sleep when this is true: nothing waits, and whoever comes next will wake it.
    mutating func sleep() -> Bool {
        guard jobs.isEmpty, phase == .awake else { return false }
        phase = .asleep
        return true
    }

    mutating func end() { phase = .ended }
    var hasEnded: Bool { phase == .ended }
}
