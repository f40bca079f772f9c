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

    /// Swaps the waiting jobs with `empty`, whose memory is used again.
    mutating func take(_ empty: inout [UnownedJob]) { swap(&jobs, &empty) }

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
