import Results

/// Who a person is in the registry: a person id, or an external id of one source without a person id, and what else the
/// enrolments say of it. The same as a delivery's look-up: never a guess.
private struct Identity {
    /// Nil: known by the external id alone, or not at all.
    var person: String?
    /// The external ids with their sources.
    var externals: Set<ExternalID> = []
    /// All ids, the one that was asked for first.
    var ids: [String]

    struct ExternalID: Hashable {
        var id: String
        /// Empty: none.
        var source: String
    }

    func owns(_ row: EnrolmentRow) -> Bool {
        if let owner = row.personID { return owner == person }
        return row.externalID.map { externals.contains(ExternalID(id: $0, source: row.externalSource ?? "")) } ?? false
    }

    /// `enrolments` are the ids of those that the person has.
    func owns(_ row: ResultRow, _ enrolments: Set<String>, named id: String) -> Bool {
        // One that stands has its enrolment's person. Of a revoked one the enrolment may be another's by now.
        if row.revokedAt == nil { return enrolments.contains(row.enrolmentID) }
        if let owner = row.personID { return owner == (person ?? id) }
        return person == nil ? row.externalID == id : enrolments.contains(row.enrolmentID)
    }
}

extension RegistryAccess {
    /// Gathers, inside a transaction, everything about the person. `unread` is what an earlier look found.
    func gather(
        _ id: String, _ source: String?, _ unread: PersonRecord.Unread = PersonRecord.Unread()
    ) throws(RegistryError) -> Result<PersonRecord, PersonError> {
        guard let identity = try identity(id, source) else { return .failure(.ambiguous) }
        var record = PersonRecord(ids: identity.ids, enrolments: [], results: [], deliveries: [], bodies: [:])
        var own: Set<String> = []
        // Ids that another person has as well.
        var shared: Set<String> = []
        for id in identity.ids {
            let rows = try enrolments(matching: EnrolmentFilter(person: id))
            while let row = try rows.next() {
                if !identity.owns(row) {
                    shared.insert(id)
                } else if own.insert(row.enrolmentID).inserted {
                    record.enrolments.append(row)
                }
            }
        }
        var results: Set<Int64> = []
        for named in identity.ids {
            let rows = try self.results(
                matching: ResultFilter(person: named, includesRevoked: true, includesErased: true))
            while let row = try rows.next() {
                guard identity.owns(row, own, named: id), results.insert(row.resultID).inserted else { continue }
                record.results.append(row)
            }
        }
        record.results.sort { $0.resultID < $1.resultID }
        try gatherDeliveries(of: identity, shared, results, &record)
        let emails = record.enrolments.compactMap(\.email)
        try gatherUnread(naming: identity.ids.filter { !shared.contains($0) } + emails, unread, &record)
        for row in record.deliveries where row.hasBody { record.bodies[row.id] = try body(ofDelivery: row.id) }
        return .success(record)
    }

    /// Nil: the id fits several persons.
    private func identity(_ id: String, _ source: String?) throws(RegistryError) -> Identity? {
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
        guard persons.count <= 1, sources.count <= 1 else { return nil }
        let alone = sources.map { Identity.ExternalID(id: id, source: $0) }
        guard let person = persons.first else { return Identity(externals: Set(alone), ids: [id]) }
        var identity = Identity(person: person, ids: person == id ? [id] : [id, person])
        let query = try connection.prepare(
            """
            SELECT DISTINCT e.external_id, coalesce(e.external_source, ''), EXISTS (
                SELECT 1 FROM enrolment AS o WHERE o.external_id = e.external_id
                    AND o.external_source IS e.external_source AND o.person_id <> e.person_id)
            FROM enrolment AS e WHERE e.person_id = ?1 AND e.external_id IS NOT NULL
            """)
        query.bind(person, at: 1)
        while try query.step() {
            let external = Identity.ExternalID(id: query.text(0) ?? "", source: query.text(1) ?? "")
            if !identity.ids.contains(external.id) { identity.ids.append(external.id) }
            // A row without person id that two persons could claim is nobody's.
            if query.truth(2) == false { identity.externals.insert(external) }
        }
        // A row without person id is this person's where source and id are, and else another's.
        return alone.allSatisfy(identity.externals.contains) ? identity : nil
    }

    private func gatherDeliveries(
        of identity: Identity, _ shared: Set<String>, _ results: Set<Int64>, _ record: inout PersonRecord
    ) throws(RegistryError) {
        let resultOf = try connection.prepare("SELECT result_id FROM result WHERE digest = ?1")
        var seen: Set<Int64> = []
        for id in identity.ids {
            let rows = try deliveries(matching: DeliveryFilter(person: id))
            while let row = try rows.next() {
                guard let student = row.student, identity.ids.contains(student), seen.insert(row.id).inserted else {
                    continue
                }
                resultOf.bind(row.digest, at: 1)
                if let result = try resultOf.first({ $0.integer(0) }) {
                    // Whose result it became is known.
                    if results.contains(result) { record.deliveries.append(row) }
                } else if shared.contains(student) {
                    record.unclear += 1
                } else {
                    record.deliveries.append(row)
                }
            }
        }
    }

    /// Messages that could not be read name nobody in the log, but may name the person all the same.
    private func gatherUnread(
        naming names: [String], _ known: PersonRecord.Unread, _ record: inout PersonRecord
    ) throws(RegistryError) {
        record.unread = known
        let message = UnreadMessage(naming: names)
        // The database passes over what does not hold the letters at all.
        let holds = message.names.map { _ in "instr(b.body, ?) > 0" }.joined(separator: " OR ")
        let query = try connection.prepare(
            """
            SELECT b.delivery, b.body FROM delivery AS d INDEXED BY delivery_unread
            CROSS JOIN delivery_body AS b ON b.delivery = d.delivery
            WHERE d.delivery > ? AND d.student_id IS NULL AND d.digest IS NOT NULL AND (\(holds.isEmpty ? "false" : holds))
            """)
        query.bind(known.upTo, at: 1)
        for (index, name) in message.names.enumerated() { query.bind(name, at: Int32(index + 2)) }
        while try query.step() {
            if message.isNamed(in: query.bytes(1) ?? []) { record.unread.ids.append(query.integer(0)) }
        }
        record.unread.upTo = Int64(try connection.number("SELECT coalesce(max(delivery), 0) FROM delivery"))
        for id in record.unread.ids {
            if let row = try delivery(id), row.student == nil { record.deliveries.append(row) }
        }
    }

    /// The first column of every row.
    private func texts(_ sql: String, _ values: String?...) throws(RegistryError) -> [String] {
        let query = try connection.prepare(sql)
        for (index, value) in values.enumerated() { query.bind(value, at: Int32(index + 1)) }
        var found: [String] = []
        while try query.step() { found.append(query.text(0) ?? "") }
        return found
    }
}
