/// Counts lines by key, so that a repeated event is told no more than so often in a window of time.
struct Repeats {
    /// What was held back under one key.
    struct Held: Equatable {
        var key: String
        var level: Level
        var message: String
        var count: Int
    }

    enum Verdict: Equatable {
        case write
        case holdBack
        /// As `holdBack`, and the first one in this window: someone must ask for `ended` when it ends.
        case holdBackFirst
    }

    private struct Window {
        var start: ContinuousClock.Instant
        var written = 0
        var held = 0
        var level = Level.debug
        var message = ""
    }

    private var windows: [String: Window] = [:]
    private let length: Duration

    init(length: Duration) { self.length = length }

    /// What to do with a line of this key, and what an earlier window that has ended meanwhile held back.
    mutating func count(
        _ key: String, limit: Int, _ level: Level, _ message: String, at now: ContinuousClock.Instant
    ) -> (Verdict, Held?) {
        var window = windows[key] ?? Window(start: now)
        var earlier: Held?
        if isOver(window, now) {
            earlier = held(key, window)
            window = Window(start: now)
        }
        defer { windows[key] = window }
        if window.written < limit {
            window.written += 1
            return (.write, earlier)
        }
        window.held += 1
        window.level = max(window.level, level)
        window.message = message
        return (window.held == 1 ? .holdBackFirst : .holdBack, earlier)
    }

    /// What windows that are over (or all, when `now` is nil) held back; it is told once.
    mutating func ended(by now: ContinuousClock.Instant?) -> [Held] {
        var all: [Held] = []
        for (key, window) in windows where window.held > 0 {
            if let now, !isOver(window, now) { continue }
            if let held = held(key, window) { all.append(held) }
            if now == nil { windows[key]?.held = 0 } else { windows[key] = nil }
        }
        return all.sorted { $0.key < $1.key }
    }

    private func isOver(_ window: Window, _ now: ContinuousClock.Instant) -> Bool { now - window.start >= length }

    private func held(_ key: String, _ window: Window) -> Held? {
        window.held == 0 ? nil : Held(key: key, level: window.level, message: window.message, count: window.held)
    }
}
