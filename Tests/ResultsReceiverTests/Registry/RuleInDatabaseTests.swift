import CSQLite
import Testing

@testable import Registry

/// The rule as the database's own: what plain SQL cannot do either, with the settings of SQLite's shell (no foreign
/// keys, no recursive triggers).
@Suite struct RuleInDatabaseTests {
    private let folder: TemporaryFolder
    private let connection: Connection

    init() throws {
        folder = try TemporaryFolder()
        connection = try Connection(registry: folder.file("results.db"), creating: true)
        try connection.execute("PRAGMA foreign_keys = OFF; PRAGMA recursive_triggers = OFF")
        try connection.execute(
            """
            INSERT INTO enrolment(enrolment_id, person_id, course_id, status) VALUES
                ('planned', 'p1', 'c1', 'ingepland'), ('other', 'p2', 'c1', 'ingepland'),
                ('waiting', 'p3', 'c1', 'wachtlijst'), ('finished', 'p4', 'c1', 'afgerond'),
                ('cancelled', 'p5', 'c1', 'geannuleerd');
            """)
    }

    private func register(
        _ enrolment: String, verb: String = "INSERT", id: String = "NULL", course: String = "c1", digest: UInt8 = 1
    ) throws {
        let bytes = String(repeating: digest < 16 ? "0\(digest)" : "\(digest)", count: 32)
        try connection.execute(
            """
            \(verb) INTO result(result_id, enrolment_id, student_id, course_id, created_at, completed_at, approved_on,
                received_at, reference, plugin, digest)
            VALUES (\(id), '\(enrolment)', 'p1', '\(course)', 1, 1, '2026-11-20', 1, 'r', 'default', x'\(bytes)')
            """)
    }

    private func refused(_ sql: String) {
        #expect(throws: RegistryError.self, "\(sql)") { try connection.execute(sql) }
    }

    private func text(_ sql: String) throws -> String? {
        try connection.prepare(sql).first { $0.text(0) } ?? nil
    }

    @Test func aResultFinishesAndApprovesItsEnrolment() throws {
        try register("planned")
        #expect(
            try text("SELECT status || ' ' || approved_on FROM enrolment JOIN result USING (result_id)")
                == "afgerond 2026-11-20")
    }

    @Test func anEnrolmentTakesOneResultForGood() throws {
        try register("planned")
        #expect(throws: RegistryError.self) { try register("planned", digest: 2) }
        #expect(throws: RegistryError.self) { try register("planned", verb: "INSERT OR REPLACE", digest: 2) }
        #expect(try connection.number("SELECT count(*) FROM result") == 1)
    }

    @Test(arguments: ["waiting", "finished", "cancelled", "unheard-of"])
    func onlyAPlannedEnrolmentTakesAResult(enrolment: String) throws {
        #expect(throws: RegistryError.self) { try register(enrolment) }
        #expect(try connection.number("SELECT count(*) FROM result") == 0)
    }

    @Test(arguments: [
        "REPLACE INTO enrolment(enrolment_id, person_id, course_id) VALUES ('planned', 'p1', 'c1')",
        "REPLACE INTO enrolment(enrolment, enrolment_id, person_id, course_id) VALUES (1, 'new', 'p1', 'c1')",
        "UPDATE OR REPLACE enrolment SET enrolment_id = 'planned' WHERE enrolment_id = 'other'",
        "UPDATE OR REPLACE enrolment SET enrolment = 1 WHERE enrolment_id = 'other'",
        "UPDATE enrolment SET result_id = NULL, status = 'ingepland' WHERE enrolment_id = 'planned'",
        "UPDATE enrolment SET result_id = 2 WHERE enrolment_id = 'planned'",
        "DELETE FROM enrolment WHERE enrolment_id = 'planned'",
    ])
    func nothingMakesRoomForASecondResult(sql: String) throws {
        try register("planned")
        try? connection.execute(sql)
        #expect(throws: RegistryError.self) { try register("planned", digest: 2) }
        #expect(try text("SELECT result_id || status FROM enrolment WHERE enrolment_id = 'planned'") == "1afgerond")
    }

    @Test func anEnrolmentTakesOnlyAResultOfItsOwn() throws {
        try register("planned")
        refused(
            "UPDATE enrolment SET result_id = 1, status = 'afgerond' WHERE person_id = 'p2'"
        )
        try connection.execute(
            """
            INSERT INTO enrolment(enrolment_id, person_id, course_id, status, result_id)
            VALUES ('false', 'p9', 'c1', 'afgerond', 1)
            """)
        #expect(try text("SELECT 'there' FROM enrolment WHERE enrolment_id = 'false'") == nil)
    }

    @Test func anEnrolmentWithARevokedResultIsNotDeleted() throws {
        try register("planned")
        try connection.execute("UPDATE result SET revoked_at = 2, revoked_reason = 'a test'")
        refused("DELETE FROM enrolment WHERE enrolment_id = 'planned'")
    }

    @Test func theSameBytesNeverRegisterAgainAlsoWhenRevoked() throws {
        try register("planned")
        #expect(throws: RegistryError.self) { try register("other") }
        #expect(throws: RegistryError.self) { try register("other", verb: "INSERT OR REPLACE") }
        try connection.execute("UPDATE result SET revoked_at = 2, revoked_reason = 'a test'")
        #expect(throws: RegistryError.self) { try register("planned") }
    }

    @Test func aResultCannotTakeAnothersPlace() throws {
        try register("planned", id: "7")
        #expect(throws: RegistryError.self) { try register("other", verb: "REPLACE", id: "7", digest: 2) }
    }

    @Test func aResultOfAnotherCourseIsRefused() throws {
        #expect(throws: RegistryError.self) { try register("planned", course: "c2") }
    }

    @Test func revokingPlansTheEnrolmentAgainAndKeepsTheRow() throws {
        try register("planned")
        try connection.execute("UPDATE result SET revoked_at = 2, revoked_reason = 'a test'")
        #expect(
            try text("SELECT status FROM enrolment WHERE enrolment_id = 'planned' AND result_id IS NULL")
                == "ingepland")
        try register("planned", digest: 2)
        #expect(try connection.number("SELECT count(*) FROM result") == 2)
        refused("UPDATE result SET revoked_at = NULL, revoked_reason = NULL WHERE result_id = 1")
        refused("UPDATE result SET revoked_reason = 'another' WHERE result_id = 1")
    }

    @Test(arguments: [
        "UPDATE result SET score = 1000", "UPDATE OR REPLACE result SET digest = x'00'",
        "UPDATE result SET enrolment_id = 'other'", "DELETE FROM result",
    ])
    func theFactsOfAResultStay(sql: String) throws {
        try register("planned")
        refused(sql)
    }

    @Test(arguments: [
        "status = 'ingepland'", "status = 'ingepland', result_id = NULL", "status = 'geannuleerd'", "result_id = NULL",
        "result_id = 2", "person_id = 'p9'", "person_id = NULL, external_id = 'x'", "course_id = 'c2'",
        "enrolment_id = 'renamed'",
    ])
    func anEnrolmentWithAResultKeepsStatusApprovalPersonAndCourse(change: String) throws {
        try register("planned")
        refused("UPDATE enrolment SET \(change) WHERE enrolment_id = 'planned'")
        refused("DELETE FROM enrolment WHERE enrolment_id = 'planned'")
        try connection.execute(
            "UPDATE enrolment SET last_name = 'Jansen', external_id = 'x' WHERE enrolment_id = 'planned'")
    }

    @Test(arguments: [
        "UPDATE enrolment SET status = 'klaar'", "UPDATE enrolment SET person_id = NULL",
        "UPDATE enrolment SET result_id = 1 WHERE enrolment_id = 'planned'",
        "INSERT INTO enrolment(enrolment_id, person_id, course_id) VALUES ('planned', 'p1', 'c2')",
        "INSERT INTO enrolment(enrolment_id, person_id, course_id) VALUES ('', 'p1', 'c2')",
    ])
    func whatIsNoEnrolmentIsRefused(sql: String) {
        refused(sql)
    }
}
