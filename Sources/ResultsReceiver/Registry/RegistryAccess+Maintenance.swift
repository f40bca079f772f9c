package import Results

/// Maintenance: while it lasts no result is registered, and deliveries are answered 503.
package struct Maintenance: Sendable, Equatable {
    package var since: Timestamp
    /// For the answers' readers.
    package var message: String?

    package init(since: Timestamp, message: String? = nil) {
        self.since = since
        self.message = message
    }

    /// The longest message, in characters (Unicode scalars).
    package static let messageLimit = 500
}

extension RegistryAccess {
    /// The maintenance that lasts; nil: there is none.
    package func maintenance() throws(RegistryError) -> Maintenance? {
        let query = try connection.prepare("SELECT since, message FROM maintenance WHERE since IS NOT NULL")
        return try query.first { row in
            Maintenance(since: Timestamp(milliseconds: row.integer(0)), message: row.text(1))
        }
    }

    /// Begins maintenance. Where it lasts already only its message changes. Takes effect for a server that runs with
    /// its next transaction.
    /// - Returns: the maintenance that lasts now.
    @discardableResult
    package func beginMaintenance(
        message: String?, at moment: Timestamp = .now()
    ) throws(RegistryError) -> Maintenance {
        let update = try connection.prepare(
            "UPDATE maintenance SET since = coalesce(since, ?), message = ? WHERE only = 1")
        update.bind(moment.milliseconds, at: 1)
        update.bind(message.flatMap { $0.isEmpty ? nil : $0 }, at: 2)
        try update.run()
        return try maintenance() ?? Maintenance(since: moment, message: message)
    }

    /// Ends maintenance.
    /// - Returns: the one that ended; nil: there was none.
    @discardableResult
    package func endMaintenance() throws(RegistryError) -> Maintenance? {
        try connection.transaction { () throws(RegistryError) in
            let before = try maintenance()
            if before != nil { try connection.execute("UPDATE maintenance SET since = NULL, message = NULL") }
            return before
        }
    }
}
