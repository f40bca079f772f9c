import Synchronization

/// How much memory the requests under way take, over all lanes.
///
/// Strangers can send contents before anyone can check a signature, so the sum is bounded; and because large ones may
/// take three quarters of it at most, small ones, which real messages are, always have room.
final class InFlightBudget: Sendable {
    enum Size {
        case small
        case large
    }

    private let total: Atomic<Int>
    private let small = Atomic(0)
    private let large = Atomic(0)

    init(total: Int) {
        self.total = Atomic(total)
    }

    /// What is too much by the new total is cut by and by, as more comes.
    func change(total: Int) { self.total.store(total, ordering: .relaxed) }

    func add(_ bytes: Int, _ size: Size) {
        switch size {
        case .small: small.wrappingAdd(bytes, ordering: .relaxed)
        case .large: large.wrappingAdd(bytes, ordering: .relaxed)
        }
    }

    /// What must be cut: large contents while they take more than their part or the sum is too high, and small ones
    /// when it is too high without any large one.
    var excess: Size? {
        let large = self.large.load(ordering: .relaxed)
        let total = self.total.load(ordering: .relaxed)
        if large > total - total / 4 { return .large }
        guard small.load(ordering: .relaxed) + large > total else { return nil }
        return large > 0 ? .large : .small
    }

    /// Octets, for metrics and tests.
    var used: Int { small.load(ordering: .relaxed) + large.load(ordering: .relaxed) }
}
