import Synchronization

/// One reload at a time, beside whatever waits for signals: however long it takes, the program can be told to end.
final class ReloadQueue: Sendable {
    private enum State { case resting, atWork, askedAgain }

    private let reload: Reload
    private let state = Mutex(State.resting)

    init(_ reload: Reload) { self.reload = reload }

    /// Reloads soon. All who ask during one reload are answered by one more, which sees what they have changed.
    func ask() {
        let begins = state.withLock { state in
            defer { state = state == .resting ? .atWork : .askedAgain }
            return state == .resting
        }
        guard begins else { return }
        Task { [self] in
            repeat { await reload.run() } while goesOn()
        }
    }

    private func goesOn() -> Bool {
        state.withLock { state in
            defer { state = state == .askedAgain ? .atWork : .resting }
            return state == .askedAgain
        }
    }
}
