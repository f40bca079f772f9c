import Dispatch
import Log
import Synchronization

/// Tells the service manager that the server is alive, as long as it is: nothing is said while it is not, so that the
/// manager starts it anew.
final class Watchdog: Sendable {
    private let tick: Duration
    private let health: @Sendable () -> String?
    private let supervisor: Supervisor
    private let logger: Logger
    private let queue = DispatchQueue(label: "watchdog")
    private struct State {
        var trouble: String?
        var isStopped = false
    }
    private let state = Mutex(State())

    /// The manager loses patience after `period`; the server is looked at four times as often. `health` says what is the
    /// matter, nil when all is well, and must not block.
    init(period: Duration, _ supervisor: Supervisor, _ logger: Logger, health: @escaping @Sendable () -> String?) {
        tick = period / 4
        self.health = health
        self.supervisor = supervisor
        self.logger = logger
    }

    /// Looks at once and then again and again, until `stop`.
    func start() {
        queue.async { self.look() }
    }

    /// Nothing more is said once this returns.
    func stop() {
        state.withLock { $0.isStopped = true }
        queue.sync {}
    }

    private func look() {
        guard !state.withLock({ $0.isStopped }) else { return }
        let trouble = health()
        let before = state.withLock { state in
            defer { state.trouble = trouble }
            return state.trouble
        }
        if let trouble, before == nil { logger.log(.error, "not healthy", ["reason": .text(trouble)]) }
        if trouble == nil, before != nil { logger.log(.info, "healthy again") }
        if trouble != before { supervisor.trouble(trouble) }
        if trouble == nil { supervisor.alive() }
        queue.asyncAfter(deadline: .now() + tick / .seconds(1)) { [weak self] in self?.look() }
    }
}
