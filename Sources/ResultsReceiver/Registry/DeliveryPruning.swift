import Results

/// Lets the oldest rows of the delivery log go, a few at a time, inside an open transaction: what is too old, and what is
/// more than the log may hold.
struct DeliveryPruning {
    /// How many rows of each kind go at once: some milliseconds of work at most.
    private static let batch = 100

    private let retention: DeliveryRetention
    private let bodySize: Statement
    private let oldBodies: Statement
    private let dropBody: Statement
    private let deliveries: Statement
    private let oldDeliveries: Statement
    private let dropDelivery: Statement
    private let dropTally: Statement

    init(_ connection: Connection, _ retention: DeliveryRetention) throws(RegistryError) {
        self.retention = retention
        bodySize = try connection.prepare("SELECT bodies FROM delivery_size")
        oldBodies = try connection.prepare(
            "SELECT delivery, received_at, length(body) FROM delivery_body ORDER BY delivery LIMIT ?1")
        dropBody = try connection.prepare("DELETE FROM delivery_body WHERE delivery = ?1")
        // Ids have no gaps but for what is gone at the old end, so that nothing needs counting.
        deliveries = try connection.prepare(
            "SELECT coalesce((SELECT max(delivery) FROM delivery) - (SELECT min(delivery) FROM delivery) + 1, 0)")
        oldDeliveries = try connection.prepare(
            "SELECT delivery, received_at FROM delivery ORDER BY delivery LIMIT ?1")
        dropDelivery = try connection.prepare("DELETE FROM delivery WHERE delivery = ?1")
        dropTally = try connection.prepare("DELETE FROM turned_away WHERE day < ?1")
    }

    /// - Returns: whether there is more to do.
    func run(at now: Timestamp) throws(RegistryError) -> Bool {
        dropTally.bind(CivilTime.utc.date(of: now.earlier(by: retention.age)).iso8601, at: 1)
        try dropTally.run()
        let leavesBodies = try pruneBodies(now)
        return try pruneDeliveries(now) || leavesBodies
    }

    private func pruneBodies(_ now: Timestamp) throws(RegistryError) -> Bool {
        let limit = now.earlier(by: retention.bodyAge).milliseconds
        var size = try bodySize.first { $0.integer(0) } ?? 0
        var old: [Int64] = []
        oldBodies.bind(Self.batch, at: 1)
        while try oldBodies.step() {
            guard oldBodies.integer(1) < limit || size > Int64(retention.bodyBytes) else {
                oldBodies.reset()
                break
            }
            old.append(oldBodies.integer(0))
            size -= oldBodies.integer(2)
        }
        try drop(old, dropBody)
        return old.count == Self.batch
    }

    private func pruneDeliveries(_ now: Timestamp) throws(RegistryError) -> Bool {
        let limit = now.earlier(by: retention.age).milliseconds
        var excess = try (deliveries.first { $0.integer(0) } ?? 0) - Int64(retention.deliveries)
        var old: [Int64] = []
        oldDeliveries.bind(Self.batch, at: 1)
        while try oldDeliveries.step() {
            guard oldDeliveries.integer(1) < limit || excess > 0 else {
                oldDeliveries.reset()
                break
            }
            old.append(oldDeliveries.integer(0))
            excess -= 1
        }
        try drop(old, dropDelivery)
        return old.count == Self.batch
    }

    private func drop(_ rows: [Int64], _ statement: Statement) throws(RegistryError) {
        for row in rows {
            statement.bind(row, at: 1)
            try statement.run()
        }
    }
}

extension Timestamp {
    func earlier(by duration: Duration) -> Timestamp {
        Timestamp(milliseconds: milliseconds - duration.components.seconds * 1000)
    }
}
