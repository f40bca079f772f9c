import Testing

@testable import Registry

struct EnrolmentImportTests {
    private let folder: TemporaryFolder
    private let path: String
    private let connection: Connection

    init() throws {
        folder = try TemporaryFolder()
        path = folder.file("results.db")
        connection = try Connection(registry: path, creating: true)
    }

    @discardableResult
    private func load(_ csv: String) throws(ImportError) -> ImportReport {
        var rest = Array(csv.utf8)[...]
        let reader = CSVReader { (chunk) throws(CSVError) in
            let count = min(chunk.count, rest.count)
            chunk.replaceSubrange(0..<count, with: rest.prefix(count))
            rest = rest.dropFirst(count)
            return count
        }
        return try EnrolmentImport(into: path, patience: 100).run(reader)
    }

    private func issues(_ csv: String) throws -> [ImportIssue] {
        do throws(ImportError) {
            try load(csv)
            return []
        } catch {
            guard case .invalid(let issues, _) = error else { throw error }
            return issues
        }
    }

    /// Every row as text, absent values as a dot.
    private func rows(_ sql: String) throws -> [String] {
        let query = try connection.prepare(sql)
        var rows: [String] = []
        while try query.step() {
            rows.append((0..<query.columnCount).map { query.text($0) ?? "." }.joined(separator: " "))
        }
        return rows
    }

    private func register(_ enrolment: String) throws {
        try connection.execute(
            """
            INSERT INTO result(enrolment_id, student_id, course_id, created_at, completed_at, approved_on, received_at,
                reference, plugin, digest)
            SELECT enrolment_id, 'x', course_id, 1, 1, '2026-11-20', 1, 'r', 'default', randomblob(32)
            FROM enrolment WHERE enrolment_id = '\(enrolment)'
            """)
    }

    private static let header =
        "enrolment_id,person_id,external_id,external_source,first_name,last_name,email,course_id,course_name,status,"
        + "start_date\n"

    // MARK: What is imported

    @Test func importsEveryColumn() throws {
        let report = try load(
            Self.header
                + "i1,p1,x1,erp,Piet,\"de \"\"Wit\"\"\",piet@example.nl,c1,\"Basis, deel 1\",wachtlijst,2026-09-01\n")
        #expect(report.inserted == 1)
        #expect(
            try rows(
                """
                SELECT enrolment_id, person_id, external_id, external_source, first_name, last_name, email, course_id,
                    course_name, status, start_date, result_id FROM enrolment
                """)
                == ["i1 p1 x1 erp Piet de \"Wit\" piet@example.nl c1 Basis, deel 1 wachtlijst 2026-09-01 ."])
    }

    @Test func columnsMayStandInAnyOrderAndStatusDefaultsToIngepland() throws {
        try load("course_id;enrolment_id;status;external_id\r\nc1;i1;;x1\r\n\r\nc2;i2;afgerond;x1\r\n")
        #expect(
            try rows("SELECT enrolment_id, external_id, course_id, status FROM enrolment ORDER BY 1")
                == ["i1 x1 c1 ingepland", "i2 x1 c2 afgerond"])
        try load("enrolment_id,person_id,course_id\ni3,p1,c1\n")
        #expect(try rows("SELECT status, external_id FROM enrolment WHERE enrolment_id = 'i3'") == ["ingepland ."])
    }

    @Test func anExistingEnrolmentIsUpdatedAndAnAbsentColumnLeavesItsFieldUnchanged() throws {
        try load(Self.header + "i1,p1,x1,erp,Piet,Wit,p@example.nl,c1,Basis,wachtlijst,2026-09-01\n")
        let report = try load("enrolment_id,person_id,course_id,last_name\ni1,p2,c2,Zwart\ni2,p2,c2,Zwart\n")
        #expect(report.inserted == 1)
        #expect(report.updated == 1)
        #expect(
            try rows("SELECT * FROM enrolment WHERE enrolment_id = 'i1'")
                == ["1 i1 p2 x1 erp Piet Zwart p@example.nl c2 Basis wachtlijst 2026-09-01 ."])
    }

    @Test func anEmptyValueClearsItsFieldButNotTheStatus() throws {
        try load(Self.header + "i1,p1,x1,erp,Piet,Wit,p@example.nl,c1,Basis,wachtlijst,2026-09-01\n")
        try load(Self.header + "i1,p1,,,,,,c1,,,\n")
        #expect(try rows("SELECT * FROM enrolment") == ["1 i1 p1 . . . . . c1 . wachtlijst . ."])
    }

    @Test func importingTheSameFileAgainWritesNothing() throws {
        let csv = Self.header + "i2,p2,,,,,,c1,,,\ni1,p1,x1,erp,Piet,Wit,p@example.nl,c1,Basis,wachtlijst,2026-09-01\n"
        #expect(try load(csv).inserted == 2)
        let before = try connection.number("PRAGMA data_version")
        let report = try load(csv)
        #expect(report == ImportReport(inserted: 0, updated: 0, unchanged: 2))
        #expect(try connection.number("PRAGMA data_version") == before)
    }

    @Test func aFileOfAHeaderAloneImportsNothing() throws {
        #expect(try load(Self.header) == ImportReport())
    }

    // MARK: Registered results

    @Test func ofAnEnrolmentWithAResultStatusApprovalPersonAndCourseStay() throws {
        try load(Self.header + "i1,p1,,,Piet,,,c1,Basis,ingepland,2026-09-01\ni2,p2,,,,,,c1,,,\n")
        try register("i1")
        let report = try load(Self.header + "i1,p1,,,Petra,,,c1,Basis II,ingepland,2026-10-01\ni2,p2,,,,,,c1,,,\n")
        #expect(report == ImportReport(inserted: 0, updated: 1, unchanged: 1, kept: 1))
        #expect(
            try rows("SELECT * FROM enrolment WHERE enrolment_id = 'i1'")
                == ["1 i1 p1 . . Petra . . c1 Basis II afgerond 2026-10-01 1"])
        #expect(try load(Self.header + "i1,p1,,,Petra,,,c1,Basis II,geannuleerd,2026-10-01\n").unchanged == 1)
    }

    @Test func anotherPersonOrCourseForAnEnrolmentWithAResultIsAnErrorAndNothingIsImported() throws {
        try load("enrolment_id,person_id,course_id\ni1,p1,c1\ni2,p2,c1\n")
        try register("i1")
        let header = "enrolment_id,person_id,course_id,last_name\n"
        #expect(
            try issues(header + "i0,p0,c1,New\ni2,p2,c1,Changed\ni1,p9,c1,\n")
                == [ImportIssue(line: 4, column: "person_id", kind: .differentPerson("i1"))])
        #expect(
            try issues(header + "i1,p1,c9,\n")
                == [ImportIssue(line: 2, column: "course_id", kind: .differentCourse("i1"))])
        #expect(try issues(header + "i1,p9,c9,\n").count == 2)
        #expect(
            try rows("SELECT enrolment_id, person_id, course_id, last_name FROM enrolment") == [
                "i1 p1 c1 .", "i2 p2 c1 .",
            ])
        // Without a result both may change.
        #expect(try load(header + "i2,p9,c9,\n").updated == 1)
    }

    @Test func withoutPersonIDTheExternalIDAndItsSourceAreThePerson() throws {
        let header = "enrolment_id,external_id,external_source,course_id\n"
        try load(header + "i1,x1,erp,c1\n")
        try register("i1")
        #expect(
            try issues(header + "i1,x2,erp,c1\n")
                == [ImportIssue(line: 2, column: "external_id", kind: .differentPerson("i1"))])
        #expect(try issues(header + "i1,x1,crm,c1\n").count == 1)
        #expect(try load("enrolment_id,external_id,course_id\ni1,x1,c1\n").unchanged == 1)
        // A person id that the registry did not know is filled in; from then on it is the person.
        #expect(try load("enrolment_id,person_id,external_id,course_id\ni1,p1,x1,c1\n").updated == 1)
        #expect(try issues("enrolment_id,person_id,course_id\ni1,p2,c1\n").count == 1)
        #expect(try load("enrolment_id,person_id,external_id,course_id\ni1,p1,x9,c1\n").updated == 1)
        #expect(try rows("SELECT person_id, external_id, external_source FROM enrolment") == ["p1 x9 erp"])
        #expect(try issues("enrolment_id,external_id,course_id\ni1,x1,c1\n").count == 1)
        // An empty person id beside the right external id names nobody else.
        #expect(try load("enrolment_id,person_id,external_id,course_id\ni1,,x9,c1\n").unchanged == 1)
    }

    @Test func aRevokedResultHoldsNothing() throws {
        try load("enrolment_id,person_id,course_id\ni1,p1,c1\n")
        try register("i1")
        try connection.execute("UPDATE result SET revoked_at = 2, revoked_reason = 'a test'")
        let report = try load("enrolment_id,person_id,course_id,status\ni1,p2,c2,geannuleerd\n")
        #expect(report == ImportReport(inserted: 0, updated: 1))
        #expect(try rows("SELECT person_id, course_id, status FROM enrolment") == ["p2 c2 geannuleerd"])
    }

    // MARK: Errors

    @Test func aCSVWithOneBadLineImportsNothing() throws {
        let good = (1...50).map { "i\($0),p\($0),c1,2026-09-01\n" }
        for line in [0, 25, 49] {
            var lines = good
            lines[line] = "i\(line + 1),p1,c1,2026-02-30\n"
            #expect(
                try issues("enrolment_id,person_id,course_id,start_date\n" + lines.joined())
                    == [ImportIssue(line: line + 2, column: "start_date", kind: .notDate("2026-02-30"))])
            #expect(try connection.number("SELECT count(*) FROM enrolment") == 0)
        }
    }

    @Test func anUnknownColumnIsAnErrorThatSuggestsTheRightOne() throws {
        #expect(
            try issues("enrolment_id,person_id,course_id,start-date\n")
                == [
                    ImportIssue(line: 1, kind: .csv(.unknownColumn("start-date", nearest: "start_date")))
                ])
        #expect(
            try issues("\n\nenrolment_id,person_id,course_id,phone\n")
                == [ImportIssue(line: 3, kind: .csv(.unknownColumn("phone", nearest: nil)))])
        // Without one that it resembles, all are named.
        #expect(
            "\(CSVError.Kind.unknownColumn("phone", nearest: nil))".hasSuffix(
                "last_name, email, course_id, course_name, status, start_date"))
    }

    @Test func neededColumnsAreNamed() throws {
        #expect(
            try issues("first_name\n")
                == [
                    ImportIssue(
                        line: 1, kind: .csv(.missingColumns(["enrolment_id", "person_id or external_id", "course_id"])))
                ])
        #expect(try issues("") == [ImportIssue(line: 1, kind: .csv(.empty))])
        #expect(
            try issues("enrolment_id,person_id,course_id,person_id\n")
                == [ImportIssue(line: 1, column: "person_id", kind: .csv(.repeatedColumn))])
    }

    @Test func neededValuesAreNamedWithLineAndColumn() throws {
        #expect(
            try issues("enrolment_id,person_id,external_id,course_id\n,p1,,c1\ni2,,,c1\ni3,p1,,\n\ni4,,x1,c1\n")
                == [
                    ImportIssue(line: 2, column: "enrolment_id", kind: .missing),
                    ImportIssue(line: 3, column: "person_id", kind: .missingPerson),
                    ImportIssue(line: 4, column: "course_id", kind: .missing),
                ])
    }

    @Test func everyBadValueIsNamedWithLineAndColumn() throws {
        let long = String(repeating: "x", count: 201)
        #expect(
            try issues(Self.header + " i1,p  1,x1 ,\te,\(long),,,c1,,Gepland,1-9-2026\n")
                == [
                    ImportIssue(line: 2, column: "enrolment_id", kind: .notToken),
                    ImportIssue(line: 2, column: "person_id", kind: .notToken),
                    ImportIssue(line: 2, column: "external_id", kind: .notToken),
                    ImportIssue(line: 2, column: "external_source", kind: .notToken),
                    ImportIssue(line: 2, column: "first_name", kind: .tooLong(limit: 200)),
                    ImportIssue(line: 2, column: "status", kind: .unknownStatus("Gepland", nearest: "ingepland")),
                    ImportIssue(line: 2, column: "start_date", kind: .notDate("1-9-2026")),
                ])
    }

    @Test func anEnrolmentIDGivenTwiceIsAnErrorNamingBothLines() throws {
        #expect(
            try issues("enrolment_id,person_id,course_id\ni2,p1,c1\ni1,p1,c1\ni2,p1,c1\n\ni2,p3,c1\n")
                == [
                    ImportIssue(line: 4, column: "enrolment_id", kind: .repeatedEnrolment("i2", firstLine: 2)),
                    ImportIssue(line: 6, column: "enrolment_id", kind: .repeatedEnrolment("i2", firstLine: 2)),
                ])
        #expect(try issues("enrolment_id,person_id,course_id\ni1,p1,c1\ni1,p1,c1\n").count == 1)
        #expect(try connection.number("SELECT count(*) FROM enrolment") == 0)
        // Ids are told apart byte for byte.
        #expect(try load("enrolment_id,person_id,course_id\ni1,p1,c1\nI1,p1,c1\n").inserted == 2)
    }

    @Test func aRepeatedEnrolmentIsFoundBesideOtherErrors() throws {
        #expect(
            try issues("enrolment_id,person_id,course_id\ni1,p1,\ni1,p1,c1\n")
                == [
                    ImportIssue(line: 2, column: "course_id", kind: .missing),
                    ImportIssue(line: 3, column: "enrolment_id", kind: .repeatedEnrolment("i1", firstLine: 2)),
                ])
    }

    @Test func anErrorOfTheCSVItselfKeepsThoseBeforeIt() throws {
        #expect(
            try issues("enrolment_id,person_id,course_id\ni1,p1\ni2,,c1\ni3,p\"1,c1\ni4,p1,c1\n")
                == [
                    ImportIssue(line: 2, kind: .csv(.fieldCount(2, expected: 3))),
                    ImportIssue(line: 3, column: "person_id", kind: .missingPerson),
                    ImportIssue(line: 4, column: "person_id", kind: .csv(.bareQuote)),
                ])
    }

    @Test func onlyTheFirstTwentyIssuesAreKept() throws {
        let lines = (0..<1000).map { "i\($0),,c1\n" }.joined()
        do throws(ImportError) {
            try load("enrolment_id,person_id,course_id\n" + lines)
            Issue.record("imported")
        } catch {
            guard case .invalid(let issues, let hasMore) = error else { throw error }
            #expect(issues.count == 20)
            #expect(hasMore)
        }
    }

    // MARK: Persons

    @Test func warnsOfIDsThatFitTwoPersons() throws {
        let report = try load(
            """
            enrolment_id,person_id,external_id,external_source,course_id
            i1,p1,x1,erp,c1
            i2,p2,p1,erp,c1
            i3,,x2,erp,c1
            i4,,x2,crm,c1
            i5,p5,x5,erp,c1
            i6,p6,x5,erp,c1
            i7,p7,x7,erp,c1
            i8,,x7,erp,c2
            i9,p7,x7,crm,c3
            i10,p10,p10,erp,c1
            i11,,p10,erp,c2

            """)
        #expect(
            report.ambiguous == [
                AmbiguousID(id: "p1", kind: .personAndExternal), AmbiguousID(id: "x2", kind: .severalPersons),
                AmbiguousID(id: "x5", kind: .severalPersons),
            ])
        #expect(!report.hasMoreAmbiguous)
    }

    @Test func warningsAreBounded() throws {
        let lines = (0..<100).map { "i\($0),p\($0),x\($0 / 2),c1\n" }.joined()
        let report = try load("enrolment_id,person_id,external_id,course_id\n" + lines)
        #expect(report.ambiguous.count == ImportReport.ambiguousLimit)
        #expect(report.hasMoreAmbiguous)
    }
}
