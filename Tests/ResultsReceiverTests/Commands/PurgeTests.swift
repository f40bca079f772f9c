import Foundation
import Registry
import Results
import Testing

@testable import ResultsReceiver

/// `results purge`: the bare fact stays.
@Suite struct PurgeTests {
    private let fixture: DeliveryFixture
    private var commands: CommandFixture { fixture.commands }
    private var registry: RegistryFixture { fixture.registry }
    /// The fixture's entries were received on 20 November 2026.
    private static let after = "2026-12-01"

    /// p1 with a result, p2 with a revoked one, p3 planned; all with names.
    init() throws {
        fixture = try DeliveryFixture()
        for person in ["p1", "p2", "p3"] { try registry.enrol("e-\(person)", person: person) }
        try registry.outside.execute("UPDATE enrolment SET first_name = 'Secretia', email = 'secretia@example.nl'")
        _ = try registry.apply(.make("p1"), .make("p2", bytes: 2))
        try RegistryAccess(to: registry.path).revoke(2, reason: "wrong mark of Secretia", by: nil)
        try fixture.refuse("r1", RunningServer.message(student: "p9"), student: "p9")
    }

    private func purge(before: String = after) async throws -> CommandFixture.Ended {
        try await commands.run("results", "purge", "--before", before, "--yes")
    }

    @Test func withoutYesItSaysHowManyAndErasesNothing() async throws {
        let ended = try await commands.run("results", "purge", "--before", Self.after)
        #expect(ended.code == 0)
        #expect(ended.output == "would erase: 2 results received before 2026-11-30T23:00:00.000Z\n")
        #expect(ended.errors == "results-receiver: hint: --yes erases them; it cannot be undone\n")
        #expect(try registry.text("SELECT count(*) FROM result WHERE erased_at IS NOT NULL") == "0")
        let none = try await purge(before: "2026-11-20")
        #expect(none.output == "erased: 0 results received before 2026-11-19T23:00:00.000Z\n")
    }

    @Test func onlyTheBareFactStays() async throws {
        let ended = try await purge()
        #expect(ended.code == 0, "\(ended.errors)")
        #expect(ended.output == "erased: 2 results received before 2026-11-30T23:00:00.000Z\n")
        #expect(
            try registry.text(
                """
                SELECT group_concat(result_id || ' ' || enrolment_id || ' ' || course_id || ' ' || reference || ' '
                    || length(digest) || ' ' || student_id || ' ' || coalesce(revoked_reason, '-'), ', ')
                FROM result WHERE score IS NULL AND passed IS NULL AND person_id IS NULL AND part_id IS NULL
                    AND part_name IS NULL
                """) == "1 e-p1 c1 ref-1 32 erased -, 2 e-p2 c1 ref-2 32 erased erased")
        #expect(try registry.text("SELECT count(*) FROM delivery WHERE student_id IN ('p1', 'p2')") == "0")
        #expect(try registry.text("SELECT student_id FROM delivery WHERE reference = 'r1'") == "p9")
        #expect(try await purge().output.hasPrefix("erased: 0 results"))
        #expect(try RegistryAccess(inspecting: registry.path).check().isSound)
    }

    @Test func theFinishedEnrolmentLosesNameAndAddressAndKeepsItsPerson() async throws {
        _ = try await purge()
        #expect(
            try registry.text(
                """
                SELECT group_concat(person_id || ' ' || status || ' ' || coalesce(first_name, '-') || ' '
                    || coalesce(email, '-'), ', ') FROM enrolment ORDER BY person_id
                """)
                == "p1 afgerond - -, p2 ingepland Secretia secretia@example.nl, p3 ingepland Secretia secretia@example.nl"
        )
        // Neither does the next import bring them back, nor is it refused.
        let csv = try commands.write(
            "e.csv", "enrolment_id,person_id,course_id,first_name,email\ne-p1,p1,c1,Secretia,secretia@example.nl\n")
        let imported = try await commands.run("enrolments", "import", csv)
        #expect(imported.code == 0, "\(imported.errors)")
        #expect(imported.output.contains("0 changed"))
        #expect(try registry.text("SELECT first_name FROM enrolment WHERE enrolment_id = 'e-p1'") == nil)
    }

    @Test func neitherTheBytesNorTheEnrolmentGetASecondResult() async throws {
        _ = try await purge()
        #expect(try registry.apply(.make("p1")).first?.duplicateOfSameBytes == true)
        #expect(try registry.apply(.make("p1", bytes: 7)).first?.duplicateOfSameBytes == false)
        #expect(try registry.apply(.make("p2", bytes: 2)).first?.duplicateOfSameBytes == true)
        #expect(try registry.apply(.make("p2", bytes: 8)).first?.registeredEnrolment == "e-p2")
    }

    @Test func anErasedResultIsNotExported() async throws {
        _ = try await purge()
        _ = try registry.apply(.make("p3", bytes: 3))
        for command in ["list", "export"] {
            let ended = try await commands.run("results", command, "--format", "csv", "--revoked")
            #expect(ended.output.split(separator: "\n").dropFirst().map { $0.prefix(2) } == ["3,"])
        }
    }

    @Test func manyArePurgedInSmallTransactions() async throws {
        let persons = (0..<350).map { "q\($0)" }
        for person in persons { try registry.enrol("e-\(person)", person: person) }
        _ = try registry.store.apply(persons.enumerated().map { try .make($0.element, bytes: $0.offset + 100) })
        #expect(try await purge().output.hasPrefix("erased: 352 results"))
        #expect(try registry.text("SELECT count(*) FROM result WHERE erased_at IS NULL") == "0")
    }

    @Test func whatIsNoTimeIsWrongUsage() async throws {
        #expect(try await commands.run("results", "purge").code == 64)
        #expect(try await commands.run("results", "purge", "--before", "yesterday").code == 64)
    }

    @Test func aPersonWithARevokedResultCanBeErased() async throws {
        let ended = try await commands.run("person", "erase", "p2", "--yes")
        #expect(ended.code == 0, "\(ended.errors)")
        #expect(try registry.text("SELECT revoked_reason FROM result WHERE result_id = 2") == "erased")
    }

    // MARK: [retention]

    @Test func theServerPurgesWhatIsTooOldAndNothingElse() throws {
        registry.store.close()
        let store = try SQLiteStore(path: registry.path, resultAge: .seconds(86_400 * 365), logger: nil)
        defer { store.close() }
        try registry.outside.execute("DROP TRIGGER result_facts_stay")
        try registry.outside.execute("UPDATE result SET received_at = 1000 WHERE result_id = 1")
        #expect(try store.record([], turnedAway: []) == false)
        #expect(try registry.text("SELECT group_concat(result_id) FROM result WHERE erased_at IS NOT NULL") == "1")
        #expect(try registry.text("SELECT first_name FROM enrolment WHERE enrolment_id = 'e-p1'") == nil)
        #expect(try registry.text("SELECT up_to FROM purged") == "1")
    }

    @Test func theServerPurgesAFewAtATime() throws {
        let persons = (0..<120).map { "q\($0)" }
        for person in persons { try registry.enrol("e-\(person)", person: person) }
        _ = try registry.store.apply(persons.enumerated().map { try .make($0.element, bytes: $0.offset + 100) })
        registry.store.close()
        try registry.outside.execute("DROP TRIGGER result_facts_stay; UPDATE result SET received_at = 1000")
        let store = try SQLiteStore(path: registry.path, resultAge: .seconds(3600), logger: nil)
        defer { store.close() }
        var rounds: [Bool] = []
        for _ in 0..<4 { rounds.append(try store.record([], turnedAway: [])) }
        #expect(rounds == [true, true, false, false])
        #expect(try registry.text("SELECT count(*) FROM result WHERE erased_at IS NULL") == "0")
    }

    @Test func withoutTheSettingNothingIsPurged() throws {
        try registry.outside.execute("DROP TRIGGER result_facts_stay; UPDATE result SET received_at = 1000")
        _ = try registry.store.record([], turnedAway: [])
        #expect(try registry.text("SELECT count(*) FROM result WHERE erased_at IS NOT NULL") == "0")
    }

    @Test func aNewSettingHoldsFromTheNextBatchOn() throws {
        try registry.outside.execute("DROP TRIGGER result_facts_stay; UPDATE result SET received_at = 1000")
        registry.store.keep(DeliveryRetention(), resultAge: .seconds(3600))
        _ = try registry.store.record([], turnedAway: [])
        #expect(try registry.text("SELECT count(*) FROM result WHERE erased_at IS NULL") == "0")
    }
}
