import Log
import Net
import Synchronization

/// What the lanes of a server share.
final class Shared: Sendable {
    let logger: Logger
    let census = Census()
    let budget: InFlightBudget
    let lanes = Mutex<[Lane]>([])
    /// Connections whose request is whole and whose answer is not given.
    let busy = Atomic(0)
    /// Connections that were closed because their client is not among those allowed.
    let notAllowed = Atomic(0)
    /// TLS handshakes that failed.
    let failedHandshakes = Mutex<[HandshakeFailure: Int]>([:])

    init(limits: ServerLimits, logger: Logger) {
        self.logger = logger
        self.budget = InFlightBudget(total: limits.inFlightBytes)
    }

    /// Has another lane end a connection without a complete request, soon; false when there is none.
    func askOthersForRoom(_ lane: Lane) -> Bool {
        let others = lanes.withLock { $0 }.filter { $0 !== lane }
        guard !others.isEmpty, census.openConnections > busy.load(ordering: .relaxed) else { return false }
        Task {
            for other in others {
                if await other.makeRoom() { return }
            }
        }
        return true
    }

    /// Has the other lanes cut contents while there are too many.
    func askOthersToCut(_ lane: Lane) {
        for other in lanes.withLock({ $0 }) where other !== lane {
            Task { await other.cutWhileTooMuch() }
        }
    }
}
