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
        ("reason", DeliveryFilter(reason: "schema", limit: 100)), ("course", DeliveryFilter(course: "c1", limit: 100)),
        ("since", DeliveryFilter(since: .now(), limit: 100)), ("reference", DeliveryFilter(reference: "r")),
        ("id", DeliveryFilter(id: 1)),
    ]

    @Test(arguments: filters.indices) func aListOfDeliveriesReadsAnIndexInItsOrder(index: Int) throws {
        let (name, filter) = Self.filters[index]
        let plan = try plan(try DeliveryRows(registry.outside, filter, oldestFirst: false).query.sql)
        let reads = plan.first { $0.contains(" d") } ?? ""
        #expect(
            reads.contains("USING INDEX delivery_by_") || reads.contains("USING INTEGER PRIMARY KEY"),
            "\(name): \(plan)")
        if filter.limit != nil { #expect(!plan.contains { $0.contains("TEMP B-TREE") }, "\(name): \(plan)") }
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

    @Test func theReportOfMissingResultsReadsPlannedEnrolmentsOnly() throws {
        let plan = try plan(try EnrolmentRows(missingIn: registry.outside, course: nil, limit: 100).query.sql)
        #expect(plan.first == "SCAN c", "the courses, by their id")
        #expect(plan.dropFirst().first?.hasPrefix("SEARCH e USING INDEX enrolment_planned") == true, "\(plan)")
        #expect(!plan.contains { $0.contains("TEMP B-TREE") }, "\(plan)")
    }
}
