import Synchronization

/// Whether a result could be stored now; if not, why.
package enum StoreReadiness: Sendable, Equatable {
    case ready
    /// An operator has switched maintenance on.
    case maintenance
    /// Another process holds the write lock.
    case busy
    /// The store failed or does not answer.
    case unreachable
}

extension Committer {
    /// Tries, on the road that results take, whether one could be stored now: on the committer's own thread, which takes
    /// the write lock and gives it back.
    ///
    /// A lock that another process holds is waited for, and so is the disk, for at most `limit`.
    package func readiness(within limit: Duration) async -> StoreReadiness {
        let deadline = ContinuousClock.now + limit
        while true {
            let found = await ask(deadline)
            // Another try takes the tenth of a second for which the store waits for a lock.
            guard found == .busy, ContinuousClock.now + .milliseconds(200) < deadline else { return found }
            try? await Task.sleep(for: .milliseconds(50))
        }
    }

    private func ask(_ deadline: ContinuousClock.Instant) async -> StoreReadiness {
        await withCheckedContinuation { continuation in
            let question = StoreQuestion(continuation)
            put(question)
            later(deadline) { question.answer(.unreachable) }
        }
    }
}

/// What the committer's thread is asked; the first answer counts, be it the thread's or the clock's.
final class StoreQuestion: Sendable {
    private let continuation: Mutex<CheckedContinuation<StoreReadiness, Never>?>

    init(_ continuation: CheckedContinuation<StoreReadiness, Never>) {
        self.continuation = Mutex(continuation)
    }

    var isOpen: Bool { continuation.withLock { $0 != nil } }

    func answer(_ readiness: StoreReadiness) {
        continuation.withLock { $0.take() }?.resume(returning: readiness)
    }
}
