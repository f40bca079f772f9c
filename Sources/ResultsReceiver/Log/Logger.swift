import Glibc
import Synchronization

/// The log: one line per event.
///
/// A line is handed to a writer in the background, so that logging neither blocks nor slows an answer; when the reader
/// of the log is too slow, lines are dropped and counted, and the count is logged.
package final class Logger: Sendable {
    package enum Format: Sendable {
        /// One JSON object per line, slashes not escaped: `{"time":…,"level":…,"message":…, fields…}`.
        case json
        /// For a reader at a terminal: time, level, message, `key=value`.
        case plain
    }

    /// What a line says besides its message. Keys are fixed words.
    package typealias Field = (key: String, value: LogValue)

    /// Lines below this level are not written.
    package let minimum: Level
    private let format: Format
    private let writer: LogWriter
    private let repeats: Mutex<Repeats>
    private let window: Duration

    /// - Parameters:
    ///   - minimum: the lowest level that is written.
    ///   - format: how a line looks.
    ///   - capacity: how many octets may wait for the writer before lines are dropped.
    ///   - window: the time over which `logLimited` counts.
    ///   - write: gets whole lines, several at once, on a queue of the logger's own; it may block.
    package init(
        minimum: Level = .info, format: Format, capacity: Int = 1 << 20, window: Duration = .seconds(60),
        write: @escaping @Sendable ([UInt8]) -> Void
    ) {
        self.minimum = minimum
        self.format = format
        self.window = window
        self.writer = LogWriter(capacity: capacity, format: format, write: write)
        self.repeats = Mutex(Repeats(length: window))
    }

    /// Writes one line. `time` is the server's clock in UTC with milliseconds.
    package func log(_ level: Level, _ message: String, _ fields: KeyValuePairs<String, LogValue> = [:]) {
        guard level >= minimum else { return }
        writer.append(LogLine(format, at: Logger.now(), level, message, fields).bytes)
    }

    /// The same for a line whose fields depend on what happened. They are made only when the line is written.
    package func log(_ level: Level, _ message: String, fields: @autoclosure () -> [Field]) {
        guard level >= minimum else { return }
        writer.append(LogLine(format, at: Logger.now(), level, message, fields()).bytes)
    }

    /// At most `limit` lines in a window (a minute) per key; the rest are counted, and one line tells their sum when
    /// the window ends. Keys are few and fixed, never made from what a client sent.
    package func logLimited(
        _ key: String, limit: Int = 10, _ level: Level, _ message: String,
        _ fields: KeyValuePairs<String, LogValue> = [:]
    ) {
        logLimited(key, limit: limit, level, message, fields: fields.map { $0 })
    }

    /// The same for a line whose fields depend on what happened. They are made only when the line is written.
    package func logLimited(
        _ key: String, limit: Int = 10, _ level: Level, _ message: String, fields: @autoclosure () -> [Field]
    ) {
        guard level >= minimum else { return }
        let (verdict, earlier) = repeats.withLock { $0.count(key, limit: limit, level, message, at: .now) }
        if let earlier { writeSum(earlier) }
        switch verdict {
        case .write: log(level, message, fields: fields())
        case .holdBack: break
        case .holdBackFirst: writer.after(window / .seconds(1)) { [weak self] in self?.writeSums(by: .now) }
        }
    }

    /// Returns when every line so far, and the sums of repeats so far, are written; after two seconds at the latest.
    package func flush() {
        writeSums(by: nil)
        writer.flush(atMost: 2)
    }

    private func writeSums(by now: ContinuousClock.Instant?) {
        for held in repeats.withLock({ $0.ended(by: now) }) { writeSum(held) }
    }

    private func writeSum(_ held: Repeats.Held) {
        log(held.level, held.message, ["event": .text(held.key), "repeated": .count(held.count)])
    }

    /// Milliseconds since 1970 (POSIX time).
    static func now() -> Int64 {
        var time = timespec()
        unsafe clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
    }
}
