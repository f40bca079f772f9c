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

    private struct Minute {
        var number: Int64 = 0
        var rows = 0
    }

    /// Records that wait at most, and the octets of their bodies.
    private static let capacity = (records: 16_384, bytes: 32 << 20)
    private static let batch = (records: 64, bytes: 1 << 20)
    /// Rows for each reason and minute that no right signature vouches for.
    private static let rowsPerMinute = 10
    /// Kinds of tally at most: the reasons times the configured integrations stay far below it.
    private static let causes = 1000

    private var records: [DeliveryRecord] = []
    private var bytes = 0
    private var tally: [Cause: (requests: Int, last: Timestamp)] = [:]
    private var minutes: [Cause: Minute] = [:]
    private var lost = 0

    var isEmpty: Bool { records.isEmpty && tally.isEmpty && lost == 0 }

    mutating func add(_ record: DeliveryRecord) {
        let size = record.body?.count ?? 0
        guard records.count < Self.capacity.records, bytes + size <= Self.capacity.bytes else {
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
        let number = moment.milliseconds / 60_000
        if minutes.count >= Self.causes { minutes.removeAll(keepingCapacity: true) }
        var minute = minutes[cause] ?? Minute()
        if minute.number != number { minute = Minute(number: number) }
        minute.rows += 1
        minutes[cause] = minute
        return minute.rows <= Self.rowsPerMinute
    }

    mutating func take() -> Batch {
        var size = 0
        let end = records.firstIndex { record in
            size += record.body?.count ?? 0
            return size > Self.batch.bytes
        }
        // One body may be larger than a batch.
        let count = min(max(1, end ?? records.count), Self.batch.records, records.count)
        var batch = Batch(lost: lost)
        batch.records = Array(records.prefix(count))
        records.removeFirst(count)
        bytes -= batch.records.reduce(0) { $0 + ($1.body?.count ?? 0) }
        batch.tally = tally.map {
            TurnedAway(reason: $0.key.reason, plugin: $0.key.plugin, requests: $0.value.requests, last: $0.value.last)
        }
        tally.removeAll(keepingCapacity: true)
        lost = 0
        return batch
    }

    /// A batch that could not be written waits again, at the front.
    mutating func putBack(_ batch: Batch) {
        records.insert(contentsOf: batch.records, at: 0)
        bytes += batch.records.reduce(0) { $0 + ($1.body?.count ?? 0) }
        for turned in batch.tally {
            let cause = Cause(reason: turned.reason, plugin: turned.plugin)
            let later = tally[cause]
            tally[cause] = (turned.requests + (later?.requests ?? 0), later?.last ?? turned.last)
        }
        lost += batch.lost
    }
}
