import Registry
import Results
import Testing

/// What the registry keeps of every delivery, and how it lets old ones go.
struct DeliveryLogTests {
    private let registry: RegistryFixture
    private let access: RegistryAccess

    init() throws {
        registry = try RegistryFixture()
        access = try RegistryAccess(to: registry.path)
    }

    private func rows(_ filter: DeliveryFilter = DeliveryFilter()) throws -> [DeliveryRow] {
        let rows = try access.deliveries(matching: filter)
        var all: [DeliveryRow] = []
        while let row = try rows.next() { all.append(row) }
        return all
    }

    /// A refused delivery of the bytes that `bytes` stands for.
    private func refusal(
        _ reference: String, bytes: Int = 1, reason: String = "unknown-person", student: String? = "p1",
        course: String? = "c1", at time: Timestamp = .now(), body: [UInt8]? = nil
    ) throws -> DeliveryRecord {
        DeliveryRecord(
            reference: reference, receivedAt: time, plugin: "default", code: reason == "schema" ? 400 : 404,
            reason: reason, message: "why", student: student, course: course, bytes: 100, duration: 250,
            client: "192.0.2.1", digest: try Entry.make(bytes: bytes).digest, body: body)
    }

    private func record(_ records: DeliveryRecord...) throws {
        _ = try registry.store.record(records, turnedAway: [])
    }

    private func causes() throws -> [String] {
        let query = try registry.outside.prepare("SELECT reason, course_id, messages FROM cause ORDER BY 1, 2")
        var found: [String] = []
        while try query.step() { found.append("\(query.text(0) ?? "") \(query.text(1) ?? "") \(query.integer(2))") }
        return found
    }

    // MARK: What is recorded

    @Test func anAcceptedDeliveryIsRecordedInTheTransactionOfItsResult() throws {
        try registry.enrol("e1", person: "p1")
        _ = try registry.apply(.make())
        let row = try #require(try rows().first)
        #expect(row.reference == "ref-1" && row.code == 200 && row.reason == "registered")
        #expect(row.student == "p1" && row.course == "c1" && row.part == "17" && row.plugin == "default")
        #expect(row.bytes == 100 && row.client == "192.0.2.1" && row.attempt == 1)
        #expect(row.receivedAt == Timestamp(milliseconds: 1_795_179_793_123))
        #expect(try #require(row.duration) >= 0)
        #expect(!row.isOpen && !row.hasBody && row.message == nil)
    }

    @Test func aResultIsStoredEvenWhereTheLogOfItsDeliveryFails() throws {
        try registry.enrol("e1", person: "p1")
        try registry.outside.execute(
            "CREATE TRIGGER broken BEFORE INSERT ON delivery BEGIN SELECT RAISE(ABORT, 'broken'); END")
        #expect(try registry.apply(.make()).first?.registeredEnrolment == "e1")
        #expect(try registry.text("SELECT count(*) FROM result") == "1")
        #expect(try rows().isEmpty)
    }

    @Test func refusedDeliveriesAreRecordedWithTheirBody() throws {
        let body = Array("<message/>".utf8)
        try record(refusal("r1", reason: "schema", student: nil, course: nil, body: body))
        let row = try #require(try rows().first)
        #expect(row.code == 400 && row.reason == "schema" && row.message == "why" && row.duration == 250)
        #expect(row.hasBody && row.isOpen)
        #expect(try access.body(ofDelivery: row.id) == body)
    }

    @Test func deliveriesOfTheSameBytesCountTheirAttempts() throws {
        try record(refusal("r1"), refusal("other", bytes: 2), refusal("r2"))
        try registry.enrol("e1", person: "p1")
        var accepted = try Entry.make()
        accepted.reference = "r3"
        #expect(try registry.apply(accepted).first?.registeredEnrolment == "e1")
        try record(refusal("r4", reason: "duplicate"))
        let same = try rows(DeliveryFilter(digest: try Entry.make().digest))
        #expect(Set(same.map { "\($0.reference) \($0.attempt ?? 0)" }) == ["r1 1", "r2 2", "r3 3", "r4 4"])
    }

    @Test func aReplayIsLinkedToItsOriginalAndIsNoAttempt() throws {
        try record(refusal("r1"))
        var replay = try refusal("r2")
        replay.replayOf = try #require(try rows().first).id
        replay.client = nil
        try record(replay, refusal("r3"))
        let found = try rows(DeliveryFilter(digest: try Entry.make().digest))
        #expect(found.first { $0.reference == "r2" }?.replayOf == "r1")
        #expect(found.first { $0.reference == "r2" }?.attempt == nil)
        #expect(found.first { $0.reference == "r3" }?.attempt == 2)
    }

    // MARK: What is open

    @Test func aRefusedMessageIsOpenUntilItIsAccepted() throws {
        try record(refusal("r1"), refusal("r2"), refusal("r3", bytes: 2))
        #expect(try causes() == ["unknown-person c1 2"])
        #expect(try rows().filter(\.isOpen).map(\.reference).sorted() == ["r2", "r3"])
        try registry.enrol("e1", person: "p1")
        _ = try registry.apply(.make())
        #expect(try causes() == ["unknown-person c1 1"])
    }

    @Test func anOpenMessageThatIsRefusedForAnotherReasonChangesItsCause() throws {
        try record(refusal("r1"), refusal("r2", reason: "no-enrolment"))
        #expect(try causes() == ["no-enrolment c1 1"])
    }

    @Test func whatIsRegisteredAlreadyIsNotOpen() throws {
        try registry.enrol("e1", person: "p1")
        _ = try registry.apply(.make())
        try record(refusal("r1", reason: "duplicate"), refusal("r2", bytes: 2, reason: "duplicate"))
        #expect(try rows().filter(\.isOpen).map(\.reference) == ["r2"])
    }

    @Test(arguments: [(8, nil), (9, "ending"), (10, "ending"), (11, "given-up"), (12, "given-up")])
    func theLastAttemptsAreFlagged(attempts: Int, outlook: String?) throws {
        for attempt in 1...attempts { try record(refusal("r\(attempt)")) }
        let open = try #require(try rows().first(where: \.isOpen))
        #expect(open.attempt == attempts && open.outlook?.rawValue == outlook)
    }

    // MARK: Finding

    @Test func deliveriesAreFoundByEveryIDOfThePerson() throws {
        try registry.enrol("e1", person: "p1", external: "x1")
        try registry.enrol("e2", person: "p2")
        _ = try registry.apply(.make("p1"))
        _ = try registry.apply(.make("p2", bytes: 2))
        try record(refusal("by-external", bytes: 3, student: "x1"), refusal("by-person", bytes: 4))
        try record(refusal("another", bytes: 5, student: "p2"))
        for id in ["p1", "x1"] {
            let found = try rows(DeliveryFilter(person: id)).map(\.reference).sorted()
            #expect(found == ["by-external", "by-person", "ref-1"])
        }
    }

    @Test func deliveriesAreFoundByCodeReasonCourseAndTime() throws {
        let day = Timestamp(milliseconds: 1_795_000_000_000)
        try record(refusal("a", at: day), refusal("b", bytes: 2, reason: "schema", student: nil, course: nil, at: day))
        try record(refusal("c", bytes: 3, course: "c2", at: Timestamp(milliseconds: day.milliseconds + 1)))
        #expect(try rows(DeliveryFilter(code: 400)).map(\.reference) == ["b"])
        #expect(try rows(DeliveryFilter(reason: "unknown-person")).map(\.reference) == ["c", "a"])
        #expect(try rows(DeliveryFilter(course: "c2")).map(\.reference) == ["c"])
        #expect(try rows(DeliveryFilter(until: Timestamp(milliseconds: day.milliseconds + 1))).count == 2)
        #expect(
            try rows(DeliveryFilter(since: Timestamp(milliseconds: day.milliseconds + 1))).map(\.reference) == ["c"])
        #expect(try rows(DeliveryFilter(limit: 2)).map(\.reference) == ["c", "b"])
        #expect(try rows(DeliveryFilter(reference: "a")).map(\.reference) == ["a"])
    }

    // MARK: Turned away

    @Test func whatIsTurnedAwayIsCountedByDayReasonAndPlugin() throws {
        let moment = Timestamp.now()
        for count in [3, 4] {
            let turned = TurnedAway(reason: "signature-mismatch", plugin: "a", requests: count, last: moment)
            _ = try registry.store.record([], turnedAway: [turned])
        }
        #expect(try registry.text("SELECT requests || ' ' || plugin FROM turned_away") == "7 a")
    }

    // MARK: Letting go

    private func store(_ retention: DeliveryRetention) throws -> SQLiteStore {
        try SQLiteStore(path: registry.path, retention: retention, logger: nil)
    }

    private func ago(_ days: Int64) -> Timestamp {
        Timestamp(milliseconds: Timestamp.now().milliseconds - days * 86_400_000)
    }

    @Test func rowsThatAreTooOldGoWithTheirBodiesAndLeaveNothingOpen() throws {
        try record(refusal("old", at: ago(11), body: [1, 2]), refusal("young", bytes: 2, at: ago(9), body: [3]))
        let store = try store(DeliveryRetention(age: .seconds(10 * 86_400)))
        #expect(try store.record([], turnedAway: []) == false)
        #expect(try rows().map(\.reference) == ["young"])
        #expect(try causes() == ["unknown-person c1 1"])
        #expect(try registry.text("SELECT bodies FROM delivery_size") == "1")
        store.close()
    }

    @Test func bodiesGoEarlierThanTheirDeliveries() throws {
        try record(refusal("r1", at: ago(3), body: [1]))
        let store = try store(DeliveryRetention(bodyAge: .seconds(2 * 86_400)))
        _ = try store.record([], turnedAway: [])
        #expect(try rows().map(\.hasBody) == [false])
        #expect(try causes() == ["unknown-person c1 1"])
        store.close()
    }

    @Test func beyondTheirSizeTheOldestBodiesGo() throws {
        for number in 1...5 {
            try record(refusal("r\(number)", bytes: number, body: [UInt8](repeating: 1, count: 100)))
        }
        let store = try store(DeliveryRetention(bodyBytes: 250))
        _ = try store.record([], turnedAway: [])
        #expect(try rows().filter(\.hasBody).map(\.reference).sorted() == ["r4", "r5"])
        #expect(try registry.text("SELECT bodies FROM delivery_size") == "200")
        store.close()
    }

    @Test func beyondTheirNumberTheOldestDeliveriesGoAFewAtATime() throws {
        for number in 1...350 { try record(refusal("r\(number)", bytes: number)) }
        let store = try store(DeliveryRetention(deliveries: 50))
        var rounds = 1
        while try store.record([], turnedAway: []) { rounds += 1 }
        #expect(rounds == 3)
        #expect(try registry.text("SELECT count(*) || ' ' || min(delivery) FROM delivery") == "50 301")
        store.close()
    }

    @Test func aRowFromWhenTheClockWasAheadHoldsUpNoOther() throws {
        try record(refusal("ahead", at: ago(-5000), body: [1]))
        for number in 2...4 { try record(refusal("old \(number)", bytes: number, at: ago(11), body: [1])) }
        let store = try store(DeliveryRetention(age: .seconds(10 * 86_400), bodyAge: .seconds(10 * 86_400)))
        #expect(try store.record([], turnedAway: []) == false)
        #expect(try rows().map(\.reference) == ["ahead"])
        #expect(try rows().first?.hasBody == true)
        store.close()
    }

    @Test func aClockThatGoesBackLosesNothing() throws {
        try record(refusal("r1", at: ago(-1), body: [1]), refusal("r2", bytes: 2, body: [2]))
        try record(refusal("1969", bytes: 3, at: Timestamp(milliseconds: -1), body: [3]))
        #expect(try rows().map(\.reference) == ["r1", "r2"], "what is older than its time goes at once")
        #expect(try rows(DeliveryFilter(since: Timestamp(milliseconds: -86_400_000))).count == 2)
    }

    /// What is deleted is overwritten, so that large bodies cost their bytes: a mebibyte at a time.
    @Test(arguments: [("bodies", 10), ("deliveries", 10)])
    func largeBodiesGoOneAtATime(what: String, rounds: Int) throws {
        let body = [UInt8](repeating: 1, count: 1 << 20)
        for number in 1...10 { try record(refusal("r\(number)", bytes: number, at: ago(11), body: body)) }
        var retention = DeliveryRetention(age: .seconds(10 * 86_400))
        if what == "bodies" { retention = DeliveryRetention(bodyAge: .seconds(10 * 86_400)) }
        let store = try store(retention)
        var left: [Int] = []
        while try store.record([], turnedAway: []) {
            left.append(Int(try registry.text("SELECT count(*) FROM delivery_body") ?? "") ?? -1)
        }
        #expect(left == Array((1..<rounds).reversed()))
        #expect(try registry.text("SELECT bodies FROM delivery_size") == "0")
        store.close()
    }

    @Test func whyAMessageCouldNotBeReadGoesWithItsBody() throws {
        try record(
            refusal("unread", reason: "schema", student: nil, at: ago(3), body: [1]),
            refusal("read", bytes: 2, at: ago(3), body: [1]))
        let store = try store(DeliveryRetention(bodyAge: .seconds(2 * 86_400)))
        _ = try store.record([], turnedAway: [])
        #expect(try rows().map(\.message) == ["why", nil])
        store.close()
    }

    // MARK: What is about to be given up

    @Test func aMessageThatHasNotComeForLongerThanTheLongestRestIsGivenUp() throws {
        let hour: Int64 = 3_600_000
        let now = Timestamp.now().milliseconds
        try record(refusal("quiet", at: Timestamp(milliseconds: now - 18 * hour)))
        try record(refusal("resting", bytes: 2, at: Timestamp(milliseconds: now - 16 * hour)))
        #expect(try rows(DeliveryFilter(reference: "quiet")).first?.outlook == .givenUp)
        #expect(try rows(DeliveryFilter(reference: "resting")).first?.outlook == nil)
    }

    @Test func aReplayThatIsRefusedLeavesTheOutlookAsItWas() throws {
        for attempt in 1...11 { try record(refusal("r\(attempt)")) }
        var replay = try refusal("replay", reason: "no-enrolment")
        replay.replayOf = 11
        try record(replay)
        let open = try #require(try rows().first(where: \.isOpen))
        #expect(open.reference == "replay" && open.attempt == nil && open.outlook == .givenUp)
    }

    @Test func attemptsGoOnWhereEarlierDeliveriesAreGone() throws {
        for attempt in 1...5 { try record(refusal("r\(attempt)", at: ago(attempt < 5 ? 11 : 1))) }
        let store = try store(DeliveryRetention(age: .seconds(10 * 86_400)))
        _ = try store.record([], turnedAway: [])
        try record(refusal("r6"))
        #expect(try rows().map(\.attempt) == [6, 5])
        store.close()
    }

    // MARK: Trouble

    @Test func aRecordThatCannotBeWrittenHoldsUpNoOther() throws {
        try registry.outside.execute(
            """
            CREATE TRIGGER refuses BEFORE INSERT ON delivery WHEN NEW.reference = 'poison'
            BEGIN SELECT RAISE(ABORT, 'no'); END
            """)
        try record(refusal("a"), refusal("poison", bytes: 2), refusal("b", bytes: 3))
        #expect(try rows().map(\.reference).sorted() == ["a", "b"])
    }

    @Test func twoDeliveriesWithOneReferenceAreBothShown() throws {
        try record(refusal("same"), refusal("same", bytes: 2))
        #expect(try access.deliveries(of: "same").count == 2)
    }

    @Test func idsOfAnyCharactersAreFoundAgain() throws {
        for (number, id) in Self.oddIDs.enumerated() {
            try record(refusal("r\(number)", bytes: number, student: id, course: id))
            #expect(try rows(DeliveryFilter(person: id)).map(\.reference) == ["r\(number)"])
            #expect(try rows(DeliveryFilter(course: id)).map(\.reference) == ["r\(number)"])
            let open = try access.openDeliveryIDs(OpenMessageFilter(reason: "unknown-person", course: id))
            #expect(open.count == 1)
        }
        #expect(try access.causes().count == Self.oddIDs.count)
    }

    static let oddIDs = [
        "it's \"quoted\"", "a\u{0}b", String(repeating: "\u{1F600}", count: 64), "\u{1B}[31mred\u{7}", "%_*?",
        "e\u{301}",
    ]

    // MARK: Open messages

    @Test func openMessagesAreFoundByWhoIsPlannedByNow() throws {
        let filter = {
            var filter = OpenMessageFilter(reason: "unknown-person")
            filter.isPlanned = true
            return filter
        }()
        for (number, student) in ["p1", "x2", "p3", "x4", "p5", "p6"].enumerated() {
            try record(refusal("r\(number + 1)", bytes: number, student: student, body: [1]))
        }
        try record(refusal("not kept", bytes: 9))
        #expect(try access.openDeliveryIDs(filter) == [])
        try registry.enrol("e1", person: "p1")
        try registry.enrol("e2", external: "x2")
        // By another of the person's ids.
        try registry.enrol("e3", person: "p3", external: "x3", course: "c9")
        try registry.enrol("f3", external: "x3")
        try registry.enrol("e4", person: "p4", external: "x4", course: "c9")
        try registry.enrol("f4", person: "p4")
        try registry.enrol("e5", person: "p5", status: .wachtlijst)
        try registry.enrol("e6", person: "p6", course: "c9")
        #expect(try access.openDeliveryIDs(filter) == [1, 2, 3, 4])
    }
}
