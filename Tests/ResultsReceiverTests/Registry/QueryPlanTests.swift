import Foundation
import Results
import Testing

@testable import Registry

/// The plans behind the look-ups: none of them reads a table of a million rows from end to end, or sorts what it found
/// before the first row can be shown.
struct QueryPlanTests {
    private let registry: RegistryFixture

    init() throws { registry = try RegistryFixture() }

    private func plan(_ sql: String) throws -> [String] {
        let query = try registry.outside.prepare("EXPLAIN QUERY PLAN \(sql)")
        var steps: [String] = []
        while try query.step() { steps.append(query.text(3) ?? "") }
        return steps
    }

    /// Steps that grow with the table.
    private func slow(_ plan: [String]) -> [String] {
        plan.filter { step in
            let reads = ["d", "f", "m", "b", "e", "r", "result", "delivery", "enrolment", "open_message"]
            return reads.contains { step == "SCAN \($0)" || step.hasPrefix("SCAN \($0) USING COVERING") }
                || step.contains("AUTOMATIC")
        }
    }

    private static let filters: [(String, DeliveryFilter)] = [
        ("all", DeliveryFilter(limit: 100)), ("code", DeliveryFilter(code: 404, limit: 100)),
        ("reason", DeliveryFilter(reason: "schema", limit: 100)), ("since", DeliveryFilter(since: .now(), limit: 100)),
        ("reference", DeliveryFilter(reference: "r")), ("id", DeliveryFilter(id: 1)),
        ("course and reason", DeliveryFilter(reason: "duplicate", course: "c1", limit: 100)),
        ("course and code", DeliveryFilter(code: 404, course: "c1", limit: 100)),
        ("course, reason and code", DeliveryFilter(code: 404, reason: "duplicate", course: "c1", limit: 100)),
        ("export of a course", DeliveryFilter(course: "c1")), ("export of a code", DeliveryFilter(code: 200)),
    ]
    private static let merged: [(String, DeliveryFilter)] = [
        ("course", DeliveryFilter(course: "c1", limit: 100)), ("code 200", DeliveryFilter(code: 200, limit: 100)),
        ("registered", DeliveryFilter(reason: "registered", limit: 100)),
        ("course and time", DeliveryFilter(course: "c1", since: .now(), until: .now(), limit: 100)),
        ("course and registered", DeliveryFilter(code: 200, reason: "registered", course: "c1", limit: 100)),
    ]

    @Test(arguments: filters.indices) func aListOfDeliveriesReadsAnIndexInItsOrder(index: Int) throws {
        let (name, filter) = Self.filters[index]
        let plan = try plan(try DeliveryRows(registry.outside, filter, oldestFirst: false).query.sql)
        let reads = plan.first { $0.contains(" d") } ?? ""
        #expect(
            reads.contains("USING INDEX delivery_by_") || reads.contains("USING INTEGER PRIMARY KEY"),
            "\(name): \(plan)")
        if filter.course != nil, filter.limit != nil {
            #expect(reads.contains("delivery_by_course"), "\(name): \(plan)")
        }
        #expect(
            !plan.contains { $0.contains("TEMP B-TREE") } || filter.reference != nil || filter.id != nil,
            "\(name): \(plan)")
    }

    /// What is sorted at the end is as much as is wanted, of each side.
    @Test(arguments: merged.indices) func registeredDeliveriesAreMergedWithTheOthers(index: Int) throws {
        let (name, filter) = Self.merged[index]
        let plan = try plan(try DeliveryRows(registry.outside, filter, oldestFirst: false).query.sql)
        #expect(slow(plan) == [], "\(name): \(plan)")
        #expect(plan.contains { $0.hasPrefix("SEARCH d USING INTEGER PRIMARY KEY") }, "\(name): \(plan)")
        #expect(
            plan.contains {
                $0.hasPrefix(
                    "SEARCH \(filter.course == nil ? "r USING INTEGER PRIMARY KEY" : "e USING INDEX enrolment_by_course")"
                )
            }, "\(name): \(plan)")
        #expect(
            plan.contains {
                $0.contains(" f USING") && $0.contains("delivery_by_\(filter.course == nil ? "code" : "course")")
            }
                == (filter.reason == nil), "\(name): \(plan)")
    }

    @Test(arguments: [DeliveryFilter(person: "p"), DeliveryFilter(digest: [UInt8](repeating: 0, count: 32))])
    func deliveriesOfAPersonOrMessageAreLookedUp(filter: DeliveryFilter) throws {
        let plan = try plan(try DeliveryRows(registry.outside, filter, oldestFirst: false).query.sql)
        #expect(slow(plan) == [], "\(plan)")
        #expect(plan.contains { $0.hasPrefix("SEARCH d USING INTEGER PRIMARY KEY") }, "\(plan)")
    }

    @Test(arguments: [ResultFilter(person: "p"), ResultFilter(enrolment: "e")])
    func resultsOfAPersonOrEnrolmentAreLookedUp(filter: ResultFilter) throws {
        let plan = try plan(try ResultRows(registry.outside, filter).query.sql)
        #expect(slow(plan) == [], "\(plan)")
        #expect(plan.contains { $0.hasPrefix("SEARCH result USING INTEGER PRIMARY KEY") }, "\(plan)")
    }

    @Test func resultsOfATimeAreFoundByTheIDsOfTheirDays() throws {
        let filter = ResultFilter(since: .now(), until: .now(), limit: 100)
        let plan = try plan(try ResultRows(registry.outside, filter).query.sql)
        #expect(plan.first == "SEARCH result USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)", "\(plan)")
        #expect(plan.filter { $0.contains("result_day") }.allSatisfy { $0.hasPrefix("SEARCH result_day") }, "\(plan)")
    }

    @Test(arguments: [false, true]) func resultsOfACourseAreLookedUpThroughItsEnrolments(revoked: Bool) throws {
        let filter = ResultFilter(course: "c1", since: .now(), after: 7, includesRevoked: revoked, limit: 100)
        let plan = try plan(try ResultRows(registry.outside, filter).query.sql)
        #expect(slow(plan) == [], "\(plan)")
        #expect(plan.first?.hasPrefix("SEARCH result USING INTEGER PRIMARY KEY") == true, "\(plan)")
        #expect(plan.contains("SEARCH e USING INDEX enrolment_by_course (course_id=?)"), "\(plan)")
        #expect(plan.contains { $0.contains("result_revoked_by_course") } == revoked, "\(plan)")
    }

    @Test(arguments: [EnrolmentStatus.wachtlijst, .geannuleerd])
    func enrolmentsOfARareStatusAreLookedUpInTheirOrder(status: EnrolmentStatus) throws {
        let plan = try plan(try EnrolmentRows(registry.outside, EnrolmentFilter(status: status)).query.sql)
        #expect(plan == ["SEARCH enrolment USING INDEX enrolment_by_rare_status (status=?)"])
    }

    @Test func causesAreReadWithoutTheirMessages() throws {
        let plan = try plan(try registry.outside.prepare(RegistryAccess.causesSQL).sql)
        #expect(slow(plan) == [], "\(plan)")
    }

    @Test func theReportOfMissingResultsReadsPlannedEnrolmentsOnly() throws {
        let plan = try plan(try EnrolmentRows(missingIn: registry.outside, course: nil, limit: 100).query.sql)
        #expect(plan.first == "SCAN c", "the courses, by their id")
        #expect(plan.dropFirst().first?.hasPrefix("SEARCH e USING INDEX enrolment_planned") == true, "\(plan)")
        #expect(!plan.contains { $0.contains("TEMP B-TREE") }, "\(plan)")
    }

    /// The plans as a page: `UPDATE_DOCS=1 swift test --no-parallel --filter QueryPlanTests`.
    @Test(.enabled(if: ProcessInfo.processInfo.environment["UPDATE_DOCS"] != nil, "no test: it writes a page"))
    func thePlansArePutDown() throws {
        var page =
            "# Query plans\n\nWritten by `QueryPlanTests`, with SQLite \(try version()). `?` stands for a value.\n"
        func add(_ name: String, _ sql: String) throws {
            page += "\n## \(name)\n\n```text\n"
            page += try plan(sql).map { "\($0)\n" }.joined() + "```\n"
        }
        for (name, filter) in Self.filters + Self.merged {
            try add("Deliveries: \(name)", try DeliveryRows(registry.outside, filter, oldestFirst: false).query.sql)
        }
        try add(
            "Deliveries: person", try DeliveryRows(registry.outside, .init(person: "p"), oldestFirst: false).query.sql)
        try add(
            "Deliveries: the same message",
            try DeliveryRows(registry.outside, .init(digest: []), oldestFirst: false).query.sql)
        for (name, filter) in [
            ("all", ResultFilter()), ("person", .init(person: "p")), ("course", .init(course: "c", limit: 100)),
            ("enrolment", .init(enrolment: "e")), ("time", .init(since: .now(), until: .now())),
            ("after", .init(after: 1)),
        ] {
            try add("Results: \(name)", try ResultRows(registry.outside, filter).query.sql)
        }
        for (name, filter) in [
            ("all", EnrolmentFilter()), ("person", .init(person: "p")), ("course", .init(course: "c")),
            ("status", .init(status: .geannuleerd)),
        ] {
            try add("Enrolments: \(name)", try EnrolmentRows(registry.outside, filter).query.sql)
        }
        try add("Report: attention", RegistryAccess.causesSQL)
        try add("Report: missing", try EnrolmentRows(missingIn: registry.outside, course: nil, limit: 100).query.sql)
        let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appending(path: "../../../Benchmarks/PLANS.md").standardized
        try Data(page.utf8).write(to: file)
    }

    private func version() throws -> String {
        try registry.outside.prepare("SELECT sqlite_version()").first { $0.text(0) ?? "" } ?? ""
    }
}
