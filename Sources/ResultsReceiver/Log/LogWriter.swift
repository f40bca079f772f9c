import Dispatch
import Synchronization

/// Takes lines without ever waiting, and writes them in batches on a queue of its own.
///
/// At most `capacity` octets wait; what comes on top is dropped, counted, and the count is written when there is room.
final class LogWriter: Sendable {
    private struct Pending {
        var bytes: [UInt8] = []
        var dropped = 0
        var scheduled = false
    }

    private let pending = Mutex(Pending())
    private let queue = DispatchQueue(label: "log", qos: .utility)
    private let capacity: Int
    private let format: Logger.Format
    private let write: @Sendable ([UInt8]) -> Void

    init(capacity: Int, format: Logger.Format, write: @escaping @Sendable ([UInt8]) -> Void) {
        self.capacity = capacity
        self.format = format
        self.write = write
    }

    func append(_ line: [UInt8]) {
        let schedules = pending.withLock { pending in
            if pending.bytes.count + line.count > capacity {
                pending.dropped += 1
            } else {
                pending.bytes.append(contentsOf: line)
            }
            defer { pending.scheduled = true }
            return !pending.scheduled
        }
        if schedules { queue.async { self.drain() } }
    }

    /// Runs `body` on the writer's queue after `seconds`.
    func after(_ seconds: Double, _ body: @escaping @Sendable () -> Void) {
        queue.asyncAfter(deadline: .now() + seconds, execute: body)
    }

    /// Returns when everything appended so far is written, or after `seconds`: a reader of the log that stopped reading
    /// must not keep a server from ending.
    func flush(atMost seconds: Double) {
        let written = DispatchSemaphore(value: 0)
        queue.async {
            self.drain()
            written.signal()
        }
        _ = written.wait(timeout: .now() + seconds)
    }

    private func drain() {
        while true {
            var (bytes, dropped) = pending.withLock { pending in
                let taken = (pending.bytes, pending.dropped)
                pending.bytes = []
                pending.dropped = 0
                if taken.0.isEmpty && taken.1 == 0 { pending.scheduled = false }
                return taken
            }
            if bytes.isEmpty && dropped == 0 { return }
            if dropped > 0 {
                let line = LogLine(
                    format, at: Logger.now(), .warning, "lines of the log were dropped: its reader is too slow",
                    CollectionOfOne((key: "dropped", value: LogValue.count(dropped))))
                bytes += line.bytes
            }
            write(bytes)
        }
    }
}
