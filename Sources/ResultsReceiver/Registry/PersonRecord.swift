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
    package var enrolments = 0
    package var results = 0
    package var deliveries = 0
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
        let erasure = try guarded { () throws(RegistryError) -> Result<Erasure, PersonError> in
            try connection.transaction { () throws(RegistryError) in
                switch try gather(id, source) {
                case .success(let record): return .success(try erase(record, at: moment))
                case .failure(let error): return .failure(error)
                }
            }
        }
        // The log still holds the pages as they were.
        _ = try? connection.checkpoint(.truncate)
        return erasure
    }

    private func guarded<Value>(
        _ body: () throws(RegistryError) -> Result<Value, PersonError>
    ) throws(PersonError) -> Value {
        let outcome: Result<Value, PersonError>
        do throws(RegistryError) { outcome = try body() } catch { throw .registry(error) }
        return try outcome.get()
    }

    // MARK: Gathering

    private func gather(_ id: String, _ source: String?) throws(RegistryError) -> Result<PersonRecord, PersonError> {
        let persons = try texts(
            """
            SELECT DISTINCT person_id FROM enrolment WHERE person_id = ?1 AND ?2 IS NULL
            UNION SELECT person_id FROM enrolment
                WHERE external_id = ?1 AND person_id IS NOT NULL AND (?2 IS NULL OR external_source = ?2)
            """, id, source)
        let sources = try texts(
            """
            SELECT DISTINCT coalesce(external_source, '') FROM enrolment
            WHERE external_id = ?1 AND person_id IS NULL AND (?2 IS NULL OR external_source = ?2)
            """, id, source)
        // Rows without a person id belong to the one person with that external id, if there is one.
        guard persons.count <= 1, sources.count <= 1 else { return .failure(.ambiguous) }
        var ids = [id]
        if let person = persons.first {
            if person != id { ids.append(person) }
            for other in try texts(
                "SELECT DISTINCT external_id FROM enrolment WHERE person_id = ?1 AND external_id IS NOT NULL", person)
            where !ids.contains(other) { ids.append(other) }
        }
        var record = PersonRecord(ids: ids, enrolments: [], results: [], deliveries: [], bodies: [:])
        var seen: (enrolments: Set<String>, results: Set<Int64>, deliveries: Set<Int64>) = ([], [], [])
        for id in ids {
            let enrolments = try enrolments(matching: EnrolmentFilter(person: id))
            while let row = try enrolments.next() {
                guard persons.first == nil || row.personID == nil || row.personID == persons.first,
                    seen.enrolments.insert(row.enrolmentID).inserted
                else { continue }
                record.enrolments.append(row)
            }
        }
        for enrolment in record.enrolments {
            let filter = ResultFilter(enrolment: enrolment.enrolmentID, includesRevoked: true, includesErased: true)
            let results = try results(matching: filter)
            while let row = try results.next() {
                if seen.results.insert(row.resultID).inserted { record.results.append(row) }
            }
        }
        for id in ids {
            let rows = try deliveries(matching: DeliveryFilter(person: id))
            while let row = try rows.next() {
                guard let student = row.student, ids.contains(student) else { continue }
                if seen.deliveries.insert(row.id).inserted { record.deliveries.append(row) }
            }
            // Messages that could not be read name nobody, but may hold the id all the same.
            for row in try unread(naming: id) where seen.deliveries.insert(row.id).inserted {
                record.deliveries.append(row)
            }
        }
        for row in record.deliveries where row.hasBody { record.bodies[row.id] = try body(ofDelivery: row.id) }
        return .success(record)
    }

    private func unread(naming id: String) throws(RegistryError) -> [DeliveryRow] {
        let references = try texts(
            """
            SELECT d.reference FROM delivery_body AS b JOIN delivery AS d ON d.delivery = b.delivery
            WHERE d.student_id IS NULL AND instr(b.body, CAST('>' || ?1 || '<' AS BLOB)) > 0
            """, id)
        var rows: [DeliveryRow] = []
        for reference in references { rows += try deliveries(of: reference) }
        return rows
    }

    /// The first column of every row.
    private func texts(_ sql: String, _ values: String?...) throws(RegistryError) -> [String] {
        let query = try connection.prepare(sql)
        for (index, value) in values.enumerated() { query.bind(value, at: Int32(index + 1)) }
        var found: [String] = []
        while try query.step() { found.append(query.text(0) ?? "") }
        return found
    }

    // MARK: Erasing

    private func erase(_ record: PersonRecord, at moment: Timestamp) throws(RegistryError) -> Erasure {
        let erasure = try ResultErasure(connection)
        for result in record.results { try erasure.erase(result.resultID, at: moment) }
        let kept = Set(record.results.map(\.enrolmentID))
        for enrolment in record.enrolments {
            if kept.contains(enrolment.enrolmentID) {
                try run(
                    """
                    UPDATE enrolment SET person_id = 'erased:' || enrolment, external_id = NULL, external_source = NULL,
                        first_name = NULL, last_name = NULL, email = NULL, start_date = NULL,
                        status = CASE WHEN result_id IS NULL THEN 'geannuleerd' ELSE status END
                    WHERE enrolment_id = ?1
                    """, enrolment.enrolmentID)
            } else {
                try run("DELETE FROM enrolment WHERE enrolment_id = ?1", enrolment.enrolmentID)
            }
        }
        for delivery in record.deliveries {
            try run("DELETE FROM delivery_body WHERE delivery = ?1", delivery.id)
            try run(
                "DELETE FROM open_message WHERE delivery = ?1 AND digest = (SELECT digest FROM delivery WHERE delivery = ?1)",
                delivery.id)
            try run(
                "UPDATE delivery SET student_id = NULL, part_id = NULL, message = NULL WHERE delivery = ?1", delivery.id
            )
        }
        return Erasure(
            enrolments: record.enrolments.count, results: record.results.count, deliveries: record.deliveries.count)
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
