import Dispatch
import Synchronization

/// Something that takes a while to find out, for several who ask at once: it is looked for once at a time, what was found
/// is good for a while, and nobody waits longer than a limit.
package final class SharedReading<Value: Sendable>: Sendable {
    private struct State {
        var latest: (value: Value, goodUntil: ContinuousClock.Instant)?
        var isRunning = false
        var waiting: [UInt64: CheckedContinuation<Value?, Never>] = [:]
        var count: UInt64 = 0
    }

    private let limit: Duration
    private let goodFor: @Sendable (_ took: Duration) -> Duration
    private let read: @Sendable () async -> Value
    private let state = Mutex(State())

    /// - Parameters:
    ///   - limit: how long whoever asks waits at most.
    ///   - goodFor: how long a value need not be looked for again, by the time that it took.
    ///   - read: looks for it; may take any time.
    package init(
        limit: Duration, goodFor: @escaping @Sendable (_ took: Duration) -> Duration = { _ in .zero },
        read: @escaping @Sendable () async -> Value
    ) {
        self.limit = limit
        self.goodFor = goodFor
        self.read = read
    }

    /// The value; where it is not found in time, nil, while it is looked for all the same.
    package func value() async -> Value? {
        await withCheckedContinuation { continuation in
            let (known, mine, begins) = state.withLock { state -> (Value?, UInt64, Bool) in
                if let latest = state.latest, .now < latest.goodUntil { return (latest.value, 0, false) }
                state.count += 1
                state.waiting[state.count] = continuation
                defer { state.isRunning = true }
                return (nil, state.count, !state.isRunning)
            }
            if let known { return continuation.resume(returning: known) }
            DispatchQueue.global().asyncAfter(deadline: .now() + limit / .seconds(1)) { [weak self] in
                self?.state.withLock { $0.waiting.removeValue(forKey: mine) }?.resume(returning: nil)
            }
            if begins { Task { @concurrent in await self.run() } }
        }
    }

    /// What was found last, however old.
    package var latest: Value? { state.withLock { $0.latest?.value } }

    private func run() async {
        let began = ContinuousClock.now
        let value = await read()
        let took = ContinuousClock.now - began
        let waiting = state.withLock { state in
            defer { state.waiting = [:] }
            state.latest = (value, .now + goodFor(took))
            state.isRunning = false
            return state.waiting.values
        }
        for continuation in waiting { continuation.resume(returning: value) }
    }
}
