import Results

/// Lets the oldest rows of the delivery log go, a few at a time, inside an open transaction: what is too old, and what is
/// more than the log may hold.
struct DeliveryPruning {
    /// What goes at once: some milliseconds of work, as results wait meanwhile. Bodies count by their bytes as well,
    /// because what is deleted is overwritten.
    private static let batch = (rows: 100, bytes: Int64(1 << 20))

    private let bodySize: Statement
    private let oldBodies: Statement
    private let firstBodies: Statement
    private let dropBody: Statement
    private let dropText: Statement
    private let oldDeliveries: Statement
    private let firstDeliveries: Statement
    private let dropDelivery: Statement
    private let dropTally: Statement

    init(_ connection: Connection) throws(RegistryError) {
        bodySize = try connection.prepare("SELECT bodies FROM delivery_size")
        // By time and not by id: a row from when the clock was ahead holds up none that came after it.
        oldBodies = try connection.prepare(
            "SELECT delivery, length(body) FROM delivery_body WHERE received_at < ?1 ORDER BY received_at")
        firstBodies = try connection.prepare("SELECT delivery, length(body) FROM delivery_body ORDER BY delivery")
        dropBody = try connection.prepare("DELETE FROM delivery_body WHERE delivery = ?1")
        // Why a message could not be read may quote it, and without its body nobody finds out whom that names.
        dropText = try connection.prepare(
            "UPDATE delivery SET message = NULL WHERE delivery = ?1 AND student_id IS NULL")
        let delivery = """
            SELECT d.delivery, (SELECT length(b.body) FROM delivery_body AS b WHERE b.delivery = d.delivery)
            FROM delivery AS d
            """
        oldDeliveries = try connection.prepare("\(delivery) WHERE d.received_at < ?1 ORDER BY d.received_at")
        // By id, so that nothing needs counting: every delivery has the next one.
        firstDeliveries = try connection.prepare(
            "\(delivery) WHERE d.delivery <= (SELECT max(delivery) FROM delivery) - ?1 ORDER BY d.delivery")
        dropDelivery = try connection.prepare("DELETE FROM delivery WHERE delivery = ?1")
        dropTally = try connection.prepare("DELETE FROM turned_away WHERE day < ?1")
    }

    /// - Returns: whether there is more to do.
    func run(at now: Timestamp, _ retention: DeliveryRetention) throws(RegistryError) -> Bool {
        dropTally.bind(CivilTime.utc.date(of: now.earlier(by: retention.age)).iso8601, at: 1)
        try dropTally.run()

        var round = Round()
        oldBodies.bind(now.earlier(by: retention.bodyAge).milliseconds, at: 1)
        try drop(try round.take(oldBodies), dropText, dropBody)
        let excess = try (bodySize.first { $0.integer(0) } ?? 0) - Int64(retention.bodyBytes)
        if excess > 0 { try drop(try round.take(firstBodies, bytes: excess), dropText, dropBody) }
        oldDeliveries.bind(now.earlier(by: retention.age).milliseconds, at: 1)
        try drop(try round.take(oldDeliveries), dropDelivery)
        firstDeliveries.bind(retention.deliveries, at: 1)
        try drop(try round.take(firstDeliveries), dropDelivery)
        return round.isFull
    }

    private func drop(_ rows: [Int64], _ statements: Statement...) throws(RegistryError) {
        for row in rows {
            for statement in statements {
                statement.bind(row, at: 1)
                try statement.run()
            }
        }
    }

    /// What one transaction may still let go.
    private struct Round {
        private var rows = DeliveryPruning.batch.rows
        private var bytes = DeliveryPruning.batch.bytes
        private(set) var isFull = false

        /// The ids of what a query finds, with the bytes of their bodies, as long as there is room; and no more of them
        /// than make up `bytes`.
        mutating func take(_ query: Statement, bytes wanted: Int64 = .max) throws(RegistryError) -> [Int64] {
            var taken: [Int64] = []
            var wanted = wanted
            defer { query.reset() }
            while wanted > 0, try query.step() {
                let size = query.integer(1)
                // One body may be larger than a whole round.
                isFull = isFull || rows == 0 || (size > bytes && bytes < DeliveryPruning.batch.bytes)
                if isFull { break }
                taken.append(query.integer(0))
                rows -= 1
                bytes -= size
                wanted -= size
            }
            return taken
        }
    }
}

extension Timestamp {
    func earlier(by duration: Duration) -> Timestamp {
        Timestamp(milliseconds: milliseconds - duration.components.seconds * 1000)
    }
}
