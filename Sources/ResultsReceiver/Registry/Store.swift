package import Results

/// A completion on its way into the store, with what must be stored beside it.
package struct Entry: Sendable {
    package var completion: Completion
    /// The date of `completed` in the configured time zone.
    package var approvedOn: CalendarDate
    package var receivedAt: Timestamp
    /// The answer's reference, by which log, answer and row are found together.
    package var reference: String
    package var plugin: String
    package var personKey: PersonKey
    /// Where the external ids of this integration come from; nil: any source.
    package var externalSource: String?
    /// SHA-256 of the body's bytes, by which the identical message is known again.
    package var digest: [UInt8]
    /// `redelivery = acknowledge`: the identical message is answered `redelivered`.
    package var acknowledgesRedelivery: Bool
    /// The body's size.
    package var bytes: Int
    /// When the body was complete.
    package var began: ContinuousClock.Instant
    /// The sender's address; nil for a replay.
    package var client: String?
    /// The recorded delivery whose message this is once more.
    package var replayOf: Int64?

    package init(
        completion: Completion, approvedOn: CalendarDate, receivedAt: Timestamp, reference: String, plugin: String,
        personKey: PersonKey, externalSource: String?, digest: [UInt8], acknowledgesRedelivery: Bool, bytes: Int,
        began: ContinuousClock.Instant, client: String?, replayOf: Int64? = nil
    ) {
        self.completion = completion
        self.approvedOn = approvedOn
        self.receivedAt = receivedAt
        self.reference = reference
        self.plugin = plugin
        self.personKey = personKey
        self.externalSource = externalSource
        self.digest = digest
        self.acknowledgesRedelivery = acknowledgesRedelivery
        self.bytes = bytes
        self.began = began
        self.client = client
        self.replayOf = replayOf
    }
}

/// What became of one entry once its transaction is committed.
package enum Outcome: Sendable, Equatable {
    /// Stored, and on disk.
    case registered(Registration)
    /// The same bytes were stored before, and may be acknowledged again.
    case redelivered(Registration)
    case refused(Violation)
    /// The store is in maintenance: nothing was stored. The operator's message, if there is one.
    case maintenance(message: String?)
    /// This entry alone could not be handled; its neighbours are not touched. What failed, without personal data.
    case failed(String)
}

extension Outcome {
    /// The result of an answer 200; nil for any other answer.
    package var acknowledged: Registration? {
        switch self {
        case .registered(let registration), .redelivered(let registration): registration
        case .refused, .maintenance, .failed: nil
        }
    }
}

/// Why a whole transaction did not happen.
package enum StoreError: Error, Sendable, Equatable {
    /// Another process holds the write lock.
    case busy
    /// Disk full, I/O error, read-only or damaged file: code and sentence of the store, without bound values.
    case unavailable(code: Int32, message: String)
}

/// Where results are kept: SQLite now.
package protocol Store: Sendable {
    /// Applies all entries in one transaction and answers one outcome each, in order, after everything is on disk.
    ///
    /// Blocks its caller for as long as the disk takes.
    /// - Throws: nothing of the group is stored then.
    func apply(_ entries: [Entry]) throws(StoreError) -> [Outcome]

    /// Keeps that the answers for these results did not reach their sender: their bytes are acknowledged next time.
    func markUnanswered(_ results: [Int64]) throws(StoreError)

    /// Writes deliveries that were refused into the log, counts those that were turned away, and lets go of a few of the
    /// rows that are older than they may be.
    ///
    /// Not synced: a power cut may take the last of them.
    /// - Returns: whether more rows are too old.
    func record(_ records: [DeliveryRecord], turnedAway: [TurnedAway]) throws(StoreError) -> Bool

    /// Tries whether a result could be stored now: takes the write lock and gives it back. Writes nothing.
    /// - Returns: whether maintenance keeps results from being stored.
    func isInMaintenance() throws(StoreError) -> Bool

    /// Puts everything in order for the end of the program. Later calls throw.
    func close()
}
