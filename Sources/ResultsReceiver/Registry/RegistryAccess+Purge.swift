import Glibc
package import Results

extension RegistryAccess {
    /// How many results were received before `moment` and are not erased, revoked ones among them.
    package func purgeable(before moment: Timestamp) throws(RegistryError) -> Int {
        let query = try connection.prepare("SELECT count(*) FROM result WHERE received_at < ?1 AND erased_at IS NULL")
        query.bind(moment.milliseconds, at: 1)
        return Int(try query.first { $0.integer(0) } ?? 0)
    }

    /// Purges the results that were received before `moment`, in small transactions, between which others write. What was
    /// erased is overwritten in the database and in its log.
    ///
    /// - Returns: how many.
    package func purge(before moment: Timestamp, at now: Timestamp = .now()) throws(RegistryError) -> Int {
        let purge = try ResultPurge(connection)
        let next = try connection.prepare(
            """
            SELECT result_id FROM result WHERE result_id > ?1 AND received_at < ?2 AND erased_at IS NULL
            ORDER BY result_id LIMIT 100
            """)
        var count = 0
        var last: Int64 = 0
        while true {
            let began = ContinuousClock.now
            let batch = try connection.transaction { () throws(RegistryError) in
                next.bind(last, at: 1)
                next.bind(moment.milliseconds, at: 2)
                var batch: [Int64] = []
                while try next.step() { batch.append(next.integer(0)) }
                for result in batch { try purge.purge(result, at: now) }
                return batch
            }
            guard let end = batch.last else { break }
            last = end
            count += batch.count
            // SQLite's lock is not handed on to who waits for it: without a pause the server would seldom get it.
            let (seconds, attoseconds) = (ContinuousClock.now - began).components
            usleep(UInt32(clamping: seconds * 1_000_000 + attoseconds / 1_000_000_000_000 + 2000))
        }
        // The log still holds the pages as they were.
        _ = try? connection.checkpoint(.truncate)
        return count
    }
}
