import CSQLite
import Results

/// An open registry with its prepared statements, and the transactions that the store runs on it.
final class StoreSession {
    let connection: Connection
    private let lookup: EnrolmentLookup
    private let ledger: ResultLedger
    private let rule: OneResultRule
    private let deliveries: DeliveryLedger
    private let pruning: DeliveryPruning
    private let resultPruning: ResultPruning
    private let begin: Statement
    private let commit: Statement
    private let maintenance: Statement
    private let checkpointer: Checkpointer
    /// What `PRAGMA synchronous` stands at: FULL, as the connection is opened, or NORMAL.
    private var syncs = true
    /// Deliveries without a row in the log, because that failed for them alone.
    private var unrecorded = 0
    private let path: String
    /// The log and its index as they were opened.
    private let log: [FileIdentity]
    /// Set when the log was deleted, once all that it held is in the database. A new session has a new log.
    private(set) var hasLostItsLog = false

    /// Opens the file, which is made where `creating` allows. Opening waits up to `patience` for other processes, and a
    /// transaction up to `lockWait` for the write lock before it is `busy`; both in milliseconds.
    init(
        path: String, creating: Bool, patience: Int32, lockWait: Int32,
        checkpoints: Checkpointer.Limits = .init()
    ) throws(RegistryError) {
        connection = try Connection(registry: path, creating: creating, patience: patience)
        connection.waitForLocks(milliseconds: lockWait)
        connection.leaveCheckpoints()
        lookup = try EnrolmentLookup(connection)
        ledger = try ResultLedger(connection)
        rule = OneResultRule(lookup: lookup, ledger: ledger)
        deliveries = try DeliveryLedger(connection)
        pruning = try DeliveryPruning(connection)
        resultPruning = try ResultPruning(connection)
        begin = try connection.prepare("BEGIN IMMEDIATE")
        commit = try connection.prepare("COMMIT")
        maintenance = try connection.prepare("SELECT message FROM maintenance WHERE since IS NOT NULL")
        checkpointer = Checkpointer(path: path, limits: checkpoints)
        // A log that a crash left behind is moved into the database, with a sync of both, before anything builds on it;
        // unless another process is about it.
        do throws(RegistryError) {
            try connection.checkpoint(.passive)
        } catch {
            guard error.isBusy else { throw error }
        }
        self.path = path
        log = ["-wal", "-shm"].compactMap { FileIdentity(path + $0) }
    }

    /// One transaction for all entries; nothing is stored when it throws.
    ///
    /// `doubtful` holds digests whose commit failed, so that they were refused, and which may have reached the disk all
    /// the same: one that is found is flagged as unanswered. A commit empties it, one that fails adds to it.
    func apply(_ entries: [Entry], doubtful: inout Set<[UInt8]>) throws(RegistryError) -> [Outcome] {
        do throws(RegistryError) {
            return try transaction(entries, &doubtful, each: plain)
        } catch {
            guard error.concernsOneEntry else { throw error }
            // One entry failed in a way that the rule does not foresee. Again, with a savepoint around each.
            return try transaction(entries, &doubtful, each: fenced)
        }
    }

    /// Flags results whose answer did not arrive, in a transaction of their own.
    func markUnanswered(_ results: [Int64]) throws(RegistryError) {
        try takeWriteLock()
        do throws(RegistryError) {
            for result in results { try ledger.setUnanswered(true, resultID: result) }
            try commit.run()
        } catch {
            connection.rollBack()
            throw error
        }
    }

    /// Tells the delivery log, in a transaction of its own that is not synced, and lets go what is not to be kept.
    ///
    /// - Returns: whether more rows are too old.
    func record(
        _ records: [DeliveryRecord], turnedAway: [TurnedAway], keeping: Retention
    ) throws(RegistryError) -> Bool {
        do throws(RegistryError) {
            return try log(records, turnedAway, keeping, each: deliveries.record)
        } catch {
            guard error.concernsOneEntry else { throw error }
            // One record that cannot be written would hold up the log for good. Again, with a savepoint around each.
            return try log(records, turnedAway, keeping, each: recordFenced)
        }
    }

    private func log(
        _ records: [DeliveryRecord], _ turnedAway: [TurnedAway], _ keeping: Retention,
        each write: (DeliveryRecord) throws(RegistryError) -> Void
    ) throws(RegistryError) -> Bool {
        try takeWriteLock(syncs: false)
        do throws(RegistryError) {
            for record in records { try write(record) }
            for turned in turnedAway { try deliveries.count(turned) }
            let now = Timestamp.now()
            let leavesDeliveries = try pruning.run(at: now, keeping.deliveries)
            let leavesResults = try keeping.results.map { age throws(RegistryError) in
                try resultPruning.run(at: now, age: age)
            }
            try commit.run()
            checkpointer.note(pages: connection.logPages)
            return leavesDeliveries || leavesResults ?? false
        } catch {
            connection.rollBack()
            throw error
        }
    }

    private func recordFenced(_ record: DeliveryRecord) throws(RegistryError) {
        try connection.execute("SAVEPOINT entry")
        do throws(RegistryError) {
            try deliveries.record(record)
            try connection.execute("RELEASE entry")
        } catch {
            guard error.concernsOneEntry, connection.isInTransaction else { throw error }
            try connection.execute("ROLLBACK TO entry; RELEASE entry")
            unrecorded += 1
        }
    }

    /// Empties the write-ahead log into the database; readers elsewhere may leave a part of it for the next opening.
    func finish() {
        checkpointer.stop()
        _ = try? connection.checkpoint(.truncate)
    }

    /// Begins no more checkpoints; the connection closes with the last reference.
    func abandon() {
        checkpointer.stop()
    }

    /// The operator's notice while maintenance is on; nil while it is off.
    func maintenanceNotice() throws(RegistryError) -> Notice? {
        try maintenance.first { Notice(message: $0.text(0)) }
    }

    /// Takes the write lock and gives it back; whether maintenance is on, also where another process holds the lock.
    func isInMaintenance() throws(RegistryError) -> Bool {
        do throws(RegistryError) {
            try begin.run()
            defer { connection.rollBack() }
            return try maintenanceNotice() != nil
        } catch {
            guard error.isBusy, try maintenanceNotice() != nil else { throw error }
            return true
        }
    }

    /// How many since the last time.
    func takeUnrecorded() -> Int {
        defer { unrecorded = 0 }
        return unrecorded
    }

    struct Notice {
        var message: String?
    }

    private typealias Step = (Entry, Bool) throws(RegistryError) -> Outcome

    private func transaction(
        _ entries: [Entry], _ doubtful: inout Set<[UInt8]>, each step: Step
    ) throws(RegistryError) -> [Outcome] {
        try takeWriteLock()
        do throws(RegistryError) {
            for digest in doubtful { try ledger.setUnanswered(digest: digest) }
            let outcomes = try outcomes(of: entries, each: step)
            do throws(RegistryError) {
                // Syncs the log, unless nothing was written.
                try commit.run()
                try expectFilesInPlace()
            } catch {
                for (entry, outcome) in zip(entries, outcomes) where outcome.acknowledged != nil {
                    doubtful.insert(entry.digest)
                }
                throw error
            }
            if !doubtful.isEmpty { doubtful.removeAll() }
            checkpointer.note(pages: connection.logPages)
            return outcomes
        } catch {
            connection.rollBack()
            throw error
        }
    }

    /// Throws where what was just committed is in a file that nobody will find again.
    ///
    /// SQLite writes on when somebody deletes its files, or puts others in their place. The database itself is lost then.
    /// But of a deleted log everything can still be copied into the database, while this connection has it open.
    private func expectFilesInPlace() throws(RegistryError) {
        guard !connection.hasMoved else { throw .missing(path: path) }
        guard !log.allSatisfy(\.isInPlace) else { return }
        let progress = try connection.checkpoint(.passive)
        // A reader keeps the rest back; the next group tries again.
        guard progress.copied == progress.pages else { throw .logRemoved(path: path) }
        hasLostItsLog = true
    }

    private func outcomes(of entries: [Entry], each step: Step) throws(RegistryError) -> [Outcome] {
        if let notice = try maintenanceNotice() { return entries.map { _ in .maintenance(message: notice.message) } }
        let unnumbered = try lookup.holdsUnnumbered()
        var outcomes: [Outcome] = []
        outcomes.reserveCapacity(entries.count)
        for entry in entries {
            let outcome = try step(entry, unnumbered)
            do throws(RegistryError) {
                try deliveries.record(entry, outcome)
            } catch {
                // A result counts more than the log of its delivery.
                guard error.concernsOneEntry else { throw error }
                unrecorded += 1
            }
            outcomes.append(outcome)
        }
        return outcomes
    }

    /// `syncs`: whether the commit waits until the log is on disk, as it must for results.
    private func takeWriteLock(syncs: Bool = true) throws(RegistryError) {
        if syncs != self.syncs {
            try connection.execute("PRAGMA synchronous = \(syncs ? "FULL" : "NORMAL")")
            self.syncs = syncs
        }
        if checkpointer.takeRest() { _ = try? connection.checkpoint(.passive) }
        try begin.run()
    }

    private func plain(_ entry: Entry, _ unnumbered: Bool) throws(RegistryError) -> Outcome {
        try rule.outcome(for: entry, unnumbered: unnumbered)
    }

    private func fenced(_ entry: Entry, _ unnumbered: Bool) throws(RegistryError) -> Outcome {
        try connection.execute("SAVEPOINT entry")
        do throws(RegistryError) {
            let outcome = try rule.outcome(for: entry, unnumbered: unnumbered)
            try connection.execute("RELEASE entry")
            return outcome
        } catch {
            guard error.concernsOneEntry, connection.isInTransaction else { throw error }
            try connection.execute("ROLLBACK TO entry; RELEASE entry")
            return .failed(error.description)
        }
    }
}

extension RegistryError {
    /// Whether the statement of one entry failed, so that its neighbours can go on in the same transaction.
    fileprivate var concernsOneEntry: Bool {
        switch primaryCode {
        case SQLITE_CONSTRAINT, SQLITE_ERROR, SQLITE_MISMATCH, SQLITE_TOOBIG, SQLITE_RANGE: true
        default: false
        }
    }
}
