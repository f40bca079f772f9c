import Results

/// Finds the enrolments that a message is about: whose id it names, and which of that person are in the course.
///
/// Ids are compared by SQLite, byte for byte: Swift's `==` takes different spellings of the same accented letter for one.
struct EnrolmentLookup {
    /// An enrolment of the person in the course, with what a result keeps of it.
    struct Candidate {
        var enrolmentID: String
        var status: EnrolmentStatus
        var startDate: String?
        var personID: String?
        var externalID: String?
        var externalSource: String?
        /// The result that stands.
        var resultID: Int64?

        /// The earliest start date takes the result; no date last, then by enrolment id.
        static func isEarlier(_ a: Candidate, _ b: Candidate) -> Bool {
            guard a.startDate == b.startDate else {
                guard let first = a.startDate, let second = b.startDate else { return a.startDate != nil }
                return first < second
            }
            return a.enrolmentID.utf8.lexicographicallyPrecedes(b.enrolmentID.utf8)
        }
    }

    /// One person, as far as the registry can tell persons apart.
    private enum Person {
        /// All enrolments with this person id, and those that name the same external id and source without a person id.
        case numbered(String)
        /// The enrolments without a person id that name the student's id as external id of this source.
        case external(source: String?)
    }

    private let personWithoutID: Statement
    private let otherWithExternalID: Statement
    private let persons: Statement
    private let ofNumbered: Statement
    private let ofNumberedAndUnnumbered: Statement
    private let ofExternal: Statement
    private let course: Statement

    init(_ connection: Connection) throws(RegistryError) {
        personWithoutID = try connection.prepare("SELECT 1 FROM enrolment WHERE person_id IS NULL LIMIT 1")
        otherWithExternalID = try connection.prepare(
            """
            SELECT 1 FROM enrolment
            WHERE external_id = ?1 AND person_id IS NOT ?1 AND (?2 IS NULL OR external_source = ?2) LIMIT 1
            """)
        // A person id is one person. An external id with its source is the person of the rows that also name a person
        // id, and a person of its own where no row does.
        persons = try connection.prepare(
            """
            WITH fitting(person_id, external_source) AS (
                SELECT DISTINCT person_id, external_source FROM enrolment
                WHERE ?4 AND external_id = ?1 AND (?2 IS NULL OR external_source = ?2)
            )
            SELECT person_id, NULL FROM fitting WHERE person_id IS NOT NULL
            UNION SELECT ?1, NULL WHERE ?3 AND EXISTS (SELECT 1 FROM enrolment WHERE person_id = ?1)
            UNION ALL SELECT NULL, external_source FROM fitting AS lone WHERE person_id IS NULL AND NOT EXISTS (
                SELECT 1 FROM fitting WHERE person_id IS NOT NULL AND external_source IS lone.external_source)
            LIMIT 2
            """)
        let columns =
            "e.enrolment_id, e.status, e.start_date, e.person_id, e.external_id, e.external_source, e.result_id"
        let numbered = "SELECT \(columns) FROM enrolment AS e WHERE e.person_id = ?1 AND e.course_id = ?2"
        ofNumbered = try connection.prepare(numbered)
        // Where two person ids share an external id, a row with that alone is nobody's.
        ofNumberedAndUnnumbered = try connection.prepare(
            """
            \(numbered)
            UNION ALL SELECT \(columns) FROM (
                SELECT DISTINCT external_id, external_source FROM enrolment
                WHERE person_id = ?1 AND external_id IS NOT NULL) AS own
            JOIN enrolment AS e ON e.external_id = own.external_id AND e.external_source IS own.external_source
            WHERE e.person_id IS NULL AND e.course_id = ?2 AND NOT EXISTS (
                SELECT 1 FROM enrolment AS other WHERE other.external_id = own.external_id
                    AND other.external_source IS own.external_source AND other.person_id <> ?1)
            """)
        ofExternal = try connection.prepare(
            """
            SELECT \(columns) FROM enrolment AS e
            WHERE e.external_id = ?1 AND e.external_source IS ?3 AND e.person_id IS NULL AND e.course_id = ?2
            """)
        course = try connection.prepare("SELECT 1 FROM enrolment WHERE course_id = ?1 LIMIT 1")
    }

    /// Whether any enrolment names no person id. Asked once per group, since it makes the short way impossible.
    func holdsUnnumbered() throws(RegistryError) -> Bool {
        try personWithoutID.first { _ in true } ?? false
    }

    /// What the student id and the course id of a message lead to.
    enum Found {
        /// The person's enrolments in the course, in no order; empty where there are none.
        case enrolments([Candidate])
        case unknownPerson
        case ambiguousPerson
    }

    /// Finds the person, then the person's enrolments in the course. `unnumbered` is what `holdsUnnumbered` says in this
    /// transaction.
    func find(_ entry: Entry, unnumbered: Bool) throws(RegistryError) -> Found {
        let student = entry.completion.student.text
        let course = entry.completion.course.text
        // The short way: the id is a person id, and nobody else's external id.
        if !unnumbered, entry.personKey != .externalID, try !isExternalIDOfAnother(entry) {
            let candidates = try read(ofNumbered, student, course)
            if !candidates.isEmpty { return .enrolments(candidates) }
        }
        let fitting = try persons(for: entry)
        guard let person = fitting.first else { return .unknownPerson }
        guard fitting.count == 1 else { return .ambiguousPerson }
        switch person {
        case .numbered(let id):
            return .enrolments(try read(unnumbered ? ofNumberedAndUnnumbered : ofNumbered, id, course))
        case .external(let source):
            ofExternal.bind(source, at: 3)
            return .enrolments(try read(ofExternal, student, course))
        }
    }

    /// Whether some enrolment names the course.
    func isKnown(_ course: CourseID) throws(RegistryError) -> Bool {
        self.course.bind(course.text, at: 1)
        return try self.course.first { _ in true } ?? false
    }

    private func isExternalIDOfAnother(_ entry: Entry) throws(RegistryError) -> Bool {
        guard entry.personKey == .either else { return false }
        otherWithExternalID.bind(entry.completion.student.text, at: 1)
        otherWithExternalID.bind(entry.externalSource, at: 2)
        return try otherWithExternalID.first { _ in true } ?? false
    }

    /// The persons whom the student id fits, two at most: more are as many as two.
    private func persons(for entry: Entry) throws(RegistryError) -> [Person] {
        persons.bind(entry.completion.student.text, at: 1)
        persons.bind(entry.externalSource, at: 2)
        persons.bind(entry.personKey != .externalID, at: 3)
        persons.bind(entry.personKey != .personID, at: 4)
        var found: [Person] = []
        while try persons.step() {
            found.append(persons.text(0).map { .numbered($0) } ?? .external(source: persons.text(1)))
        }
        return found
    }

    private func read(_ statement: Statement, _ person: String, _ course: String) throws(RegistryError) -> [Candidate] {
        statement.bind(person, at: 1)
        statement.bind(course, at: 2)
        var candidates: [Candidate] = []
        while try statement.step() {
            // The columns' constraints exclude NULL and any other status.
            guard let id = statement.text(0), let status = statement.text(1).flatMap(EnrolmentStatus.init(rawValue:))
            else { continue }
            candidates.append(
                Candidate(
                    enrolmentID: id, status: status, startDate: statement.text(2), personID: statement.text(3),
                    externalID: statement.text(4), externalSource: statement.text(5),
                    resultID: statement.optionalInteger(6)))
        }
        return candidates
    }
}
