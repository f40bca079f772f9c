import HTTP
import Testing

@testable import Receiver

struct StatusTableTests {
    /// What senders may rely on, row by row.
    static let promised: [(code: Int, name: String, words: [String], status: String, statusMessage: String?)] = [
        (200, "HttpStatusCode.OK", ["registered", "redelivered"], "0000", "OK"),
        (400, "HttpStatusCode.BadRequest", ["schema"], "0011", "Schema incorrect"),
        (
            400, "HttpStatusCode.BadRequest", ["malformed-http", "too-large", "empty-body", "not-xml", "doctype"],
            "0099", nil
        ),
        (
            403, "HttpStatusCode.Forbidden", ["signature-missing", "signature-malformed", "signature-mismatch"],
            "0099", nil
        ),
        (404, "HttpStatusCode.NotFound", ["unknown-person"], "2004", "Student unknown"),
        (404, "HttpStatusCode.NotFound", ["unknown-course"], "3101", "Course unknown"),
        (
            404, "HttpStatusCode.NotFound",
            ["no-enrolment", "duplicate", "enrolment-finished", "waiting-list", "enrolment-cancelled"], "2005",
            "Enrolment unknown"
        ),
        (404, "HttpStatusCode.NotFound", ["no-such-path"], "0099", nil),
        (405, "HttpStatusCode.MethodNotAllowed", ["method-not-allowed"], "0099", nil),
        (
            503, "HttpStatusCode.ServerUnavailable",
            ["registry-busy", "registry-unreachable", "maintenance", "overload"], "0099", nil
        ),
        (500, "HttpStatusCode.InternalServerError", ["internal"], "0099", nil),
    ]

    @Test func everyReasonHasItsCodeNameAndEduVStatus() throws {
        var seen: Set<String> = []
        for row in Self.promised {
            for word in row.words {
                let reason = try #require(Reason(rawValue: word))
                #expect(reason.status.code == row.code)
                #expect(reason.name == row.name)
                #expect(reason.eduV.status == row.status)
                #expect(reason.eduV.message == row.statusMessage ?? word)
                seen.insert(word)
            }
        }
        #expect(seen == Set(Reason.allCases.map(\.rawValue)))
    }

    @Test func onlySevenCodesExist() {
        #expect(Set(Reason.allCases.map(\.status.code)) == [200, 400, 403, 404, 405, 500, 503])
    }

    @Test func every503NamesSecondsAndNothingElseDoes() {
        for reason in Reason.allCases {
            #expect((reason.retryAfter != nil) == (reason.status == .serviceUnavailable))
            #expect(reason.retryAfter ?? 1 > 0)
        }
    }

    @Test(arguments: Reason.allCases) func everyReasonIsDescribedInThreeLanguages(reason: Reason) {
        let texts = Language.allCases.map { reason.description(in: $0) }
        #expect(Set(texts).count == 3)
        #expect(texts.allSatisfy { $0.hasSuffix(".") && $0.count > 20 })
    }
}
