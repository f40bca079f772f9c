package import Results

/// Everything that is held about one person.
package struct PersonRecord: Sendable {
    /// All that the person is called by here: the person id and the external ids.
    package var ids: [String]
    package var enrolments: [EnrolmentRow]
    /// The revoked ones too.
    package var results: [ResultRow]
    package var deliveries: [DeliveryRow]
    /// By the delivery's id.
    package var bodies: [Int64: [UInt8]]
    /// How many refused deliveries name an id that another person has too, so that they may be either's. They are not in
    /// `deliveries`.
    package var unclear = 0
    /// Deliveries that could not be read but name the person.
    var unread = Unread()

    /// What a look through the kept messages found, which need not be repeated.
    struct Unread {
        var ids: [Int64] = []
        /// The latest delivery that was looked at.
        var upTo: Int64 = 0
    }

    package var isEmpty: Bool { enrolments.isEmpty && results.isEmpty && deliveries.isEmpty }
}

/// Why a person's record was not given or erased.
package enum PersonError: Error, Sendable, Equatable {
    /// The id is that of several persons: one's person id and another's external id, or of several sources.
    case ambiguous
    case registry(RegistryError)
}

/// How much was erased.
package struct Erasure: Sendable, Equatable {
    package var enrolments: Int
    package var results: Int
    package var deliveries: Int
    /// As in `PersonRecord`.
    package var unclear: Int
    /// Whether the write-ahead log was emptied. Else a reader or a writer was in the way, and the log holds what was
    /// erased until the server or the next command begins it anew.
    package var hasEmptiedLog = false

    package init(enrolments: Int, results: Int, deliveries: Int, unclear: Int = 0) {
        self.enrolments = enrolments
        self.results = results
        self.deliveries = deliveries
        self.unclear = unclear
    }
}

extension RegistryAccess {
    /// Everything held about the person with this person id or external id; `source` says which source's external id
    /// is meant.
    package func record(ofPerson id: String, source: String? = nil) throws(PersonError) -> PersonRecord {
        try guarded { () throws(RegistryError) in
            try connection.snapshot { () throws(RegistryError) in try gather(id, source) }
        }
    }

    /// Erases what is held about the person. Of a registered result stays that there was one: its id, enrolment, course,
    /// day and digest, so that no second one is registered.
    ///
    /// What was erased is overwritten in the database and in its log.
    package func erase(person id: String, source: String? = nil, at moment: Timestamp = .now()) throws(PersonError)
        -> Erasure
    {
        // The kept messages are read before the write lock is taken, and under it only those that came meanwhile.
        let unread = try record(ofPerson: id, source: source).unread
        var erasure = try guarded { () throws(RegistryError) -> Result<Erasure, PersonError> in
            // To delete an enrolment, SQLite would look through all results for one that refers to it, for which there
            // is no index. The trigger enrolment_is_kept watches over the same.
            try connection.execute("PRAGMA foreign_keys = OFF")
            defer { try? connection.execute("PRAGMA foreign_keys = ON") }
            return try connection.transaction { () throws(RegistryError) in
                switch try gather(id, source, unread) {
                case .success(let record): return .success(try erase(record, at: moment))
                case .failure(let error): return .failure(error)
                }
            }
        }
        // The log still holds the pages as they were.
        let left = try? connection.checkpoint(.truncate)
        erasure.hasEmptiedLog = left?.pages == 0
        return erasure
    }

    private func guarded<Value>(
        _ body: () throws(RegistryError) -> Result<Value, PersonError>
    ) throws(PersonError) -> Value {
        let outcome: Result<Value, PersonError>
        do throws(RegistryError) { outcome = try body() } catch { throw .registry(error) }
        return try outcome.get()
    }

    private func erase(_ record: PersonRecord, at moment: Timestamp) throws(RegistryError) -> Erasure {
        let erasure = try ResultErasure(connection)
        for result in record.results { try erasure.erase(result.resultID, at: moment) }
        for enrolment in record.enrolments {
            try run(
                """
                DELETE FROM enrolment WHERE enrolment_id = ?1 AND result_id IS NULL
                    AND NOT EXISTS (SELECT 1 FROM result WHERE enrolment_id = ?1 AND revoked_at IS NOT NULL)
                """, enrolment.enrolmentID)
            try run(
                """
                UPDATE enrolment SET person_id = 'erased:' || enrolment, external_id = NULL, external_source = NULL,
                    first_name = NULL, last_name = NULL, email = NULL, start_date = NULL,
                    status = CASE WHEN result_id IS NULL THEN 'geannuleerd' ELSE status END
                WHERE enrolment_id = ?1
                """, enrolment.enrolmentID)
        }
        for delivery in record.deliveries {
            try run("DELETE FROM delivery_body WHERE delivery = ?1", delivery.id)
            try run(
                """
                DELETE FROM open_message WHERE delivery = ?1
                    AND digest = (SELECT digest FROM delivery WHERE delivery = ?1)
                """, delivery.id)
            try run(
                "UPDATE delivery SET student_id = NULL, part_id = NULL, message = NULL WHERE delivery = ?1",
                delivery.id)
        }
        return Erasure(
            enrolments: record.enrolments.count, results: record.results.count, deliveries: record.deliveries.count,
            unclear: record.unclear)
    }

    private func run(_ sql: String, _ number: Int64) throws(RegistryError) {
        let statement = try connection.prepare(sql)
        statement.bind(number, at: 1)
        try statement.run()
    }

    private func run(_ sql: String, _ text: String) throws(RegistryError) {
        let statement = try connection.prepare(sql)
        statement.bind(text, at: 1)
        try statement.run()
    }
}
