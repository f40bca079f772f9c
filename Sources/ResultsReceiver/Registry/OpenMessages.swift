package import Results

/// Open messages with the same cause: refused for the same reason, of the same integration and course.
package struct Cause: Sendable, Equatable {
    /// The answer's machine word.
    package var reason: String
    package var plugin: String
    /// Nil where the messages could not be read.
    package var course: String?
    package var messages: Int
    /// When the first and the latest of their deliveries came.
    package var first: Timestamp
    package var last: Timestamp
    /// The reference of the latest delivery.
    package var example: String
}

/// Requests with a wrong signature, after which no right one came for the same integration.
package struct WrongSignatures: Sendable, Equatable {
    package var reason: String
    package var plugin: String
    /// On that day (UTC).
    package var requests: Int
    package var last: Timestamp
}

/// Which open messages are meant.
package struct OpenMessageFilter: Sendable {
    package var reason: String?
    package var plugin: String?
    package var course: String?
    /// Whose latest delivery came at this moment or later.
    package var since: Timestamp?
    /// Only those whose student has a planned enrolment in the course by now, as far as the ids say.
    package var isPlanned = false

    package init(reason: String? = nil, plugin: String? = nil, course: String? = nil, since: Timestamp? = nil) {
        self.reason = reason
        self.plugin = plugin
        self.course = course
        self.since = since
    }
}

extension RegistryAccess {
    static let causesSQL = {
        let ofCause =
            "FROM open_message AS m INDEXED BY open_message_by_cause "
            + "WHERE m.reason = c.reason AND m.plugin = c.plugin AND m.course_id = c.course_id"
        return """
            SELECT c.reason, c.plugin, c.course_id, c.messages, (SELECT max(m.last_at) \(ofCause)),
                (SELECT d.reference FROM delivery AS d WHERE d.delivery = (
                    SELECT m.delivery \(ofCause) ORDER BY m.last_at DESC LIMIT 1)),
                c.first_at
            FROM cause AS c ORDER BY c.messages DESC, c.reason, c.plugin, c.course_id
            """
    }()

    /// The causes of open messages, the one with the most messages first.
    package func causes(limit: Int? = nil) throws(RegistryError) -> [Cause] {
        let query = try connection.prepare(Self.causesSQL + (limit.map { " LIMIT \($0)" } ?? ""))
        var causes: [Cause] = []
        while try query.step() {
            let course = query.text(2) ?? ""
            causes.append(
                Cause(
                    reason: query.text(0) ?? "", plugin: query.text(1) ?? "", course: course.isEmpty ? nil : course,
                    messages: Int(query.integer(3)), first: Timestamp(milliseconds: query.integer(6)),
                    last: Timestamp(milliseconds: query.integer(4)), example: query.text(5) ?? ""))
        }
        return causes
    }

    /// Integrations whose latest requests since `moment` had a wrong signature.
    package func wrongSignatures(since moment: Timestamp) throws(RegistryError) -> [WrongSignatures] {
        let query = try connection.prepare(
            """
            SELECT reason, plugin, requests, last_at FROM turned_away
            WHERE day >= ?1 AND last_at >= ?2 AND plugin <> ''
                AND reason IN ('signature-mismatch', 'signature-malformed')
            ORDER BY day, reason, plugin
            """)
        query.bind(CivilTime.utc.date(of: moment).iso8601, at: 1)
        query.bind(moment.milliseconds, at: 2)
        let later = try connection.prepare(
            """
            SELECT 1 FROM delivery INDEXED BY delivery_by_time
            WHERE received_at > ?1 AND plugin = ?2 AND digest IS NOT NULL LIMIT 1
            """)
        var found: [WrongSignatures] = []
        while try query.step() {
            let plugin = query.text(1) ?? ""
            let last = Timestamp(milliseconds: query.integer(3))
            later.bind(last.milliseconds, at: 1)
            later.bind(plugin, at: 2)
            guard try later.first({ _ in true }) == nil else { continue }
            found.append(
                WrongSignatures(
                    reason: query.text(0) ?? "", plugin: plugin, requests: Int(query.integer(2)), last: last))
        }
        return found
    }

    /// The latest deliveries of open messages, by their ids, the longest waiting first.
    package func openDeliveryIDs(_ filter: OpenMessageFilter) throws(RegistryError) -> [Int64] {
        let condition = condition(filter)
        let query = try connection.prepare(
            "SELECT delivery FROM open_message\(condition.sql) ORDER BY first_at, delivery")
        condition.bind(to: query)
        var ids: [Int64] = []
        while try query.step() { ids.append(query.integer(0)) }
        return ids
    }

    private func condition(_ filter: OpenMessageFilter) -> Condition {
        var condition = Condition()
        condition.add("reason = ?", filter.reason)
        condition.add("plugin = ?", filter.plugin)
        condition.add("course_id = ?", filter.course)
        condition.add("last_at >= ?", filter.since?.milliseconds)
        if filter.isPlanned { condition.add(Self.planned) }
        return condition
    }

    /// By the person's own ids, and the external ids of the person's other enrolments: what a look-up may go by. Only where
    /// the message is kept. The indexes are named because the planner would take that of a course, which may have
    /// thousands of enrolments.
    private static let planned = {
        let byPerson = "INDEXED BY enrolment_by_person"
        let byExternal = "INDEXED BY enrolment_by_external_id"
        let ways = [
            "enrolment AS e \(byPerson) ON e.person_id = d.student_id",
            "enrolment AS e \(byExternal) ON e.external_id = d.student_id",
            "enrolment AS p \(byPerson) ON p.person_id = d.student_id CROSS JOIN "
                + "enrolment AS e \(byExternal) ON e.external_id = p.external_id",
            "enrolment AS p \(byExternal) ON p.external_id = d.student_id CROSS JOIN "
                + "enrolment AS e \(byPerson) ON e.person_id = p.person_id",
        ].map { way in
            """
            EXISTS (SELECT 1 FROM delivery AS d CROSS JOIN \(way)
                WHERE d.delivery = open_message.delivery AND e.course_id = d.course_id AND e.status = 'ingepland')
            """
        }
        return """
            EXISTS (SELECT 1 FROM delivery_body AS b WHERE b.delivery = open_message.delivery)
            AND (\(ways.joined(separator: " OR ")))
            """
    }()

    package func delivery(_ id: Int64) throws(RegistryError) -> DeliveryRow? {
        try deliveries(matching: DeliveryFilter(id: id)).next()
    }

    /// The deliveries with this reference: one, unless a result was registered after its sender was told otherwise.
    package func deliveries(of reference: String) throws(RegistryError) -> [DeliveryRow] {
        let rows = try deliveries(matching: DeliveryFilter(reference: reference))
        var found: [DeliveryRow] = []
        while let row = try rows.next() { found.append(row) }
        return found
    }

    /// Takes a message from the open ones, as nothing is to be done about it.
    ///
    /// - Returns: false: it was not open.
    package func dismiss(_ delivery: DeliveryRow) throws(RegistryError) -> Bool {
        guard let digest = delivery.digest else { return false }
        let delete = try connection.prepare("DELETE FROM open_message WHERE digest = ?1")
        delete.bind(digest, at: 1)
        try delete.run()
        return connection.changes > 0
    }

    /// The same for all messages that match.
    ///
    /// - Returns: how many they were.
    package func dismiss(_ filter: OpenMessageFilter) throws(RegistryError) -> Int {
        let condition = condition(filter)
        let delete = try connection.prepare("DELETE FROM open_message\(condition.sql)")
        condition.bind(to: delete)
        try delete.run()
        return connection.changes
    }

    /// Who is still planned in courses in which others have results, by course and enrolment id.
    package func missing(course: String? = nil, limit: Int? = nil) throws(RegistryError) -> EnrolmentRows {
        try EnrolmentRows(missingIn: connection, course: course, limit: limit)
    }
}
