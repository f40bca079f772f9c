import Foundation
import Results
import Testing

@testable import Registry

/// What `database check` finds.
@Suite struct ConsistencyTests {
    private let registry: RegistryFixture

    /// Two results, one of them revoked, and a refused message.
    init() throws {
        registry = try RegistryFixture()
        for person in ["p1", "p2", "p3"] { try registry.enrol("e-\(person)", person: person) }
        _ = try registry.apply(.make("p1", bytes: 1))
        _ = try registry.apply(.make("p2", bytes: 2))
        try RegistryAccess(to: registry.path).revoke(2, reason: "a test", by: nil)
        let digest = [UInt8](repeating: 9, count: 32)
        _ = try registry.store.record(
            [
                DeliveryRecord(
                    reference: "r9", receivedAt: .now(), plugin: "default", code: 404, reason: "unknown-person",
                    student: "p9", course: "c1", digest: digest, body: [1, 2, 3])
            ], turnedAway: [])
    }

    private func findings() throws -> RegistryFindings { try RegistryAccess(inspecting: registry.path).check() }

    @Test func aRegistryInUseIsSound() throws {
        let found = try findings()
        #expect(found.isSound, "\(found)")
        #expect(found.enrolments == 3 && found.results == 2 && found.deliveries == 3)
    }

    /// Each is done behind the program's back, with the triggers out of the way, and put back after.
    static let wrongs: [(change: String, line: String)] = [
        (
            "UPDATE enrolment SET result_id = NULL WHERE enrolment_id = 'e-p1'",
            "result 1 stands, but its enrolment e-p1 has none: it is afgerond"
        ),
        (
            "UPDATE enrolment SET status = 'afgerond', result_id = 2 WHERE enrolment_id = 'e-p2'",
            "enrolment e-p2 names result 2, which is revoked"
        ),
        (
            "UPDATE enrolment SET status = 'afgerond', result_id = 77 WHERE enrolment_id = 'e-p3'",
            "enrolment e-p3 names result 77, which is not there"
        ),
        (
            "UPDATE enrolment SET status = 'afgerond', result_id = 1 WHERE enrolment_id = 'e-p3'",
            "enrolment e-p3 names result 1, which is that of enrolment e-p1"
        ),
        (
            "UPDATE result SET course_id = 'c2' WHERE result_id = 1",
            "enrolment e-p1 names result 1, which is of another course: c2"
        ),
        (
            "UPDATE result SET revoked_at = NULL, revoked_reason = NULL, enrolment_id = 'e-p1' WHERE result_id = 2",
            "enrolment e-p1 has 2 results that stand: 1, 2"
        ),
        (
            "UPDATE sqlite_sequence SET seq = 1 WHERE name = 'result'",
            "the next result would get an id that was used: 2"
        ),
        ("DELETE FROM maintenance", "the state of maintenance has no row"),
        ("UPDATE delivery_size SET bodies = 5", "delivery_size says 5, but the kept messages take 3 bytes"),
        (
            "UPDATE cause SET messages = 2",
            "cause unknown-person of default, c1 counts 2 open messages, but there are 1"
        ),
        ("DELETE FROM cause", "cause unknown-person of default, c1 counts 0 open messages, but there are 1"),
        ("DELETE FROM course_with_results", "course c1 has results, but is not listed as such"),
        ("INSERT INTO course_with_results VALUES ('c9')", "course c9 is listed as one with results, but has none"),
        ("UPDATE open_message SET delivery = 1", "an open message names delivery 1, which is that of another message"),
        ("INSERT INTO delivery_body VALUES (55, 0, x'')", "the message of delivery 55 is kept without the delivery"),
    ]

    @Test(arguments: wrongs)
    func whatContradictsItselfIsToldInOneLine(change: String, line: String) throws {
        let triggers = try registry.outside.prepare("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'")
        var all: [(name: String, sql: String)] = []
        while try triggers.step() { all.append((triggers.text(0) ?? "", triggers.text(1) ?? "")) }
        try registry.outside.execute("PRAGMA foreign_keys = OFF")
        for trigger in all { try registry.outside.execute("DROP TRIGGER \(trigger.name)") }
        try registry.outside.execute(change)
        for trigger in all { try registry.outside.execute(trigger.sql) }
        let found = try findings()
        #expect(found.damage.isEmpty)
        #expect(found.contradictions.contains(line), "\(found.contradictions)")
    }

    @Test func aMissingOrChangedTriggerIsTold() throws {
        try registry.outside.execute(
            """
            DROP TRIGGER result_is_kept;
            DROP TRIGGER enrolment_keeps_id;
            CREATE TRIGGER enrolment_keeps_id AFTER DELETE ON enrolment BEGIN SELECT 1; END;
            CREATE TRIGGER guest AFTER DELETE ON enrolment BEGIN SELECT 1; END;
            """)
        #expect(
            try findings().contradictions == [
                "the trigger enrolment_keeps_id was changed", "the trigger result_is_kept is missing",
                "the trigger guest is not this program's",
            ])
    }

    @Test func manyOfAKindAreToldShort() throws {
        try registry.outside.execute(
            """
            WITH RECURSIVE n(i) AS (SELECT 100 UNION ALL SELECT i + 1 FROM n WHERE i < 200)
            INSERT INTO delivery_body SELECT i, 0, x'' FROM n
            """)
        let lines = try findings().contradictions
        #expect(lines.count == Consistency.limit + 1)
        #expect(lines.last == "… and more of this kind")
    }

    @Test func aRowThatRefersToNothingIsDamage() throws {
        try registry.outside.execute(
            """
            PRAGMA foreign_keys = OFF;
            DROP TRIGGER enrolment_is_kept;
            DELETE FROM enrolment WHERE enrolment_id = 'e-p1'
            """)
        let found = try findings()
        #expect(found.damage == ["result row 1 refers to a row of enrolment that is not there"])
    }

    /// Only what was there in its version can be wrong with it.
    @Test func anEarlierVersionIsLookedAtAsItIs() throws {
        let folder = try TemporaryFolder()
        let path = folder.file("old.db")
        #expect(FileManager.default.createFile(atPath: path, contents: nil))
        try Migrations.run(on: Connection(file: path), to: 1)
        #expect(try RegistryAccess(inspecting: path).check().isSound)
        #expect(try Connection(file: path).number("PRAGMA user_version") == 1)
    }
}
