import Registry
import Results
import Testing

/// The rule of one result per enrolment, sentence by sentence, against a real database.
@Suite struct OneResultRuleTests {
    private let registry: RegistryFixture

    init() throws { registry = try RegistryFixture() }

    // MARK: Accepting

    @Test func acceptingStoresTheResultAndFinishesAndApprovesTheEnrolment() throws {
        try registry.enrol("e1", person: "p1")
        let outcome = try registry.apply(.make())[0]
        #expect(
            outcome
                == .registered(
                    Registration(
                        resultID: 1, enrolment: try #require(EnrolmentID("e1")),
                        receivedAt: Timestamp(milliseconds: 1_795_179_793_123), part: PartID("17"), partName: "Part 17")
                ))
        let approval = "SELECT status || approved_on FROM enrolment JOIN result USING (result_id)"
        #expect(try registry.text(approval) == "afgerond2026-11-20")
        #expect(
            try registry.text(
                """
                SELECT enrolment_id || '|' || student_id || '|' || person_id || '|' || course_id || '|' || part_id || '|' ||
                    part_name || '|' || score || '|' || passed || '|' || created_at || '|' || completed_at || '|' ||
                    approved_on || '|' || received_at || '|' || reference || '|' || plugin || '|' || unanswered
                FROM result WHERE present IS NULL
                """)
                == "e1|p1|p1|c1|17|Part 17|850|1|1795179792000|1795179790000|2026-11-20|1795179793123|ref-1|default|0")
    }

    @Test func markPassAndPresenceAreRegisteredOnlyWhereGiven() throws {
        try registry.enrol("e1", person: "p1")
        var entry = try Entry.make(part: nil, score: nil)
        entry.completion.passed = nil
        _ = try registry.apply(entry)
        #expect(
            try registry.text(
                """
                SELECT 'none' FROM result WHERE score IS NULL AND passed IS NULL AND present IS NULL AND part_id IS NULL
                """) == "none")
    }

    // MARK: One result for good

    @Test func aSecondMessageForTheEnrolmentIsADuplicateThatNamesTheFirst() throws {
        try registry.enrol("e1", person: "p1")
        _ = try registry.apply(.make(part: "17"))
        let violation = try registry.apply(.make(bytes: 2, part: "18"))[0].violation
        guard case .duplicate(let first, sameBytes: false) = violation else {
            Issue.record("\(String(describing: violation))")
            return
        }
        #expect(first.part?.text == "17" && first.resultID == 1 && first.revokedAt == nil)
    }

    @Test func partsAreNoPartOfTheKeyAlsoWithinOneGroup() throws {
        try registry.enrol("e1", person: "p1")
        let outcomes = try registry.apply(.make(part: "1"), .make(bytes: 2, part: "2"), .make(bytes: 1, part: "1"))
        #expect(outcomes.map(\.registeredEnrolment) == ["e1", nil, nil])
        #expect(outcomes.map(\.duplicateOfSameBytes) == [nil, false, true])
    }

    // MARK: Which enrolment

    @Test func theEarliestStartDateTakesItThenNoDateThenByEnrolmentID() throws {
        try registry.enrol("b-none", person: "p1")
        try registry.enrol("a-none", person: "p1")
        try registry.enrol("z-late", person: "p1", start: "2027-01-01")
        try registry.enrol("y-early", person: "p1", start: "2026-01-01")
        try registry.enrol("x-early", person: "p1", start: "2026-01-01")
        try registry.enrol("w-cancelled", person: "p1", status: .geannuleerd, start: "2020-01-01")
        let taken = try (1...6).map { try registry.apply(.make(bytes: $0))[0].registeredEnrolment }
        #expect(taken == ["x-early", "y-early", "z-late", "a-none", "b-none", nil])
    }

    // MARK: Reasons, in their order

    @Test func anUnknownPersonComesBeforeAnUnknownCourse() throws {
        try registry.enrol("e1", person: "p1")
        #expect(try registry.apply(.make("nobody", course: "nowhere"))[0].violation == .unknownPerson)
        #expect(try registry.apply(.make("nobody"))[0].violation == .unknownPerson)
        #expect(try registry.apply(.make("p1", course: "nowhere"))[0].violation == .unknownCourse)
    }

    @Test func aKnownCourseOfOthersIsNoEnrolment() throws {
        try registry.enrol("e1", person: "p1")
        try registry.enrol("e2", person: "p2", course: "c2")
        #expect(try registry.apply(.make("p1", course: "c2"))[0].violation == .noEnrolment)
    }

    @Test(arguments: [EnrolmentStatus.wachtlijst, .ingepland, .afgerond, .geannuleerd])
    func aCourseIsKnownByAnEnrolmentOfAnyStatus(status: EnrolmentStatus) throws {
        try registry.enrol("e1", person: "p1")
        try registry.enrol("e2", person: "p2", course: "c2", status: status)
        #expect(try registry.apply(.make("p1", course: "c2"))[0].violation == .noEnrolment)
        #expect(try registry.apply(.make("p1", course: "c3"))[0].violation == .unknownCourse)
    }

    @Test func theFirstReasonThatAppliesIsGiven() throws {
        try registry.enrol("cancelled", person: "p1", status: .geannuleerd)
        #expect(try registry.apply(.make(bytes: 1))[0].violation == .enrolmentCancelled)
        try registry.enrol("waiting", person: "p1", status: .wachtlijst)
        #expect(try registry.apply(.make(bytes: 2))[0].violation == .waitingList)
        try registry.enrol("finished", person: "p1", status: .afgerond)
        #expect(try registry.apply(.make(bytes: 3))[0].violation == .enrolmentFinished)
        try registry.enrol("planned", person: "p1")
        #expect(try registry.apply(.make(bytes: 4))[0].registeredEnrolment == "planned")
        #expect(try registry.apply(.make(bytes: 5))[0].duplicateOfSameBytes == false)
    }

    @Test func aDuplicateNamesTheLatestOfSeveralResults() throws {
        try registry.enrol("e1", person: "p1", start: "2026-02-01")
        try registry.enrol("e2", person: "p1", start: "2026-01-01")
        _ = try registry.apply(.make(bytes: 1), .make(bytes: 2))
        guard case .duplicate(let named, _) = try registry.apply(.make(bytes: 3))[0].violation else {
            Issue.record("no duplicate")
            return
        }
        #expect(named.enrolment.text == "e1" && named.resultID == 2)
    }

    // MARK: The same bytes

    @Test func bytesRegisteredBeforeNeverRegisterAgainAlsoForANewPlannedEnrolment() throws {
        try registry.enrol("e1", person: "p1")
        _ = try registry.apply(.make())
        try registry.enrol("e2", person: "p1")
        #expect(try registry.apply(.make())[0].duplicateOfSameBytes == true)
        #expect(try registry.text("SELECT status FROM enrolment WHERE enrolment_id = 'e2'") == "ingepland")
        #expect(try registry.apply(.make(bytes: 2))[0].registeredEnrolment == "e2")
    }

    @Test func theSameBytesAreRedeliveredWhereThatIsAcknowledged() throws {
        try registry.enrol("e1", person: "p1")
        _ = try registry.apply(.make())
        try registry.enrol("e2", person: "p1")
        guard case .redelivered(let first) = try registry.apply(.make(acknowledges: true))[0] else {
            Issue.record("not redelivered")
            return
        }
        #expect(first.enrolment.text == "e1")
        #expect(try registry.apply(.make(bytes: 2, acknowledges: true))[0].registeredEnrolment == "e2")
        #expect(try registry.apply(.make(bytes: 3, acknowledges: true))[0].duplicateOfSameBytes == false)
    }

    @Test func theSameBytesAreRedeliveredOnceWhereTheFirstAnswerWasLost() throws {
        try registry.enrol("e1", person: "p1")
        _ = try registry.apply(.make())
        try registry.store.markUnanswered([1])
        guard case .redelivered = try registry.apply(.make())[0] else {
            Issue.record("not redelivered")
            return
        }
        #expect(try registry.apply(.make())[0].duplicateOfSameBytes == true)
        try registry.store.markUnanswered([1])
        #expect(try registry.apply(.make(bytes: 2))[0].duplicateOfSameBytes == false)
    }

    @Test func aRevokedResultPlansTheEnrolmentAgainAndItsBytesStayDuplicate() throws {
        try registry.enrol("e1", person: "p1")
        _ = try registry.apply(.make())
        try registry.store.markUnanswered([1])
        try registry.outside.execute("UPDATE result SET revoked_at = 7, revoked_reason = 'a test'")
        for acknowledges in [false, true] {
            let violation = try registry.apply(.make(acknowledges: acknowledges))[0].violation
            guard case .duplicate(let first, sameBytes: true) = violation else {
                Issue.record("\(String(describing: violation))")
                return
            }
            #expect(first.revokedAt == Timestamp(milliseconds: 7))
        }
        #expect(try registry.apply(.make(bytes: 2))[0].registeredEnrolment == "e1")
    }

    @Test func aRevokedResultIsNoDuplicateOfItsEnrolment() throws {
        try registry.enrol("e1", person: "p1")
        _ = try registry.apply(.make())
        try registry.outside.execute("UPDATE result SET revoked_at = 7, revoked_reason = 'a test'")
        try registry.outside.execute("UPDATE enrolment SET status = 'geannuleerd'")
        #expect(try registry.apply(.make(bytes: 2))[0].violation == .enrolmentCancelled)
    }

    // MARK: Maintenance

    @Test func inMaintenanceNothingIsRegistered() throws {
        try registry.enrol("e1", person: "p1")
        try registry.outside.execute("UPDATE maintenance SET since = 1, message = 'Back at noon'")
        #expect(try registry.apply(.make()) == [.maintenance(message: "Back at noon")])
        try registry.outside.execute("UPDATE maintenance SET since = NULL")
        #expect(try registry.apply(.make())[0].registeredEnrolment == "e1")
    }
}
