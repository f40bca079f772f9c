import Configuration
import Foundation
import Glibc
import Synchronization

/// SIGTERM and SIGINT as something to wait for. The second one ends the process at once: whoever sends it does not want
/// to wait, and every answered result is on disk already.
///
/// A handler writes to a pipe, which a thread reads. A signal source of Dispatch would not do: it is registered by
/// another thread some time later, and a signal that comes before is lost for good (seen with a server that was told to
/// end as soon as it listened).
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

    /// From now on the two signals no longer end the process by themselves. One instance is enough for a process.
    init() throws(Failure) {
        var ends: [Int32] = [-1, -1]
        guard unsafe pipe(&ends) == 0 else {
            throw Failure(.internalError, "cannot make a pipe: \(InputFileError.sentence(errno))")
        }
        let reading = ends[0]
        signalPipe.store(ends[1], ordering: .releasing)
        for number in [SIGTERM, SIGINT] { signal(number, forwardSignal) }
        Thread { [self] in
            while true {
                var number: UInt8 = 0
                let count = unsafe read(reading, &number, 1)
                if count == 1 { received(Caught(number: Int32(number))) }
                if count == 0 || (count < 0 && errno != EINTR) { return }
            }
        }.start()
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

/// Where the handler writes. A handler knows nothing but globals.
private let signalPipe = Atomic<Int32>(-1)

/// Does only what signal-safety(7) allows: one write(2), and errno as it was.
private func forwardSignal(_ number: Int32) {
    let kept = errno
    var byte = UInt8(truncatingIfNeeded: number)
    _ = unsafe write(signalPipe.load(ordering: .acquiring), &byte, 1)
    errno = kept
}
