/// What must hold between the rows of a registry, beyond what its constraints can say: each rule is a query for what
/// breaks it, a line of text a row.
enum Consistency {
    /// So many lines of one rule are told.
    static let limit = 20

    /// With the version of the schema since which they hold.
    static let rules: [(since: Int, sql: String)] = [
        (
            1,
            """
            SELECT 'enrolment ' || e.enrolment_id || ' names result ' || e.result_id || ', which ' || CASE
                WHEN r.result_id IS NULL THEN 'is not there'
                WHEN r.enrolment_id <> e.enrolment_id THEN 'is that of enrolment ' || r.enrolment_id
                WHEN r.revoked_at IS NOT NULL THEN 'is revoked'
                ELSE 'is of another course: ' || r.course_id END
            FROM enrolment AS e LEFT JOIN result AS r ON r.result_id = e.result_id
            WHERE e.result_id IS NOT NULL AND (
                r.result_id IS NULL OR r.enrolment_id <> e.enrolment_id OR r.revoked_at IS NOT NULL
                OR r.course_id <> e.course_id)
            """
        ),
        (
            1,
            """
            SELECT 'result ' || r.result_id || ' stands, but its enrolment ' || r.enrolment_id || CASE
                WHEN e.result_id IS NULL THEN ' has none: it is ' || e.status
                ELSE ' has result ' || e.result_id END
            FROM result AS r JOIN enrolment AS e ON e.enrolment_id = r.enrolment_id
            WHERE r.revoked_at IS NULL AND e.result_id IS NOT r.result_id
            """
        ),
        (
            1,
            """
            SELECT 'enrolment ' || enrolment_id || ' has ' || count(*) || ' results that stand: '
                || group_concat(result_id, ', ')
            FROM result WHERE revoked_at IS NULL GROUP BY enrolment_id HAVING count(*) > 1
            """
        ),
        (
            1,
            """
            SELECT 'results ' || group_concat(result_id, ', ') || ' are of the very same message'
            FROM result GROUP BY digest HAVING count(*) > 1
            """
        ),
        (1, idsAreNotUsedTwice("result", "result_id")),
        (1, "SELECT 'the state of maintenance has no row' WHERE NOT EXISTS (SELECT 1 FROM maintenance)"),
        (2, idsAreNotUsedTwice("delivery", "delivery")),
        (
            2,
            """
            SELECT 'delivery_size says ' || coalesce((SELECT bodies FROM delivery_size), 'nothing')
                || ', but the kept messages take ' || kept || ' bytes'
            FROM (SELECT coalesce(sum(length(body)), 0) AS kept FROM delivery_body)
            WHERE kept IS NOT (SELECT bodies FROM delivery_size)
            """
        ),
        (
            2,
            """
            SELECT 'the message of delivery ' || b.delivery || ' is kept without the delivery'
            FROM delivery_body AS b LEFT JOIN delivery AS d ON d.delivery = b.delivery WHERE d.delivery IS NULL
            """
        ),
        (
            2,
            """
            SELECT 'an open message names delivery ' || m.delivery || ', which ' || CASE
                WHEN d.delivery IS NULL THEN 'is not there' ELSE 'is that of another message' END
            FROM open_message AS m LEFT JOIN delivery AS d ON d.delivery = m.delivery WHERE d.digest IS NOT m.digest
            """
        ),
        (
            2,
            """
            SELECT 'cause ' || reason || ' of ' || plugin || CASE WHEN course_id = '' THEN '' ELSE ', ' || course_id END
                || ' counts ' || sum(counted) || ' open messages, but there are ' || sum(there)
            FROM (
                SELECT reason, plugin, course_id, messages AS counted, 0 AS there FROM cause
                UNION ALL SELECT reason, plugin, course_id, 0, 1 FROM open_message)
            GROUP BY reason, plugin, course_id HAVING sum(counted) <> sum(there)
            """
        ),
        (
            2,
            """
            SELECT 'course ' || course_id || CASE WHEN sum(listed) > 0
                THEN ' is listed as one with results, but has none' ELSE ' has results, but is not listed as such' END
            FROM (
                SELECT course_id, 1 AS listed, 0 AS there FROM course_with_results
                UNION ALL SELECT DISTINCT course_id, 0, 1 FROM result WHERE revoked_at IS NULL)
            GROUP BY course_id HAVING sum(listed) <> sum(there)
            """
        ),
        (
            2,
            """
            SELECT 'result ' || r.result_id || ' lies outside the ids of its day, and lists since a time may pass it over'
            FROM result AS r LEFT JOIN result_day AS d ON d.day = r.received_at / 86400000
            WHERE d.day IS NULL OR r.result_id NOT BETWEEN d.first_id AND d.last_id
            """
        ),
    ]

    /// An id that comes twice would keep a result from whoever asks for those after the last one.
    private static func idsAreNotUsedTwice(_ table: String, _ id: String) -> String {
        """
        SELECT 'the next ' || '\(table)' || ' would get an id that was used: ' || (next + 1)
        FROM (SELECT coalesce((SELECT seq FROM sqlite_sequence WHERE name = '\(table)'), 0) AS next)
        WHERE next < (SELECT coalesce(max(\(id)), 0) FROM \(table))
        """
    }
}
