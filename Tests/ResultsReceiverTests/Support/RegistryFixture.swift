import Registry
import Results

/// A registry in a folder of its own, and entries for it with invented ids.
final class RegistryFixture {
    let folder: TemporaryFolder
    let path: String
    /// A connection beside the store's, as another process would have.
    let outside: Connection
    let store: SQLiteStore

    init() throws {
        folder = try TemporaryFolder()
        path = folder.file("results.db")
        store = try SQLiteStore(path: path, logger: nil)
        outside = try Connection(registry: path, creating: false)
    }

    deinit { store.close() }

    /// Adds an enrolment; nil leaves a column empty.
    func enrol(
        _ id: String, person: String? = nil, external: String? = nil, source: String? = nil, course: String = "c1",
        status: EnrolmentStatus = .ingepland, start: String? = nil
    ) throws {
        let insert = try outside.prepare(
            """
            INSERT INTO enrolment(enrolment_id, person_id, external_id, external_source, course_id, status, start_date)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
            """)
        for (index, text) in [id, person, external, source, course, status.rawValue, start].enumerated() {
            insert.bind(text, at: Int32(index + 1))
        }
        try insert.run()
    }

    /// The first column of the first row.
    func text(_ sql: String) throws -> String? {
        try outside.prepare(sql).first { $0.text(0) } ?? nil
    }

    func apply(_ entries: Entry...) throws -> [Outcome] { try store.apply(entries) }
}

extension Entry {
    /// An entry with a body of its own: `bytes` stands for them.
    static func make(
        _ student: String = "p1", course: String = "c1", bytes: Int = 1, part: String? = "17", score: Int? = 850,
        key: PersonKey = .either, source: String? = nil, acknowledges: Bool = false
    ) throws -> Entry {
        var digest = [UInt8](repeating: 0, count: 32)
        for position in 0..<8 { digest[position] = UInt8(truncatingIfNeeded: bytes >> (8 * position)) }
        return Entry(
            completion: Completion(
                created: Timestamp(milliseconds: 1_795_179_792_000), student: try required(StudentID(student)),
                course: try required(CourseID(course)), part: try part.map { try required(PartID($0)) },
                partName: part.map { "Part \($0)" }, completed: Timestamp(milliseconds: 1_795_179_790_000),
                passed: true,
                present: nil, score: score.flatMap(Score.init(hundredths:))),
            approvedOn: CalendarDate(year: 2026, month: 11, day: 20),
            receivedAt: Timestamp(milliseconds: 1_795_179_793_123), reference: "ref-\(bytes)", plugin: "default",
            personKey: key, externalSource: source, digest: digest, acknowledgesRedelivery: acknowledges,
            bytes: 100, began: .now, client: "192.0.2.1")
    }

    private struct NotAnID: Error {}

    private static func required<Value>(_ value: Value?) throws -> Value {
        guard let value else { throw NotAnID() }
        return value
    }
}

extension Outcome {
    /// The enrolment that took the result; nil when none did.
    var registeredEnrolment: String? {
        if case .registered(let registration) = self { registration.enrolment.text } else { nil }
    }

    var violation: Violation? {
        if case .refused(let violation) = self { violation } else { nil }
    }

    /// Whether the very same bytes were registered before; nil when this is no duplicate.
    var duplicateOfSameBytes: Bool? {
        if case .refused(.duplicate(_, let sameBytes)) = self { sameBytes } else { nil }
    }
}
