import Configuration
import Dispatch
import Glibc
import Synchronization

/// SIGTERM, SIGINT and SIGHUP as something to wait for. The second one of the first two ends the process at once: whoever
/// sends it does not want to wait, and every answered result is on disk already.
///
/// A handler writes to a pipe, which a thread reads. A signal source of Dispatch would not do: it is registered by
/// another thread some time later, and a signal that comes before is lost for good (seen with a server that was told to
/// end as soon as it listened).
final class ProgramSignals: Sendable {
    enum Caught: Sendable, Equatable {
        /// Several that come before the first is taken are one.
        case hangUp
        /// SIGTERM or SIGINT, by its name.
        case end(String)
    }

    private struct State {
        var mustEnd: Caught?
        var isToldToEnd = false
        var hasHungUp = false
        var waiting: CheckedContinuation<Caught, Never>?
    }

    private let state = Mutex(State())

    /// From now on the three signals no longer end the process by themselves. One instance is enough for a process.
    init() throws(Failure) {
        var ends: [Int32] = [-1, -1]
        guard unsafe pipe(&ends) == 0 else {
            throw Failure(.internalError, "cannot make a pipe: \(InputFileError.sentence(errno))")
        }
        let reading = ends[0]
        signalPipe.store(ends[1], ordering: .releasing)
        for number in [SIGTERM, SIGINT, SIGHUP] { signal(number, forwardSignal) }
        DispatchQueue(label: "signals").async { [self] in
            while true {
                var number: UInt8 = 0
                let count = unsafe read(reading, &number, 1)
                if count == 1 { received(Int32(number)) }
                if count == 0 || (count < 0 && errno != EINTR) { return }
            }
        }
    }

    /// The next signal, also when it came before; the one that ends comes first. One at a time may wait.
    func next() async -> Caught {
        await withCheckedContinuation { continuation in
            let caught: Caught? = state.withLock { state in
                if let end = state.mustEnd.take() { return end }
                if state.hasHungUp {
                    state.hasHungUp = false
                    return .hangUp
                }
                state.waiting = continuation
                return nil
            }
            if let caught { continuation.resume(returning: caught) }
        }
    }

    private func received(_ number: Int32) {
        let (caught, waiting) = state.withLock { state -> (Caught, CheckedContinuation<Caught, Never>?) in
            guard number != SIGHUP else {
                state.hasHungUp = state.waiting == nil
                return (.hangUp, state.waiting.take())
            }
            if state.isToldToEnd { _exit(128 + number) }
            state.isToldToEnd = true
            let end = Caught.end(number == SIGINT ? "SIGINT" : "SIGTERM")
            if state.waiting == nil { state.mustEnd = end }
            return (end, state.waiting.take())
        }
        waiting?.resume(returning: caught)
    }
}

/// Where the handler writes. A handler knows nothing but globals.
private let signalPipe = Atomic<Int32>(-1)

/// Does only what signal-safety(7) allows: one write(2), and errno as it was.
private func forwardSignal(_ number: Int32) {
    let kept = errno
    var byte = UInt8(truncatingIfNeeded: number)
    _ = unsafe write(signalPipe.load(ordering: .acquiring), &byte, 1)
    errno = kept
}
