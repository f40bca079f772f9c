package import Log
import CSQLite
import Results
import Synchronization

/// The registry in an SQLite database: write-ahead log, every commit synced before it is answered.
///
/// When the file fails, nothing of the group is stored and `unavailable` is thrown; later calls try again, with a new
/// connection where the old one is of no use any more, so that a cured disk needs no restart.
package final class SQLiteStore: Store {
    /// How long a transaction waits for the write lock before it throws `busy`, in milliseconds: long enough to save
    /// needless rounds, short enough to leave the deadlines to the committer.
    private static let lockWait: Int32 = 100
    /// Opening meets other processes that migrate or import. While serving, it must not hold up the deadlines.
    private static let patience: (atStart: Int32, later: Int32) = (5000, 100)

    private struct State {
        /// Nil after a failure that a new connection may cure, and after `close`.
        var session: StoreSession?
        var isClosed = false
        /// The sessions have theirs; this one is held while there is none, too.
        var lock: RegistryLock?
        /// What was refused because its commit failed, and may have reached the disk all the same.
        var doubtful: Set<[UInt8]> = []
        /// Failures in a row that leave the connection usable as far as SQLite says.
        var failures = 0
    }

    private let path: String
    private let logger: Logger?
    private let state: Mutex<State>
    /// Beside the state, which is locked for as long as the disk takes.
    private let retention: Mutex<Retention>

    /// Opens the database, makes it (mode 0600) where there is none, and brings it to the latest schema.
    ///
    /// - Parameters:
    ///   - path: the database file.
    ///   - retention: how long the delivery log is kept.
    ///   - resultAge: how long results are kept; nil: for good.
    ///   - logger: told of failures, and of a file that others can read.
    /// - Throws: what keeps the file from being used.
    package init(
        path: String, retention: DeliveryRetention = DeliveryRetention(), resultAge: Duration? = nil, logger: Logger?
    ) throws(RegistryError) {
        self.path = path
        self.retention = Mutex(Retention(deliveries: retention, results: resultAge))
        self.logger = logger
        let session = try StoreSession(
            path: path, creating: true, patience: Self.patience.atStart, lockWait: Self.lockWait)
        state = Mutex(State(session: session, lock: try RegistryLock(of: path, .shared)))
        if RegistryFile.isOpenToOthers(path) {
            logger?.log(.warning, "the database can be read by other users: chmod 600 it", ["path": .text(path)])
        }
    }

    package func apply(_ entries: [Entry]) throws(StoreError) -> [Outcome] {
        try state.withLock { state throws(StoreError) in
            try perform(&state) { session, doubtful throws(RegistryError) in
                do throws(RegistryError) {
                    return try session.apply(entries, doubtful: &doubtful)
                } catch {
                    // Whoever holds the lock may have switched maintenance on, and that can be read meanwhile.
                    guard error.isBusy, let notice = try session.maintenanceNotice() else { throw error }
                    return entries.map { _ in .maintenance(message: notice.message) }
                }
            }
        }
    }

    package func markUnanswered(_ results: [Int64]) throws(StoreError) {
        try state.withLock { state throws(StoreError) in
            try perform(&state) { session, _ throws(RegistryError) in try session.markUnanswered(results) }
        }
    }

    package func record(_ records: [DeliveryRecord], turnedAway: [TurnedAway]) throws(StoreError) -> Bool {
        let keeping = retention.withLock { $0 }
        return try state.withLock { state throws(StoreError) in
            try perform(&state) { session, _ throws(RegistryError) in
                try session.record(records, turnedAway: turnedAway, keeping: keeping)
            }
        }
    }

    /// Keeps what is there for other times, from the next batch of the log on. Never waits.
    package func keep(_ deliveries: DeliveryRetention, resultAge: Duration?) {
        retention.withLock { $0 = Retention(deliveries: deliveries, results: resultAge) }
    }

    package func isInMaintenance() throws(StoreError) -> Bool {
        try state.withLock { state throws(StoreError) in
            try perform(&state) { session, _ throws(RegistryError) in try session.isInMaintenance() }
        }
    }

    package func close() {
        state.withLock { state in
            state.session?.finish()
            state.session = nil
            state.isClosed = true
            state.lock = nil
        }
    }

    private func perform<Value>(
        _ state: inout State, _ body: (StoreSession, inout Set<[UInt8]>) throws(RegistryError) -> Value
    ) throws(StoreError) -> Value {
        do throws(RegistryError) {
            // A file that was deleted or replaced would take results along that nobody finds again.
            if let session = state.session, session.connection.hasMoved || session.hasLostItsLog {
                abandon(session, &state)
            }
            let value = try body(try session(&state), &state.doubtful)
            state.failures = 0
            if let count = state.session?.takeUnrecorded(), count > 0 {
                logger?.logLimited(
                    "delivery log", .error, "deliveries were answered, but not recorded",
                    ["count": .integer(Int64(count))])
            }
            return value
        } catch {
            if error.isBusy { throw .busy }
            state.failures += 1
            if let session = state.session, !error.needsThisConnection,
                !error.leavesConnectionUsable || state.failures >= 3
            {
                abandon(session, &state)
            }
            logger?.logLimited("registry", .error, "the registry failed", ["error": .text(error.description)])
            throw .unavailable(code: error.code, message: error.description)
        }
    }

    private func session(_ state: inout State) throws(RegistryError) -> StoreSession {
        if let session = state.session { return session }
        guard !state.isClosed else { throw .missing(path: path) }
        // A file that vanished is not made anew: an empty registry would refuse every message for good.
        let session = try StoreSession(
            path: path, creating: false, patience: Self.patience.later, lockWait: Self.lockWait)
        state.session = session
        logger?.log(.info, "the registry was opened again", ["path": .text(path)])
        return session
    }

    private func abandon(_ session: StoreSession, _ state: inout State) {
        // A database that is elsewhere now gets what its log holds: it may come back, and what lies in its place must
        // not be given a log that is not its own.
        if session.connection.hasMoved { session.finish() } else { session.abandon() }
        state.session = nil
    }
}

extension RegistryError {
    /// After a full disk or a failed sync the connection is better than a new one: it knows that what it wrote of the
    /// failed transaction does not count, where a new one might recover it from the log as committed.
    fileprivate var leavesConnectionUsable: Bool {
        [SQLITE_FULL, SQLITE_IOERR, SQLITE_CONSTRAINT].contains(primaryCode ?? SQLITE_OK)
    }

    /// Whether the open connection alone has what is not in the database yet.
    fileprivate var needsThisConnection: Bool {
        if case .logRemoved = self { true } else { false }
    }

    fileprivate var code: Int32 {
        if case .sqlite(let code, _, _) = self { code } else { SQLITE_CANTOPEN }
    }
}
