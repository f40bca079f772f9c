import Foundation
import Registry
import Results
import Testing

@testable import ResultsReceiver

/// `person export` and `person erase`.
@Suite struct PersonCommandTests {
    private let fixture: DeliveryFixture
    private var commands: CommandFixture { fixture.commands }
    private let message = RunningServer.message(student: "p1")

    /// p1 (external id x1) with a result and a planned enrolment; p2 with the same in course c2.
    init() throws {
        fixture = try DeliveryFixture()
        let registry = fixture.registry
        try registry.enrol("e1", person: "p1", external: "x1", source: "a")
        try registry.enrol("e2", person: "p1", course: "c2")
        try registry.enrol("f1", person: "p2", external: "x2", source: "a")
        try registry.outside.execute("UPDATE enrolment SET first_name = 'Secretia' WHERE person_id = 'p1'")
        _ = try registry.apply(.make("p1"))
        _ = try registry.apply(.make("p2", bytes: 2))
        try fixture.refuse("r1", message, reason: "duplicate")
        try fixture.refuse(
            "r2", RunningServer.message(student: "x1", score: "850"), reason: "schema", code: 400, student: nil,
            course: nil)
        try fixture.refuse("r3", RunningServer.message(student: "p2", part: "18"), reason: "duplicate", student: "p2")
    }

    private func export(_ arguments: String...) async throws -> [String: [[String: Any]]] {
        let ended = try await commands.run(["person", "export"] + arguments)
        #expect(ended.code == 0)
        let object = try JSONSerialization.jsonObject(with: Data(ended.output.utf8))
        return try #require(object as? [String: [[String: Any]]])
    }

    @Test(arguments: ["p1", "x1"])
    func everythingHeldAboutAPersonIsExported(id: String) async throws {
        let record = try await export(id)
        func values(_ part: String, _ key: String) -> [String] {
            (record[part] ?? []).compactMap { $0[key] as? String }.sorted()
        }
        #expect(values("ids", "id") == ["p1", "x1"])
        #expect(values("enrolments", "enrolment_id") == ["e1", "e2"])
        #expect(values("results", "enrolment_id") == ["e1"])
        #expect(values("deliveries", "reference") == ["r1", "r2", "ref-1"])
        #expect(values("deliveries", "body").contains(message))
    }

    @Test func withoutYesNothingIsErased() async throws {
        let ended = try await commands.run("person", "erase", "p1")
        #expect(ended.code == 0)
        #expect(ended.output == "would erase: 2 enrolments, 1 results, 3 deliveries\n")
        #expect(try await export("p1")["enrolments"]?.count == 2)
    }

    @Test func erasingLeavesTheBareFactOfTheResult() async throws {
        let ended = try await commands.run("person", "erase", "p1", "--yes")
        #expect(ended.code == 0 && ended.output.hasPrefix("erased: 2 enrolments"))
        #expect(try await commands.run("person", "export", "p1").code == 66)
        #expect(
            try fixture.registry.text(
                """
                SELECT enrolment_id || ' ' || course_id || ' ' || length(digest) || ' ' || student_id FROM result
                WHERE result_id = 1 AND score IS NULL AND passed IS NULL AND person_id IS NULL AND part_id IS NULL
                """) == "e1 c1 32 erased")
        #expect(try fixture.registry.text("SELECT status FROM enrolment WHERE enrolment_id = 'e1'") == "afgerond")
        #expect(try fixture.registry.text("SELECT count(*) FROM enrolment WHERE enrolment_id = 'e2'") == "0")
        #expect(try fixture.registry.text("SELECT count(*) FROM delivery_body") == "1")
        // The rule stays whole: neither the same bytes nor another message gets a second result.
        #expect(try fixture.registry.apply(.make("p1")).first?.duplicateOfSameBytes == true)
        let csv = try commands.write("e.csv", "enrolment_id,person_id,course_id\ne1,p1,c1\n")
        #expect(try await commands.run("enrolments", "import", csv).code == 0)
        #expect(try fixture.registry.apply(.make("p1", bytes: 9)).first?.violation == .unknownPerson)
        // The other one is as before.
        #expect(try await export("p2")["deliveries"]?.count == 2)
    }

    @Test func noTraceOfAnErasedPersonStaysInTheFiles() async throws {
        _ = try await commands.run("person", "erase", "p1", "--yes")
        for suffix in ["", "-wal"] {
            let content = (try? Data(contentsOf: URL(fileURLWithPath: fixture.registry.path + suffix))) ?? Data()
            for trace in ["Secretia", "secretia@example.nl"] {
                // r3 is another person's message, which names its own.
                let others = suffix.isEmpty ? 1 : 0
                #expect(content.occurrences(of: Data(trace.utf8)) <= others, "\(trace) in \(suffix)")
            }
        }
    }

    @Test func anIDOfTwoPersonsIsNotGuessed() async throws {
        try fixture.registry.enrol("g1", person: "p3", external: "x1", source: "b")
        let ended = try await commands.run("person", "erase", "x1", "--yes")
        #expect(ended.code == 65 && ended.errors.contains("the id 'x1' fits more than one person"))
        #expect(try await export("x1", "--external-source", "a")["enrolments"]?.count == 2)
    }

    @Test func nobodyIsOneClearError() async throws {
        let ended = try await commands.run("person", "export", "p9")
        #expect(ended.code == 66 && ended.output.isEmpty)
        #expect(ended.errors.hasPrefix("results-receiver: error: nothing is held about a person with the id 'p9'\n"))
    }
}

extension Data {
    fileprivate func occurrences(of piece: Data) -> Int {
        var count = 0
        var start = startIndex
        while let found = range(of: piece, in: start..<endIndex) {
            count += 1
            start = found.upperBound
        }
        return count
    }
}
