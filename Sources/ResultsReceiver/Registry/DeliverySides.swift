import Results

/// How deliveries are found by what is not unique: code, reason, course, time.
///
/// The indexes by code, reason and course leave out what registered, because each would cost every accepted message a
/// page. So there are two sides: the refused (and redelivered), by those indexes; and the registered, by their results,
/// whose ids increase with time, and which the enrolments of a course lead to. Of each side the first rows are taken, as
/// many as are wanted, and both are merged. Where every row is wanted, the log is read in its order instead, because to merge
/// would be to hold them all.
enum DeliverySides {
    static func add(_ filter: DeliveryFilter, to condition: inout Condition, oldestFirst: Bool) {
        let isFound = filter.id != nil || filter.reference != nil || filter.person != nil || filter.digest != nil
        let mayBeRegistered =
            (filter.code ?? 200) == 200 && (filter.reason ?? "registered") == "registered"
        let isSelective = filter.code != nil || filter.reason != nil || filter.course != nil
        let merges = !isFound && isSelective && mayBeRegistered && filter.limit != nil
        // A plus keeps the planner from an index: what is found otherwise, or merged, needs no other; and a course has
        // fewer deliveries than a code or a reason, which its index holds as well.
        let plus = isFound || merges ? "+" : ""
        let plusBesideCourse = filter.course == nil ? plus : "+"
        let code = filter.code.map { condition.place(for: Int64($0)) }
        let reason = filter.reason.map { condition.place(for: $0) }
        let course = filter.course.map { condition.place(for: $0) }
        let since = filter.since.map { condition.place(for: $0.milliseconds) }
        let until = filter.until.map { condition.place(for: $0.milliseconds) }
        func conditions(_ row: String, _ plus: String, _ plusBesideCourse: String) -> [String] {
            [
                code.map { "\(plusBesideCourse)\(row).code = \($0)" },
                reason.map { "\(plusBesideCourse)\(row).reason = \($0)" },
                course.map { "\(plus)\(row).course_id = \($0)" },
                since.map { "\(plus)\(row).received_at >= \($0)" },
                until.map { "\(plus)\(row).received_at < \($0)" },
            ].compactMap(\.self)
        }
        for part in conditions("d", plus, plusBesideCourse) { condition.add(part) }
        // The partial indexes leave out what registered; the planner must be told.
        if !mayBeRegistered { condition.add("d.reason <> 'registered'") }
        guard merges, let limit = filter.limit else { return }
        let order = oldestFirst ? "ASC" : "DESC"
        var sides: [String] = []
        if filter.reason == nil {
            let wanted = ["f.reason <> 'registered'"] + conditions("f", "", filter.course == nil ? "" : "+")
            sides.append(
                """
                SELECT f.delivery FROM delivery AS f WHERE \(wanted.joined(separator: " AND "))
                ORDER BY f.received_at \(order), f.delivery \(order) LIMIT \(limit)
                """)
        }
        func registered(_ from: String, _ id: String, _ wanted: [String]) -> String {
            let times = [
                since.map { "r.received_at >= \($0)" }, until.map { "r.received_at < \($0)" },
                "\(id) >= \(ResultRows.firstID(since: "max(\(since ?? "0"), (SELECT min(received_at) FROM delivery))"))",
                until.map { "\(id) <= \(ResultRows.lastID(until: $0))" },
            ].compactMap(\.self)
            // Of a course, all ids are sorted; their deliveries are then looked up one by one, until there are enough. The
            // LIMIT that limits nothing keeps the inner order, and CROSS JOIN the loops as they are written.
            return """
                SELECT f.delivery FROM (
                    SELECT \(id) AS result_id FROM \(from) WHERE \((wanted + times).joined(separator: " AND "))
                    ORDER BY \(id) \(order) LIMIT -1) AS i
                CROSS JOIN result AS r ON r.result_id = i.result_id
                CROSS JOIN delivery AS f ON f.reference = r.reference WHERE f.reason = 'registered' LIMIT \(limit)
                """
        }
        if let course {
            let standing =
                "enrolment AS e" + ((since ?? until) == nil ? "" : " CROSS JOIN result AS r USING (result_id)")
            sides.append(registered(standing, "e.result_id", ["e.course_id = \(course)"]))
            sides.append(
                registered("result AS r", "r.result_id", ["r.course_id = \(course)", "r.revoked_at IS NOT NULL"]))
        } else {
            sides.append(registered("result AS r", "r.result_id", []))
        }
        let all = sides.map { "SELECT * FROM (\($0))" }.joined(separator: " UNION ALL ")
        condition.add("d.delivery IN (\(all))")
    }
}
