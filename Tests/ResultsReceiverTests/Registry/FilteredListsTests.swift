import Results
import Testing

@testable import Registry

/// A list of the first rows finds them by other ways than an export, which reads everything: both must agree, whatever is
/// asked for.
struct FilteredListsTests {
    private let registry: RegistryFixture
    private let access: RegistryAccess
    private static let hour: Int64 = 3_600_000
    private static let start: Int64 = 1_795_000_000_000

    /// Three courses of which one is small, with registered, revoked, redelivered and refused deliveries over some days;
    /// of the oldest results the deliveries are gone.
    init() throws {
        registry = try RegistryFixture()
        access = try RegistryAccess(to: registry.path)
        var random = SampleRandom(seed: 7)
        var time = Self.start
        for number in 0..<80 {
            time += Int64.random(in: 0...3, using: &random) * Self.hour
            let course = number % 10 == 0 ? "c3" : "c\(1 + number % 2)"
            let student = "p\(number)"
            if Int.random(in: 0..<3, using: &random) > 0 {
                try registry.enrol("e\(number)", person: student, course: course)
            }
            for attempt in 1...2 {
                var entry = try Entry.make(student, course: course, bytes: number + 1, acknowledges: number % 3 == 0)
                entry.receivedAt = Timestamp(milliseconds: time + Int64(attempt))
                entry.reference = "r\(number)-\(attempt)"
                if case .refused(let violation) = try registry.apply(entry)[0] {
                    let reason = if case .duplicate = violation { "duplicate" } else { "no-enrolment" }
                    _ = try registry.store.record(
                        [
                            DeliveryRecord(
                                reference: entry.reference, receivedAt: entry.receivedAt, plugin: "default", code: 404,
                                reason: reason, student: student, course: course, digest: entry.digest)
                        ], turnedAway: [])
                }
            }
        }
        let results = try ids(ResultFilter())
        for id in results where id % 6 == 0 {
            try access.revoke(id, reason: "a test", by: "root", at: Timestamp(milliseconds: time))
        }
        try registry.outside.execute("DELETE FROM delivery WHERE delivery < 12 AND reason = 'registered'")
    }

    private func ids(_ filter: ResultFilter) throws -> [Int64] {
        let rows = try access.results(matching: filter)
        var found: [Int64] = []
        while let row = try rows.next() { found.append(row.resultID) }
        return found
    }

    private func ids(_ filter: DeliveryFilter, oldestFirst: Bool) throws -> [Int64] {
        let rows = try access.deliveries(matching: filter, oldestFirst: oldestFirst)
        var found: [Int64] = []
        while let row = try rows.next() { found.append(row.id) }
        return found
    }

    private static let since = Timestamp(milliseconds: start + 40 * hour + 1)
    private static let until = Timestamp(milliseconds: start + 90 * hour + 2)
    private static let times: [(Timestamp?, Timestamp?)] = [(nil, nil), (since, nil), (since, until)]

    @Test(arguments: [nil, "c1", "c3", "c9"]) func theFirstDeliveriesAreThoseOfTheExport(course: String?) throws {
        var found = 0
        for code in [nil, 200, 404] {
            for reason in [nil, "registered", "redelivered", "no-enrolment", "duplicate"] {
                for (since, until) in Self.times {
                    for oldestFirst in [false, true] {
                        var filter = DeliveryFilter(
                            code: code, reason: reason, course: course, since: since, until: until)
                        let all = try ids(filter, oldestFirst: oldestFirst)
                        filter.limit = oldestFirst ? 1 : 9
                        let first = try ids(filter, oldestFirst: oldestFirst)
                        #expect(first == Array(all.prefix(filter.limit ?? 0)), "\(filter)")
                        found += all.count
                    }
                }
            }
        }
        #expect((found > 0) == (course != "c9"))
    }

    @Test(arguments: ["c1", "c3", "c9"]) func theFirstResultsOfACourseAreThoseOfTheExport(course: String) throws {
        var found = 0
        for revoked in [false, true] {
            for after in [nil, 20] as [Int64?] {
                for (since, until) in Self.times {
                    for person in [nil, "p20"] {
                        var filter = ResultFilter(
                            person: person, course: course, since: since, until: until, after: after,
                            includesRevoked: revoked)
                        let all = try ids(filter)
                        for limit in [1, 9] {
                            filter.limit = limit
                            #expect(try ids(filter) == Array(all.prefix(limit)), "\(filter)")
                        }
                        found += all.count
                    }
                }
            }
        }
        #expect((found > 0) == (course != "c9"))
    }

    @Test func aCourseIsReportedWhileSomebodyHasAResultThatStands() throws {
        func missing(_ course: String) throws -> Int {
            let rows = try access.missing(course: course)
            var count = 0
            while try rows.next() != nil { count += 1 }
            return count
        }
        for number in 1...3 { try registry.enrol("m\(number)", person: "m\(number)", course: "m") }
        #expect(try missing("m") == 0)
        var results: [Int64] = []
        for number in 1...2 {
            let outcomes = try registry.apply(.make("m\(number)", course: "m", bytes: 1000 + number))
            results.append(try #require(outcomes[0].acknowledged).resultID)
        }
        #expect(try missing("m") == 1)
        try access.revoke(results[0], reason: "a test", by: "root", at: .now())
        #expect(try missing("m") == 2)
        try access.revoke(results[1], reason: "a test", by: "root", at: .now())
        #expect(try missing("m") == 0)
        _ = try registry.apply(.make("m3", course: "m", bytes: 2000))
        #expect(try missing("m") == 2)
    }
}
