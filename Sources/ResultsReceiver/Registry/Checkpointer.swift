import Dispatch
import Synchronization

/// Moves the write-ahead log into the database beside the commits: with SQLite's own way, every thousandth page would
/// bring a checkpoint of some milliseconds to the commit that writes it.
///
/// A log is begun anew only when all of it was copied, which never happens while commits go on. So when it has grown
/// long, the committing thread copies the small rest itself (`takeRest`), and the next commit starts at the beginning.
final class Checkpointer: Sendable {
    /// Pages (4 KiB) that are worth a checkpoint, as SQLite's own default.
    private static let worthwhile = 1000
    /// Pages at which the log is long enough to be begun anew.
    private static let long = 8 * worthwhile

    private struct Progress {
        var copied = 0
        var isRunning = false
        var isRestDue = false
        var isStopped = false
    }

    private let path: String
    private let queue = DispatchQueue(label: "checkpoint")
    private let progress = Mutex(Progress())
    /// Opened by the first checkpoint. Only the queue's work touches it; the lock says so to the compiler.
    private let connection = Mutex<Connection?>(nil)

    init(path: String) {
        self.path = path
    }

    /// Called after a commit, with the length of the log: starts a checkpoint when enough has come together.
    func note(pages: Int) {
        let starts = progress.withLock { progress in
            if pages < progress.copied { progress.copied = 0 }  // the log was begun anew
            guard pages - progress.copied >= Self.worthwhile, !progress.isRunning, !progress.isStopped else {
                return false
            }
            progress.isRunning = true
            return true
        }
        if starts { queue.async { self.run() } }
    }

    /// True once when the committing thread should copy the rest of the log before its next transaction.
    func takeRest() -> Bool {
        progress.withLock { progress in
            defer { progress.isRestDue = false }
            return progress.isRestDue
        }
    }

    /// Waits for a running checkpoint and begins no other.
    func stop() {
        progress.withLock { $0.isStopped = true }
        queue.sync { connection.withLock { $0 = nil } }
    }

    private func run() {
        let log = connection.withLock { connection -> (pages: Int, copied: Int)? in
            do throws(RegistryError) {
                if let connection { return try connection.checkpoint(.passive) }
                let opened = try Connection(file: path)
                connection = opened
                // A connection that has read nothing knows of no log, and its checkpoint does nothing.
                _ = try opened.number("PRAGMA user_version")
                return try opened.checkpoint(.passive)
            } catch {
                // Commits go on without it, and meet the same disk; the next thousand pages try again.
                connection = nil
                return nil
            }
        }
        progress.withLock { progress in
            progress.isRunning = false
            guard let log else { return }
            progress.copied = log.copied
            // A reader that holds on to an old part of the log leaves more than a rest: no use to wait for it.
            progress.isRestDue = log.pages >= Self.long && log.pages - log.copied < Self.worthwhile
        }
    }
}
