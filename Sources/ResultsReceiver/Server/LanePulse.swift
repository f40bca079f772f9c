import Net
import Synchronization

/// Whether a lane answers: when the ping was sent that it has not answered yet.
final class LanePulse: Sendable {
    /// In nanoseconds of the monotonic clock; 0: none is open.
    private let asked = Atomic<UInt64>(0)

    /// True when a ping is to be sent, because none is open.
    func ask() -> Bool {
        asked.compareExchange(expected: 0, desired: Moment.now().nanoseconds, ordering: .relaxed).exchanged
    }

    func answer() { asked.store(0, ordering: .relaxed) }

    /// For how long the lane has owed an answer.
    var silence: Duration {
        let asked = asked.load(ordering: .relaxed)
        guard asked > 0 else { return .zero }
        return .nanoseconds(Int64(clamping: Moment.now().nanoseconds &- asked))
    }
}
