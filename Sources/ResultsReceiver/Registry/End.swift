import Synchronization

/// An event that happens once, and that any number of tasks can wait for.
final class End: Sendable {
    private enum State {
        case ahead([CheckedContinuation<Void, Never>])
        case reached
    }

    private let state = Mutex(State.ahead([]))

    var isReached: Bool {
        state.withLock { if case .reached = $0 { true } else { false } }
    }

    func reach() {
        let waiting = state.withLock { state -> [CheckedContinuation<Void, Never>] in
            guard case .ahead(let waiting) = state else { return [] }
            state = .reached
            return waiting
        }
        for continuation in waiting { continuation.resume() }
    }

    func wait() async {
        await withCheckedContinuation { continuation in
            let isReached = state.withLock { state in
                guard case .ahead(let waiting) = state else { return true }
                state = .ahead(waiting + [continuation])
                return false
            }
            if isReached { continuation.resume() }
        }
    }
}
