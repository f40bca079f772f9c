/// An id that fits more than one person: messages that name it are refused.
package struct AmbiguousID: Sendable, Equatable {
    package enum Kind: Sendable, Equatable {
        /// One person's id is another person's external id.
        case personAndExternal
        /// Several persons, or several external sources, have the external id.
        case severalPersons
    }

    package var id: String
    package var kind: Kind

    package init(id: String, kind: Kind) {
        self.id = id
        self.kind = kind
    }

    /// The first of them in the whole registry, by id.
    ///
    /// Every such id is an external id, so one walk along the external ids finds them all. As for messages, an
    /// external id with its source is the person of the rows that name a person id as well, and a person of its own
    /// where no row does.
    static func find(on connection: Connection, limit: Int) throws(RegistryError) -> [AmbiguousID] {
        let query = try connection.prepare(
            """
            WITH source AS (
                SELECT external_id, min(person_id) AS least, max(person_id) AS greatest
                FROM enrolment INDEXED BY enrolment_by_external_id
                WHERE external_id IS NOT NULL GROUP BY external_id, external_source
            ), id AS (
                SELECT external_id, min(least) AS least, max(greatest) AS greatest,
                    count(*) - count(least) AS alone, count(least) AS named
                FROM source GROUP BY external_id
            )
            SELECT external_id, crossed FROM (
                SELECT external_id,
                    least <> greatest OR alone > 1 OR (alone > 0 AND named > 0) AS several,
                    (alone > 0 OR least <> external_id OR greatest <> external_id)
                        AND EXISTS (SELECT 1 FROM enrolment AS p WHERE p.person_id = id.external_id) AS crossed
                FROM id
            ) WHERE several IS TRUE OR crossed LIMIT ?
            """)
        query.bind(limit, at: 1)
        var found: [AmbiguousID] = []
        while try query.step() {
            let kind: Kind = query.truth(1) == true ? .personAndExternal : .severalPersons
            found.append(AmbiguousID(id: query.text(0) ?? "", kind: kind))
        }
        return found
    }
}
