import Foundation
import Registry
import Results
import Testing

@testable import ResultsReceiver

/// Whose data a person's record is, where several share an id, an enrolment changes hands, or a message cannot be read.
@Suite struct PersonRecordTests {
    private let fixture: DeliveryFixture
    private let registry: RegistryFixture
    private var commands: CommandFixture { fixture.commands }

    init() throws {
        fixture = try DeliveryFixture()
        registry = fixture.registry
    }

    private func export(_ arguments: String...) async throws -> [String: [[String: Any]]] {
        let ended = try await commands.run(["person", "export"] + arguments)
        #expect(ended.code == 0, "\(ended.errors)")
        let object = try JSONSerialization.jsonObject(with: Data(ended.output.utf8))
        return try #require(object as? [String: [[String: Any]]])
    }

    private func references(_ record: [String: [[String: Any]]]) -> [String] {
        (record["deliveries"] ?? []).compactMap { $0["reference"] as? String }.sorted()
    }

    // MARK: Revoked results

    @Test func aPersonWithARevokedResultIsErasedAndTheRuleStaysWhole() async throws {
        try registry.enrol("e1", person: "p1")
        _ = try registry.apply(.make("p1"))
        let revoked = try await commands.run("results", "revoke", "1", "--reason", "Piet's mother called")
        #expect(revoked.code == 0)
        let erased = try await commands.run("person", "erase", "p1", "--yes")
        #expect(erased.code == 0, "\(erased.errors)")
        #expect(try await commands.run("person", "export", "p1").code == 66)
        #expect(try registry.text("SELECT revoked_reason || student_id FROM result") == "erasederased")
        #expect(try registry.text("SELECT status FROM enrolment") == "geannuleerd")
        // The same bytes register no more, also when the person is enrolled anew.
        try registry.enrol("e2", person: "p1")
        #expect(try registry.apply(.make("p1")).first?.duplicateOfSameBytes == true)
        #expect(try registry.apply(.make("p1", bytes: 2)).first?.registeredEnrolment == "e2")
    }

    @Test func aRevokedResultIsThePersonsAlsoWhenTheEnrolmentIsAnothersByNow() async throws {
        try registry.enrol("e1", person: "p1")
        _ = try registry.apply(.make("p1"))
        _ = try await commands.run("results", "revoke", "1", "--reason", "wrong person")
        try registry.outside.execute("UPDATE enrolment SET person_id = 'p2' WHERE enrolment_id = 'e1'")
        #expect(try await export("p2")["results"]?.count == 0)
        let record = try await export("p1")
        #expect(record["results"]?.count == 1 && record["enrolments"]?.count == 0)
        #expect(references(record) == ["ref-1"])
        // Erasing the one leaves the other's enrolment, which cannot be deleted for its history.
        #expect(try await commands.run("person", "erase", "p1", "--yes").code == 0)
        #expect(try registry.text("SELECT person_id || ' ' || status FROM enrolment") == "p2 ingepland")
        #expect(try registry.text("SELECT score IS NULL AND student_id = 'erased' FROM result") == "1")
        #expect(try await commands.run("person", "erase", "p2", "--yes").code == 0)
        #expect(try registry.text("SELECT person_id || ' ' || status FROM enrolment") == "erased:1 geannuleerd")
    }

    @Test func aRevokedResultDoesNotChangeButToBeErased() throws {
        try registry.enrol("e1", person: "p1")
        _ = try registry.apply(.make("p1"))
        try registry.outside.execute("UPDATE result SET revoked_at = 1, revoked_reason = 'x'")
        for change in ["revoked_reason = 'y'", "revoked_at = 2", "erased_at = 1, revoked_at = 2"] {
            #expect(throws: RegistryError.self, "\(change)") {
                try registry.outside.execute("UPDATE result SET \(change)")
            }
        }
        try registry.outside.execute("UPDATE result SET erased_at = 1, revoked_reason = 'erased'")
        #expect(throws: RegistryError.self) {
            try registry.outside.execute("UPDATE result SET erased_at = 2, revoked_reason = 'again'")
        }
    }

    // MARK: An import afterwards

    @Test func anImportThatStillHoldsAnErasedPersonBringsNothingBackAndDoesNotFail() async throws {
        try registry.enrol("e1", person: "p1", external: "x1")
        try registry.enrol("e2", person: "p2")
        _ = try registry.apply(.make("p1"))
        #expect(try await commands.run("person", "erase", "p1", "--yes").code == 0)
        let csv = try commands.write(
            "e.csv",
            "enrolment_id,person_id,external_id,first_name,email,course_id,course_name,start_date\n"
                + "e1,p1,x1,Piet,p@example.nl,c1,Course,2026-01-01\ne2,p2,,Sanne,,c1,Course,\n")
        let imported = try await commands.run("enrolments", "import", csv)
        #expect(imported.code == 0, "\(imported.errors)")
        #expect(imported.output.contains("2 enrolments: 0 new, 1 changed, 1 as before"))
        #expect(
            try registry.text(
                "SELECT person_id || coalesce(external_id, '') || coalesce(first_name, '') || coalesce(email, '')"
                    + " || status FROM enrolment WHERE enrolment_id = 'e1'") == "erased:1afgerond")
        #expect(try registry.text("SELECT first_name FROM enrolment WHERE enrolment_id = 'e2'") == "Sanne")
    }

    // MARK: Shared ids

    @Test func aRowOfAnotherSourceIsAnotherPersons() async throws {
        try registry.enrol("e1", person: "p1", external: "x1", source: "north")
        try registry.enrol("e2", external: "x1", source: "south", course: "c2")
        try registry.enrol("e3", external: "x1", source: "north", course: "c3")
        func enrolments(_ record: [String: [[String: Any]]]) -> [String] {
            (record["enrolments"] ?? []).compactMap { $0["enrolment_id"] as? String }.sorted()
        }
        #expect(enrolments(try await export("p1")) == ["e1", "e3"])
        #expect(enrolments(try await export("x1", "--external-source", "south")) == ["e2"])
        #expect(enrolments(try await export("x1", "--external-source", "north")) == ["e1", "e3"])
        #expect(try await commands.run("person", "export", "x1").code == 65)
    }

    @Test func aRowThatTwoPersonsCouldClaimIsNobodys() async throws {
        try registry.enrol("e1", person: "p1", external: "x1")
        try registry.enrol("e2", person: "p2", external: "x1", course: "c2")
        try registry.enrol("e3", external: "x1", course: "c3")
        #expect(try await export("p1")["enrolments"]?.count == 1)
    }

    @Test func deliveriesWithASharedIDAreWhoseResultTheyBecameAndElseLeftOut() async throws {
        try registry.enrol("e1", person: "p1", external: "x", source: "north")
        try registry.enrol("e2", person: "p2", external: "x", source: "south")
        _ = try registry.apply(.make("x", bytes: 1, source: "north"))
        _ = try registry.apply(.make("x", bytes: 2, source: "south"))
        try fixture.refuse("r1", "<either/>", student: "x")
        try fixture.refuse("r2", "<own/>", student: "p1")
        #expect(references(try await export("p1")) == ["r2", "ref-1"])
        #expect(references(try await export("p2")) == ["ref-2"])
        let erased = try await commands.run("person", "erase", "p1", "--yes")
        #expect(erased.code == 0 && erased.errors.contains("1 refused delivery with an id that another person has too"))
        #expect(try registry.text("SELECT student_id FROM delivery WHERE reference = 'r1'") == "x")
        #expect(try registry.text("SELECT count(*) FROM delivery_body") == "1")
    }

    // MARK: Messages that could not be read

    private func refuseUnread(_ reference: String, _ message: String) throws {
        try fixture.refuse(reference, message, reason: "schema", code: 400, student: nil, course: nil)
    }

    @Test func thePartOrTheMarkIsNotThePerson() async throws {
        try registry.enrol("e1", person: "17")
        try refuseUnread("part", RunningServer.message(student: "p2", part: "17", score: "850"))
        try refuseUnread("mark", RunningServer.message(student: "p2", part: "x y", score: "17"))
        #expect(references(try await export("17")) == [])
        #expect(try await commands.run("person", "erase", "17", "--yes").code == 0)
        #expect(try registry.text("SELECT count(*) FROM open_message") == "2")
    }

    @Test(arguments: [
        "<message><student><id>a&amp;b</id></student></message>", "<student><id>\n a&amp;b\t</id></student>",
        "<student><id><![CDATA[a&b]]></id></student>", "<student><id><![CDATA[ a&b ]]></id></student>",
        "<event><learner key=\"a&amp;b\"/></event>", "<event><learner key='a&b'/></event>",
        "<student><email>piet@example.nl</email></student>", "<student id='x'><id>a&amp;b", "a&b", ">a&b",
    ])
    func whoeverAnUnreadMessageNamesIsFound(message: String) async throws {
        try registry.enrol("e1", person: "a&b")
        try registry.outside.execute("UPDATE enrolment SET email = 'piet@example.nl'")
        try refuseUnread("unread", message)
        try refuseUnread("others", "<message><student><id>a&amp;b2</id></student></message>")
        #expect(references(try await export("a&b")) == ["unread"])
        #expect(try await commands.run("person", "erase", "a&b", "--yes").code == 0)
        #expect(try registry.text("SELECT count(*) || ' ' || count(message) FROM delivery") == "2 1")
        #expect(try registry.text("SELECT count(*) FROM delivery_body") == "1")
    }

    // MARK: Beside a server

    /// The program's own files hold no trace afterwards; what others still read is said.
    @Test func erasingBesideARunningServerLeavesNoTrace() async throws {
        let server = try await RunningServer.start(
            enrolments: RunningServer.enrolments(["p1"] + (0..<50).map { "o\($0)" }))
        let trace = "p1-in-person"
        for number in 0..<50 {
            #expect(try server.post(RunningServer.message(student: trace, course: "c\(number)")).code == 404)
            #expect(try server.post(RunningServer.message(student: "o\(number)")).code == 200)
        }
        let environment = ["RESULTS_RECEIVER_DATABASE": server.database]
        let reader = try Connection(registry: server.database, creating: false)
        let count = try reader.prepare("SELECT count(*) FROM delivery WHERE code = 404")
        try await eventually { (try? count.first { $0.integer(0) }) == 50 }
        try reader.execute("BEGIN")
        _ = try reader.prepare("SELECT count(*) FROM delivery").first { $0.integer(0) }
        async let erasing = BuiltProgram.run(["person", "erase", trace, "--yes"], environment: environment)
        // Deliveries go on meanwhile.
        #expect(try server.post(RunningServer.message(student: "p1")).code == 200)
        let erased = try await erasing
        #expect(erased.code == 0 && erased.output == "erased: 0 enrolments, 0 results, 50 deliveries\n")
        #expect(erased.errors.contains("the database's log holds what was erased"))
        try reader.execute("COMMIT")
        #expect(await server.end() == 0)
        for suffix in ["", "-wal"] {
            let content = (try? Data(contentsOf: URL(fileURLWithPath: server.database + suffix))) ?? Data()
            #expect(content.range(of: Data(trace.utf8)) == nil, "in \(suffix)")
        }
    }
}
