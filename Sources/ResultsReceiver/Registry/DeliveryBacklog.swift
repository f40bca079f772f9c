import Results

/// What the delivery log has still to be told: records of refused deliveries, and the tally of those that were turned
/// away. Bounded, so that a database that cannot be written costs no more than this.
///
/// A plain value behind the committer's lock.
struct DeliveryBacklog {
    /// What is written in one go: short enough to hold up no group of results.
    struct Batch {
        var records: [DeliveryRecord] = []
        var tally: [TurnedAway] = []
        /// How many records found no room since the last batch.
        var lost = 0
    }

    private struct Cause: Hashable {
        var reason: String
        var plugin: String
    }

    /// How many rows a cause had in the current minute and day.
    private struct Rows {
        var minute: (number: Int64, count: Int) = (0, 0)
        var day: (number: Int64, count: Int) = (0, 0)
    }

    /// Records that wait at most, and the octets of their bodies.
    private static let capacity = (records: 16_384, bytes: 32 << 20)
    private static let batch = (records: 64, bytes: 1 << 20)
    /// Rows for each reason that no right signature vouches for: so few that a flood which never ends neither fills the
    /// disk nor pushes the others out of a log of the usual size.
    private static let rowsPerMinute = 10
    private static let rowsPerDay = 500
    /// Kinds of tally at most: the reasons times the configured integrations stay far below it.
    private static let causes = 1000

    /// In front of `taken` lies what was handed out; it goes when it is half of all, so that no batch moves all records.
    private var records: [DeliveryRecord?] = []
    private var taken = 0
    private var bytes = 0
    private var tally: [Cause: (requests: Int, last: Timestamp)] = [:]
    private var rows: [Cause: Rows] = [:]
    private var lost = 0

    var isEmpty: Bool { count == 0 && tally.isEmpty && lost == 0 }

    private var count: Int { records.count - taken }

    mutating func add(_ record: DeliveryRecord) {
        let size = record.body?.count ?? 0
        guard count < Self.capacity.records, bytes + size <= Self.capacity.bytes else {
            lost += 1
            return
        }
        records.append(record)
        bytes += size
    }

    /// Counts a request without a right signature.
    ///
    /// - Returns: whether it may have a row of its own too.
    mutating func count(_ reason: String, plugin: String, at moment: Timestamp) -> Bool {
        let cause = Cause(reason: reason, plugin: plugin)
        guard tally[cause] != nil || tally.count < Self.causes else { return false }
        tally[cause] = ((tally[cause]?.requests ?? 0) + 1, moment)
        if rows.count >= Self.causes { rows.removeAll(keepingCapacity: true) }
        var counts = rows[cause] ?? Rows()
        let minute = moment.milliseconds / 60_000
        let day = moment.milliseconds / 86_400_000
        if counts.minute.number != minute { counts.minute = (minute, 0) }
        if counts.day.number != day { counts.day = (day, 0) }
        guard counts.minute.count < Self.rowsPerMinute, counts.day.count < Self.rowsPerDay else { return false }
        counts.minute.count += 1
        counts.day.count += 1
        rows[cause] = counts
        return true
    }

    mutating func take() -> Batch {
        var batch = Batch(lost: lost)
        var size = 0
        while count > 0, batch.records.count < Self.batch.records, let record = records[taken] {
            let bytes = record.body?.count ?? 0
            // One body may be larger than a batch.
            guard batch.records.isEmpty || size + bytes <= Self.batch.bytes else { break }
            size += bytes
            batch.records.append(record)
            records[taken] = nil
            taken += 1
        }
        bytes -= size
        if taken * 2 >= records.count {
            records.removeFirst(taken)
            taken = 0
        }
        batch.tally = tally.map {
            TurnedAway(reason: $0.key.reason, plugin: $0.key.plugin, requests: $0.value.requests, last: $0.value.last)
        }
        tally.removeAll(keepingCapacity: true)
        lost = 0
        return batch
    }

    /// A batch that could not be written waits again, at the front.
    mutating func putBack(_ batch: Batch) {
        records.replaceSubrange(..<taken, with: batch.records)
        taken = 0
        bytes += batch.records.reduce(0) { $0 + ($1.body?.count ?? 0) }
        for turned in batch.tally {
            let cause = Cause(reason: turned.reason, plugin: turned.plugin)
            let later = tally[cause]
            tally[cause] = (turned.requests + (later?.requests ?? 0), later?.last ?? turned.last)
        }
    }
}
