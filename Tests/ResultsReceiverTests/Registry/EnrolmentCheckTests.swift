import Results
import Testing

@testable import Registry

struct EnrolmentCheckTests {
    @Test(arguments: EnrolmentColumn.allCases)
    func idsAreJudgedAsIdentifierDoes(column: EnrolmentColumn) {
        guard [.enrolmentID, .personID, .externalID, .courseID].contains(column) else { return }
        let longest = String(repeating: "é", count: 64)
        let texts = [
            "p1", "a b", " a", "a ", "a  b", "a\tb", "a\nb", "\u{1}", "\u{7F}", "\u{A0}", "é", longest, longest + "x",
            String(repeating: "x", count: 64), String(repeating: "x", count: 65), " ", "  ", "-", "=1", "a/b",
        ]
        for text in texts {
            let issue = EnrolmentCheck.issue(in: Array(text.utf8)[...], column)
            #expect((issue == nil) == (StudentID(text) != nil), "\(text.debugDescription)")
        }
    }

    @Test func aStartDateIsARealDay() {
        func issue(_ text: String) -> ImportIssue.Kind? { EnrolmentCheck.issue(in: Array(text.utf8)[...], .startDate) }
        #expect(issue("2026-02-28") == nil)
        #expect(issue("2028-02-29") == nil)
        #expect(issue("") == nil)
        for text in [
            "2026-02-29", "2026-2-28", "28-02-2026", "2026/02/28", "2026-02-28 ", "20260228", "2026-00-10",
            "1899-12-31",
            "10000-01-01", "2026-02-28T00:00:00Z",
        ] {
            #expect(issue(text) == .notDate(text))
        }
    }

    @Test func aStatusIsOneOfFour() {
        func issue(_ text: String) -> ImportIssue.Kind? { EnrolmentCheck.issue(in: Array(text.utf8)[...], .status) }
        for status in EnrolmentStatus.allCases { #expect(issue(status.rawValue) == nil) }
        #expect(issue("Ingepland") == .unknownStatus("Ingepland", nearest: "ingepland"))
        #expect(issue("afgerod") == .unknownStatus("afgerod", nearest: "afgerond"))
        #expect(issue("planned") == .unknownStatus("planned", nearest: nil))
    }

    @Test func namesAreBounded() {
        func issue(_ count: Int, _ column: EnrolmentColumn) -> ImportIssue.Kind? {
            EnrolmentCheck.issue(in: Array(String(repeating: "é", count: count).utf8)[...], column)
        }
        #expect(issue(200, .firstName) == nil)
        #expect(issue(201, .firstName) == .tooLong(limit: 200))
        #expect(issue(254, .email) == nil)
        #expect(issue(255, .email) == .tooLong(limit: 254))
    }

    @Test func suggestsTheNearestName() {
        let names = EnrolmentColumn.allCases.map(\.rawValue)
        #expect(nearest(to: "Enrolment ID", among: names) == "enrolment_id")
        #expect(nearest(to: "enrollment_id", among: names) == "enrolment_id")
        #expect(nearest(to: " course_id", among: names) == "course_id")
        #expect(nearest(to: "startdate", among: names) == "start_date")
        #expect(nearest(to: "telephone", among: names) == nil)
        #expect(nearest(to: "", among: names) == nil)
    }

    @Test func aQuotedValueIsShortAndHarmlessToATerminal() {
        #expect(quotable("a\u{1B}[2Jb") == "a\u{FFFD}[2Jb")
        #expect(quotable(String(repeating: "e\u{301}", count: 100)).unicodeScalars.count == 41)
    }

    @Test func anIssueNamesLineAndColumn() {
        let issue = ImportIssue(line: 3, column: "start_date", kind: .notDate("x"))
        #expect("\(issue)" == "line 3, column start_date: 'x' is no date of the form yyyy-mm-dd")
        #expect("\(ImportIssue(line: 3, kind: .csv(.empty)))".hasPrefix("line 3: the file is empty"))
        #expect(
            "\(ImportIssue(line: 0, column: "start_date", kind: .missing))" == "column start_date: a value is needed")
    }
}
