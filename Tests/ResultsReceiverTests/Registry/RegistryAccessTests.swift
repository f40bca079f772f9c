import Results
import Testing

@testable import Registry

struct RegistryAccessTests {
    private let folder: TemporaryFolder
    private let access: RegistryAccess

    init() throws {
        folder = try TemporaryFolder()
        access = try RegistryAccess(to: folder.file("results.db"), creating: true)
        try access.connection.execute(
            """
            INSERT INTO enrolment(enrolment_id, person_id, external_id, course_id, status, start_date, last_name) VALUES
                ('i1', 'p1', 'x1', 'c1', 'ingepland', '2026-09-01', 'Wit, de'),
                ('i2', 'p2', 'p1', 'c1', 'ingepland', NULL, NULL),
                ('i3', 'p3', NULL, 'c2', 'wachtlijst', NULL, '=1+1'),
                ('i4', NULL, 'x4', 'c2', 'afgerond', NULL, 'x"y'),
                ('i5', 'p5', NULL, 'c3', 'geannuleerd', NULL, NULL);
            """)
    }

    /// Registers a result as a message would; times are milliseconds since 1970.
    @discardableResult
    private func register(
        _ enrolment: String, receivedAt: Int64 = 1_000, part: String = "NULL", score: String = "NULL",
        passed: String = "NULL", present: String = "NULL"
    ) throws -> Int64 {
        try access.connection.execute(
            """
            INSERT INTO result(enrolment_id, student_id, person_id, external_id, course_id, part_id, score, passed,
                present, created_at, completed_at, approved_on, received_at, reference, plugin, digest)
            SELECT enrolment_id, coalesce(person_id, external_id), person_id, external_id, course_id, \(part), \(score),
                \(passed), \(present), 1, 1795179790000, '2026-11-20', \(receivedAt), 'r', 'default', randomblob(32)
            FROM enrolment WHERE enrolment_id = '\(enrolment)'
            """)
        return access.connection.lastInsertedID
    }

    private func enrolments(_ filter: EnrolmentFilter) throws -> [String] {
        let rows = try access.enrolments(matching: filter)
        var ids: [String] = []
        while let row = try rows.next() { ids.append(row.enrolmentID) }
        return ids
    }

    private func results(_ filter: ResultFilter = ResultFilter()) throws -> [Int64] {
        let rows = try access.results(matching: filter)
        var ids: [Int64] = []
        while let row = try rows.next() { ids.append(row.resultID) }
        return ids
    }

    private func state(_ enrolment: String) throws -> String? {
        try access.connection.prepare(
            """
            SELECT status || ' ' || coalesce(approved_on, '-') FROM enrolment AS e LEFT JOIN result USING (result_id)
            WHERE e.enrolment_id = '\(enrolment)'
            """
        ).first { $0.text(0) } ?? nil
    }

    private func exported(_ format: ExportFormat, _ filter: ResultFilter = ResultFilter()) throws -> String {
        var bytes: [UInt8] = []
        let columns = ResultRow.columns(withRevoked: filter.includesRevoked)
        var writer = RecordWriter(format: format, columns: columns) { (piece) throws(Never) in bytes += piece }
        writer.begin()
        let rows = try access.results(matching: filter)
        while let row = try rows.next() { writer.write(row.values(withRevoked: filter.includesRevoked)) }
        writer.finish()
        return String(decoding: bytes, as: UTF8.self)
    }

    // MARK: Listing

    @Test func listsEnrolmentsByPersonOrExternalIDCourseAndStatus() throws {
        #expect(try enrolments(EnrolmentFilter()) == ["i1", "i2", "i3", "i4", "i5"])
        #expect(try enrolments(EnrolmentFilter(person: "p1")) == ["i1", "i2"])
        #expect(try enrolments(EnrolmentFilter(person: "x4")) == ["i4"])
        #expect(try enrolments(EnrolmentFilter(course: "c2")) == ["i3", "i4"])
        #expect(try enrolments(EnrolmentFilter(status: .ingepland)) == ["i1", "i2"])
        #expect(try enrolments(EnrolmentFilter(person: "p1", course: "c2")).isEmpty)
        #expect(try enrolments(EnrolmentFilter(person: "' OR 1=1 --")).isEmpty)
    }

    @Test func whatIsListedAsCSVHasTheImportsColumnsAndCanBeImportedAgain() throws {
        try register("i1")
        var bytes: [UInt8] = []
        var writer = RecordWriter(format: .csv, columns: EnrolmentRow.columns) { (piece) throws(Never) in
            bytes += piece
        }
        writer.begin()
        let rows = try access.enrolments()
        var listed: [EnrolmentRow] = []
        while let row = try rows.next() {
            listed.append(row)
            writer.write(row.values)
        }
        writer.finish()
        #expect(
            String(decoding: bytes, as: UTF8.self).hasPrefix(
                "enrolment_id,person_id,external_id,external_source,first_name,last_name,email,course_id,course_name,"
                    + "status,start_date\ni1,p1,x1,,,\"Wit, de\",,c1,,afgerond,2026-09-01\n"))

        func source(_ bytes: [UInt8]) -> CSVReader {
            var rest = bytes[...]
            return CSVReader { (chunk) throws(CSVError) in
                let count = min(chunk.count, rest.count)
                chunk.replaceSubrange(0..<count, with: rest.prefix(count))
                rest = rest.dropFirst(count)
                return count
            }
        }
        #expect(try EnrolmentImport(into: folder.file("results.db")).run(source(bytes)).unchanged == 5)
        let other = folder.file("other.db")
        #expect(try EnrolmentImport(into: other).run(source(bytes)).inserted == 5)
        let copies = try RegistryAccess(to: other).enrolments()
        for row in listed { #expect(try copies.next() == row) }
    }

    @Test func aListingShowsOneStateWhileOthersWrite() throws {
        let rows = try access.enrolments()
        _ = try rows.next()
        let other = try RegistryAccess(to: folder.file("results.db"))
        try other.add([.enrolmentID: "i9", .personID: "p9", .courseID: "c9"])
        var count = 1
        while try rows.next() != nil { count += 1 }
        #expect(count == 5)
        #expect(try enrolments(EnrolmentFilter()).count == 6)
    }

    @Test func aMissingDatabaseIsAnErrorAndIsNotMade() throws {
        let path = folder.file("none.db")
        #expect(throws: RegistryError.missing(path: path)) { _ = try RegistryAccess(to: path) }
    }

    // MARK: Export

    @Test func exportsItsColumnsInEveryFormat() throws {
        try register("i1", receivedAt: 1_795_179_792_045, part: "'17'", score: "850", passed: "1", present: "0")
        try register("i2", receivedAt: 1_795_179_793_000)
        #expect(
            try exported(.csv) == """
                result_id,enrolment_id,person_id,external_id,course_id,part_id,score,passed,present,completed_at,\
                approved_on,received_at
                1,i1,p1,x1,c1,17,8.5,true,false,2026-11-20T13:03:10.000Z,2026-11-20,2026-11-20T13:03:12.045Z
                2,i2,p2,p1,c1,,,,,2026-11-20T13:03:10.000Z,2026-11-20,2026-11-20T13:03:13.000Z

                """)
        #expect(
            try exported(.ndjson).hasPrefix(
                #"{"result_id":1,"enrolment_id":"i1","person_id":"p1","external_id":"x1","course_id":"c1","#
                    + #""part_id":"17","score":8.5,"passed":true,"present":false,"#
                    + #""completed_at":"2026-11-20T13:03:10.000Z","approved_on":"2026-11-20","#
                    + #""received_at":"2026-11-20T13:03:12.045Z"}"# + "\n"))
        #expect(try exported(.json).hasSuffix(#""received_at":"2026-11-20T13:03:13.000Z"}"# + "\n]\n"))
    }

    @Test func exportsSinceInclusiveUntilExclusiveAndAfter() throws {
        try register("i1", receivedAt: 2_000)
        try register("i2", receivedAt: 1_000)
        func moment(_ milliseconds: Int64) -> Timestamp { Timestamp(milliseconds: milliseconds) }
        #expect(try results() == [1, 2])
        #expect(try results(ResultFilter(since: moment(2_000))) == [1])
        #expect(try results(ResultFilter(since: moment(2_001))).isEmpty)
        #expect(try results(ResultFilter(until: moment(2_000))) == [2])
        #expect(try results(ResultFilter(until: moment(2_001))) == [1, 2])
        #expect(try results(ResultFilter(since: moment(1_000), until: moment(1_001))) == [2])
        #expect(try results(ResultFilter(after: 1)) == [2])
        #expect(try results(ResultFilter(after: 2)).isEmpty)
        #expect(try results(ResultFilter(person: "p1")) == [1, 2])
        #expect(try results(ResultFilter(person: "x1", course: "c1")) == [1])
        #expect(try results(ResultFilter(enrolment: "i2")) == [2])
    }

    @Test func resultsOfATimeAreFoundAlsoWhereTheClockWentBack() throws {
        let day: Int64 = 86_400_000
        try access.connection.execute("UPDATE enrolment SET status = 'ingepland'")
        for (index, time) in [20 * day, 3 * day, 11 * day + 5, -day, 11 * day].enumerated() {
            try register("i\(index + 1)", receivedAt: time)
        }
        func moment(_ milliseconds: Int64) -> Timestamp { Timestamp(milliseconds: milliseconds) }
        #expect(try results(ResultFilter(since: moment(11 * day))) == [1, 3, 5])
        #expect(try results(ResultFilter(since: moment(11 * day + 1))) == [1, 3])
        #expect(try results(ResultFilter(since: moment(-2 * day))) == [1, 2, 3, 4, 5])
        #expect(try results(ResultFilter(until: moment(11 * day))) == [2, 4])
        #expect(try results(ResultFilter(until: moment(0))) == [4])
        #expect(try results(ResultFilter(since: moment(0), until: moment(12 * day))) == [2, 3, 5])
        #expect(try results(ResultFilter(since: moment(21 * day))).isEmpty)
        #expect(try results(ResultFilter(until: moment(-day))).isEmpty)
    }

    @Test func theFirstRowsCanBeHadAlone() throws {
        try register("i1")
        try register("i2")
        #expect(try results(ResultFilter(limit: 1)) == [1])
        let rows = try access.enrolments(matching: EnrolmentFilter(limit: 2))
        var ids: [String] = []
        while let row = try rows.next() { ids.append(row.enrolmentID) }
        #expect(ids == ["i1", "i2"])
    }

    @Test func revokedResultsAreLeftOutUnlessAskedFor() throws {
        try register("i1")
        try register("i2")
        try access.revoke(1, reason: "a tester's message", by: "root", at: Timestamp(milliseconds: 5_000))
        #expect(try results() == [2])
        #expect(try results(ResultFilter(includesRevoked: true)) == [1, 2])
        let lines = try exported(.csv, ResultFilter(includesRevoked: true)).split(separator: "\n")
        #expect(lines[0].hasSuffix("received_at,revoked_at,revoked_reason"))
        #expect(lines[1].hasSuffix("1970-01-01T00:00:01.000Z,1970-01-01T00:00:05.000Z,a tester's message"))
        #expect(lines[2].hasSuffix("1970-01-01T00:00:01.000Z,,"))
    }

    // MARK: Revoking

    @Test func revokingPlansTheEnrolmentAgainAndKeepsTheRow() throws {
        try register("i1")
        #expect(try state("i1") == "afgerond 2026-11-20")
        let row = try access.revoke(1, reason: "wrong mark", by: "alice", at: Timestamp(milliseconds: 5_000))
        #expect(row.revokedAt == Timestamp(milliseconds: 5_000))
        #expect(row.enrolmentID == "i1")
        #expect(try state("i1") == "ingepland -")
        let kept =
            try access.connection.prepare(
                "SELECT revoked_at || ' ' || revoked_reason || ' ' || revoked_by FROM result"
            ).first { $0.text(0) } ?? nil
        #expect(kept == "5000 wrong mark alice")
        #expect(try register("i1") == 2)
    }

    @Test func aResultIsRevokedOnceAndWithAReason() throws {
        try register("i1")
        #expect(throws: RevokeError.unknownResult) { try access.revoke(2, reason: "x", by: nil) }
        for reason in ["", " \n", String(repeating: "x", count: 501)] {
            #expect(throws: RevokeError.badReason) { try access.revoke(1, reason: reason, by: nil) }
        }
        try access.revoke(1, reason: "first", by: nil, at: Timestamp(milliseconds: 5_000))
        #expect(throws: RevokeError.revokedBefore(Timestamp(milliseconds: 5_000), reason: "first")) {
            try access.revoke(1, reason: "second", by: nil)
        }
    }

    // MARK: Adding and cancelling

    @Test func addsAnEnrolmentUnderTheRulesOfAnImport() throws {
        try access.add([
            .enrolmentID: "i9", .externalID: "x9", .courseID: "c1", .startDate: "2026-09-01", .lastName: "",
        ])
        let rows = try access.enrolments(matching: EnrolmentFilter(person: "x9"))
        #expect(
            try rows.next()
                == EnrolmentRow(
                    enrolmentID: "i9", externalID: "x9", courseID: "c1", status: "ingepland", startDate: "2026-09-01"))
        #expect(throws: EnrolmentError.exists) {
            try access.add([.enrolmentID: "i9", .personID: "p9", .courseID: "c1"])
        }
        #expect(
            throws: EnrolmentError.invalid([
                ImportIssue(line: 0, column: "enrolment_id", kind: .missing),
                ImportIssue(line: 0, column: "course_id", kind: .notToken),
                ImportIssue(line: 0, column: "start_date", kind: .notDate("2026-02-30")),
                ImportIssue(line: 0, column: "person_id", kind: .missingPerson),
            ])
        ) { try access.add([.courseID: " c", .startDate: "2026-02-30"]) }
        #expect(throws: EnrolmentError.self) {
            try access.add([.enrolmentID: "i10", .personID: "p", .courseID: "c", .lastName: "a\0b"])
        }
    }

    @Test func cancelsOnlyWhatIsPlannedOrWaiting() throws {
        try access.cancel(enrolment: "i1")
        try access.cancel(enrolment: "i3")
        #expect(try state("i1") == "geannuleerd -")
        #expect(try state("i3") == "geannuleerd -")
        #expect(throws: EnrolmentError.notCancellable(.geannuleerd)) { try access.cancel(enrolment: "i1") }
        #expect(throws: EnrolmentError.notCancellable(.afgerond)) { try access.cancel(enrolment: "i4") }
        #expect(throws: EnrolmentError.unknownEnrolment) { try access.cancel(enrolment: "i99") }
        try register("i2")
        #expect(throws: EnrolmentError.hasResult(1)) { try access.cancel(enrolment: "i2") }
        try access.revoke(1, reason: "a test", by: nil)
        try access.cancel(enrolment: "i2")
        #expect(try state("i2") == "geannuleerd -")
    }

    // MARK: Maintenance

    @Test func maintenanceIsSeenByOtherConnectionsAtOnce() throws {
        let other = try RegistryAccess(to: folder.file("results.db"))
        #expect(try other.maintenance() == nil)
        try access.beginMaintenance(message: "Back at noon", at: Timestamp(milliseconds: 1_000))
        #expect(try other.maintenance() == Maintenance(since: Timestamp(milliseconds: 1_000), message: "Back at noon"))
        try access.beginMaintenance(message: nil, at: Timestamp(milliseconds: 2_000))
        #expect(try other.maintenance() == Maintenance(since: Timestamp(milliseconds: 1_000)))
        #expect(try other.endMaintenance() != nil)
        #expect(try access.maintenance() == nil)
        #expect(try access.endMaintenance() == nil)
    }

    @Test func aLockedRegistryIsBusyAndNothingIsChanged() throws {
        try register("i1")
        try access.connection.execute("BEGIN IMMEDIATE")
        // Opening and reading need no lock.
        let impatient = try RegistryAccess(to: folder.file("results.db"), patience: 1)
        defer { access.connection.rollBack() }
        do throws(RevokeError) {
            try impatient.revoke(1, reason: "x", by: nil)
            Issue.record("revoked under another's lock")
        } catch {
            guard case .registry(let error) = error else { throw error }
            #expect(error.isBusy)
        }
        #expect(try impatient.results().next()?.resultID == 1)
    }
}
