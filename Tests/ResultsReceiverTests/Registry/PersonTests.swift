import Registry
import Results
import Testing

/// Whom a student id means: person ids, external ids, sources; never a guess.
@Suite struct PersonTests {
    private let registry: RegistryFixture

    init() throws { registry = try RegistryFixture() }

    private func outcome(_ entry: Entry) throws -> Outcome { try registry.apply(entry)[0] }

    @Test func aPersonIsFoundByPersonIDOrByExternalID() throws {
        try registry.enrol("e1", person: "p1", external: "x1")
        try registry.enrol("e2", external: "x2")
        #expect(try outcome(.make("p1", bytes: 1)).registeredEnrolment == "e1")
        #expect(try outcome(.make("x2", bytes: 2)).registeredEnrolment == "e2")
        #expect(try outcome(.make("x1", bytes: 3)).duplicateOfSameBytes == false)
    }

    @Test func theKeyNarrowsTheComparisonToOneKindOfID() throws {
        try registry.enrol("e1", person: "p1", external: "x1")
        #expect(try outcome(.make("x1", key: .personID)).violation == .unknownPerson)
        #expect(try outcome(.make("p1", key: .externalID)).violation == .unknownPerson)
        #expect(try outcome(.make("x1", key: .externalID)).registeredEnrolment == "e1")
    }

    @Test func theKeyPersonIDFindsAPersonWhoseIDIsAnothersExternalID() throws {
        try registry.enrol("e1", person: "7")
        try registry.enrol("e2", person: "p2", external: "7")
        #expect(try outcome(.make("7", bytes: 1, key: .personID)).registeredEnrolment == "e1")
        #expect(try outcome(.make("7", bytes: 2, key: .externalID)).registeredEnrolment == "e2")
    }

    @Test func theSourceNarrowsExternalIDs() throws {
        try registry.enrol("e1", external: "x1", source: "north")
        try registry.enrol("e2", external: "x1", source: "south")
        try registry.enrol("e3", external: "x1")
        #expect(try outcome(.make("x1", source: "east")).violation == .unknownPerson)
        #expect(try outcome(.make("x1", source: "south")).registeredEnrolment == "e2")
    }

    @Test func theSourceDoesNotTouchPersonIDs() throws {
        try registry.enrol("e1", person: "p1", external: "x1", source: "north")
        #expect(try outcome(.make("p1", source: "south")).registeredEnrolment == "e1")
    }

    @Test(arguments: [nil, "north"] as [String?])
    func twoExternalSourcesAreTwoPersons(first: String?) throws {
        try registry.enrol("e1", external: "x1", source: first)
        try registry.enrol("e2", external: "x1", source: "south", course: "c2")
        #expect(try outcome(.make("x1")).violation == .ambiguousPerson)
    }

    @Test func onePersonsIDThatIsAnothersExternalIDIsNeverAGuess() throws {
        try registry.enrol("e1", person: "7")
        try registry.enrol("e2", person: "p2", external: "7", course: "c2")
        #expect(try outcome(.make("7")).violation == .ambiguousPerson)
    }

    @Test func aPersonIDThatIsAnExternalIDWithoutPersonIsAmbiguous() throws {
        try registry.enrol("e1", person: "7")
        try registry.enrol("e2", external: "7", course: "c2")
        #expect(try outcome(.make("7")).violation == .ambiguousPerson)
    }

    @Test func anExternalIDOfTwoPersonsIsAmbiguous() throws {
        try registry.enrol("e1", person: "p1", external: "x1")
        try registry.enrol("e2", person: "p2", external: "x1")
        #expect(try outcome(.make("x1")).violation == .ambiguousPerson)
        #expect(try outcome(.make("p1")).registeredEnrolment == "e1")
    }

    @Test func anAmbiguousPersonComesBeforeAnUnknownCourse() throws {
        try registry.enrol("e1", person: "p1", external: "x1")
        try registry.enrol("e2", person: "p2", external: "x1")
        #expect(try outcome(.make("x1", course: "nowhere")).violation == .ambiguousPerson)
    }

    @Test func thePersonsOwnExternalIDMayEqualThePersonID() throws {
        try registry.enrol("e1", person: "7", external: "7", source: "north")
        #expect(try outcome(.make("7")).registeredEnrolment == "e1")
    }

    @Test func severalEnrolmentsOfOnePersonAreOnePerson() throws {
        try registry.enrol("e1", person: "p1", external: "x1", course: "c2")
        try registry.enrol("e2", person: "p1", external: "x1", source: "north", course: "c3")
        try registry.enrol("e3", person: "p1")
        #expect(try outcome(.make("x1")).registeredEnrolment == "e3")
    }

    @Test func rowsWithoutPersonIDBelongToThePersonWithTheirExternalID() throws {
        try registry.enrol("e1", person: "p1", external: "x1", source: "north", course: "c2")
        try registry.enrol("e2", external: "x1", source: "north")
        #expect(try outcome(.make("p1", bytes: 1)).registeredEnrolment == "e2")
        try registry.enrol("e3", external: "x1", source: "north", start: "2026-01-01")
        #expect(try outcome(.make("x1", bytes: 2)).registeredEnrolment == "e3")
        #expect(try outcome(.make("p1", bytes: 3)).duplicateOfSameBytes == false)
    }

    @Test func aRowOfAnotherSourceDoesNotBelongToThePerson() throws {
        try registry.enrol("e1", person: "p1", external: "x1", source: "north", course: "c2")
        try registry.enrol("e2", external: "x1", source: "south")
        #expect(try outcome(.make("p1")).violation == .noEnrolment)
        #expect(try outcome(.make("x1")).violation == .ambiguousPerson)
    }

    @Test func aRowThatTwoPersonsCouldClaimIsNobodys() throws {
        try registry.enrol("e1", person: "p1", external: "x1", course: "c2")
        try registry.enrol("e2", person: "p2", external: "x1", course: "c2")
        try registry.enrol("e3", external: "x1")
        #expect(try outcome(.make("p1")).violation == .noEnrolment)
    }

    @Test func idsAreComparedByTheirBytes() throws {
        // The same letter, composed and decomposed: equal to Swift, different ids to everything else.
        try registry.enrol("e1", person: "\u{E9}1")
        try registry.enrol("e2", person: "e\u{301}1")
        #expect(try outcome(.make("e\u{301}1")).registeredEnrolment == "e2")
        #expect(try outcome(.make("\u{C9}1", bytes: 2)).violation == .unknownPerson)
        try registry.enrol("e3", person: "\u{E9}2", external: "x")
        try registry.enrol("e4", person: "e\u{301}2", external: "x")
        #expect(try outcome(.make("x", bytes: 3)).violation == .ambiguousPerson)
    }
}
