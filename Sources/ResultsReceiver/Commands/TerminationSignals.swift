import Dispatch
import Glibc
import Synchronization

/// SIGTERM and SIGINT as something to wait for. The second one ends the process at once: whoever sends it does not want
/// to wait, and every answered result is on disk already.
final class TerminationSignals: Sendable {
    struct Caught: Sendable {
        let number: Int32

        var name: String { number == SIGINT ? "SIGINT" : "SIGTERM" }
    }

    private enum Phase {
        case none
        case caught(Caught)
        case awaited(CheckedContinuation<Caught, Never>)
        case told
    }

    private let phase = Mutex(Phase.none)
    /// `nonisolated(unsafe)`: set once by `init`, and after that touched by `deinit` only, when nobody else holds this.
    private nonisolated(unsafe) let sources: [any DispatchSourceSignal]

    /// From now on the two signals no longer end the process by themselves.
    init() {
        let queue = DispatchQueue(label: "signals")
        let numbers = [SIGTERM, SIGINT]
        let sources = numbers.map { number in
            signal(number, SIG_IGN)
            return DispatchSource.makeSignalSource(signal: number, queue: queue)
        }
        unsafe self.sources = sources
        for (source, number) in zip(sources, numbers) {
            source.setEventHandler { [weak self] in self?.received(Caught(number: number)) }
            source.resume()
        }
    }

    deinit {
        for source in unsafe sources { source.cancel() }
    }

    /// The first signal, also when it came before. May be called once.
    func next() async -> Caught {
        await withCheckedContinuation { continuation in
            let caught: Caught? = phase.withLock { phase in
                if case .caught(let caught) = phase {
                    phase = .told
                    return caught
                }
                phase = .awaited(continuation)
                return nil
            }
            if let caught { continuation.resume(returning: caught) }
        }
    }

    private func received(_ caught: Caught) {
        let waiting: CheckedContinuation<Caught, Never>? = phase.withLock { phase in
            switch phase {
            case .none:
                phase = .caught(caught)
                return nil
            case .awaited(let continuation):
                phase = .told
                return continuation
            case .caught, .told:
                _exit(128 + caught.number)
            }
        }
        waiting?.resume(returning: caught)
    }
}
