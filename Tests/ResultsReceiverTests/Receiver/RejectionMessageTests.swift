import HTTP
import Results
import Schema
import struct Schema.Issue
import Signature
import Testing

@testable import Receiver

struct RejectionMessageTests {
    private static func completion(part: String? = "12", name: String? = "Tussentoets") throws -> Completion {
        Completion(
            created: Timestamp(milliseconds: 0), student: try #require(StudentID("p1")),
            course: try #require(CourseID("e1")), part: try part.map { try #require(PartID($0)) }, partName: name,
            completed: Timestamp(milliseconds: 0))
    }

    /// Received on 20 November 2026 at 13:03 UTC.
    private static func registration(
        part: String? = "17", name: String? = "Eindtoets", revoked: Bool = false
    ) throws -> Registration {
        Registration(
            resultID: 4, enrolment: try #require(EnrolmentID("i1")),
            receivedAt: Timestamp(milliseconds: 1_795_179_790_000), part: try part.map { try #require(PartID($0)) },
            partName: name, revokedAt: revoked ? Timestamp(milliseconds: 1_795_266_190_000) : nil)
    }

    private static func duplicate(_ first: Registration, sameBytes: Bool, _ second: Completion) -> Rejection {
        .violation(.duplicate(first, sameBytes: sameBytes), of: second)
    }

    private static var amsterdam: CivilTime { get throws { try #require(CivilTime(zone: "Europe/Amsterdam")) } }

    /// One of every rejection that there is.
    private static func all() throws -> [Rejection] {
        let completion = try completion()
        let issue = Issue(line: 4, column: 9, kind: .notUTF8)
        let violations: [Violation] = [
            .unknownPerson, .ambiguousPerson, .unknownCourse, .enrolmentFinished, .waitingList, .enrolmentCancelled,
            .noEnrolment, .duplicate(try registration(), sameBytes: false),
            .duplicate(try registration(), sameBytes: true),
            .duplicate(try registration(revoked: true), sameBytes: true),
            .duplicate(try registration(part: nil, name: nil), sameBytes: false),
        ]
        return [
            .noSuchPath, .methodNotAllowed, .contentTimedOut, .tooLarge(limit: 1_048_576), .mismatch(.unknownPlugin),
            .emptyBody, .message(.notXML(issue)), .message(.doctype(issue)), .message(.schema([issue])),
            .message(.failed(code: 1)), .registryBusy, .registryUnreachable, .maintenance(message: nil),
            .maintenance(message: "Tot 18 uur."), .overload(.queue), .internal("x"),
        ] + ParserError.allCases.map { .malformed($0) } + SignatureError.allCases.map { .signature($0) }
            + violations.map { .violation($0, of: completion) }
    }

    @Test func everyRejectionHasAMessageOfItsOwnInThreeLanguages() throws {
        for rejection in try Self.all() {
            let texts = try Language.allCases.map { rejection.message(in: $0, zone: try Self.amsterdam) }
            #expect(Set(texts).count == 3, "\(rejection)")
            for text in texts {
                #expect(text.count > 15 && text.hasSuffix("."), "\(text)")
                #expect(!text.contains("\n") && !text.contains("  ") && !text.contains(".."), "\(text)")
            }
        }
    }

    @Test func whereAReasonFixesTheMessageEveryRejectionOfItHasThatOne() throws {
        for rejection in try Self.all() {
            for language in Language.allCases {
                guard let fixed = rejection.reason.fixedMessage(in: language) else { continue }
                #expect(rejection.message(in: language, zone: try Self.amsterdam) == fixed)
            }
        }
    }

    @Test func everyReasonOfARefusalCanBeReached() throws {
        let reached = try Set(Self.all().map(\.reason))
        #expect(reached == Set(Reason.allCases).subtracting([.registered, .redelivered]))
    }

    @Test func everyParserErrorHasASentenceOfItsOwn() {
        for language in Language.allCases {
            let texts = Set(ParserError.allCases.map { $0.message(in: language) })
            #expect(texts.count == ParserError.allCases.count)
        }
    }

    @Test(arguments: [(Language.nl, "20-11-2026 14:03"), (.en, "2026-11-20 14:03"), (.de, "20.11.2026 14:03")])
    func aDuplicateSaysWhenInTheConfiguredZone(language: Language, moment: String) throws {
        for sameBytes in [true, false] {
            let rejection = Self.duplicate(
                try Self.registration(), sameBytes: sameBytes, try Self.completion())
            #expect(rejection.message(in: language, zone: try Self.amsterdam).contains(moment))
        }
        let utc = Self.duplicate(try Self.registration(), sameBytes: true, try Self.completion())
        #expect(utc.message(in: .nl, zone: .utc).contains("20-11-2026 13:03"))
    }

    @Test func aDuplicateSaysFromWhichPartTheFirstCame() throws {
        let zone = try Self.amsterdam
        let completion = try Self.completion()
        func text(_ part: String?, _ name: String?) throws -> String {
            Self.duplicate(try Self.registration(part: part, name: name), sameBytes: false, completion)
                .message(in: .en, zone: zone)
        }
        #expect(try text("17", "Eindtoets").contains("from part 'Eindtoets' (id '17')"))
        #expect(try text("17", nil).contains("from part '17'"))
        #expect(try text(nil, nil).contains("from the whole course"))
    }

    @Test func anIdenticalMessageNeedsNothingToBeDone() throws {
        let rejection = Self.duplicate(
            try Self.registration(part: "12"), sameBytes: true, try Self.completion())
        let zone = try Self.amsterdam
        #expect(rejection.message(in: .nl, zone: zone).contains("Er hoeft niets te gebeuren"))
        #expect(rejection.message(in: .en, zone: zone).contains("There is nothing to do"))
        #expect(rejection.message(in: .de, zone: zone).contains("Es ist nichts zu tun"))
        #expect(!rejection.message(in: .nl, zone: zone).contains("coursepartcompletion"))
    }

    @Test(arguments: Language.allCases)
    func anotherPartNamesTheCoursepartcompletionToSwitchOff(language: Language) throws {
        let zone = try Self.amsterdam
        let other = Self.duplicate(try Self.registration(), sameBytes: false, try Self.completion())
            .message(in: language, zone: zone)
        #expect(other.contains("coursepartcompletion"))
        #expect(other.contains("'Tussentoets' (") && other.contains("'Eindtoets' ("))
        let same = Self.duplicate(
            try Self.registration(part: "12"), sameBytes: false, try Self.completion()
        ).message(in: language, zone: zone)
        #expect(!same.contains("coursepartcompletion"))
    }

    @Test func aRevokedResultIsSaidToBeRevokedAndWhen() throws {
        let rejection = Self.duplicate(
            try Self.registration(revoked: true), sameBytes: true, try Self.completion())
        let zone = try Self.amsterdam
        #expect(rejection.message(in: .nl, zone: zone).contains("ingetrokken op 21-11-2026 14:03"))
        #expect(rejection.message(in: .en, zone: zone).contains("revoked on 2026-11-21 14:03"))
        #expect(rejection.message(in: .de, zone: zone).contains("am 21.11.2026 14:03 zurückgenommen"))
    }

    @Test func anIDThatFitsSeveralPersonsIsToldApartFromAnUnknownOne() throws {
        let completion = try Self.completion()
        for (language, words) in [
            (Language.nl, "meer dan één persoon"), (.en, "more than one person"), (.de, "mehr als einer Person"),
        ] {
            let several = Rejection.violation(.ambiguousPerson, of: completion)
            #expect(several.reason == .unknownPerson)
            #expect(several.message(in: language, zone: .utc).contains(words))
            let unknown = Rejection.violation(.unknownPerson, of: completion)
            #expect(!unknown.message(in: language, zone: .utc).contains(words))
        }
    }

    @Test func hexadecimalIsToldThatBase64IsWanted() throws {
        for language in Language.allCases {
            let text = Rejection.signature(.hexadecimal).message(in: language, zone: .utc)
            #expect(text.contains(/(Gewenst is|Erwartet wird) Base64|Base64 is wanted/))
            #expect(text.lowercased().contains("hexade"))
        }
    }

    @Test func theTrueReasonOfAMismatchIsNotTold() {
        let mismatches: [Rejection.Mismatch] = [
            .noSecretFits, .secretEndsInWhiteSpace, .algorithmNotAllowed, .unknownPlugin, .severalPluginsNamed,
            .noPluginNamed,
        ]
        let texts = Set(mismatches.map { Rejection.mismatch($0).message(in: .en, zone: .utc) })
        #expect(texts.count == 1)
        #expect(Set(mismatches.map { Rejection.mismatch($0).detail }).count == mismatches.count)
    }

    @Test(arguments: [(1_048_576, "1 MiB (1048576 bytes)"), (10_240, "10 KiB (10240 bytes)"), (1000, "1000 bytes")])
    func tooLargeNamesTheLimit(limit: Int, text: String) {
        #expect(Rejection.tooLarge(limit: limit).message(in: .en, zone: .utc).contains(text))
    }

    @Test func maintenanceCarriesTheOperatorsWordsOnOneLine() {
        let text = Rejection.maintenance(message: "Back at\n18:00.").message(in: .en, zone: .utc)
        #expect(text.hasSuffix("Back at 18:00."))
    }

    @Test func schemaIssuesStandBehindTheirLineAndColumn() {
        let issues = [
            Issue(
                line: 24, column: 26,
                kind: .facet(element: "score", attribute: nil, facet: .maxInclusive("100"), value: "120")),
            Issue(line: 30, column: 1, kind: .missingElement(parent: "student", expected: ["id"])),
        ]
        let rejection = Rejection.message(.schema(issues))
        #expect(
            rejection.message(in: .en, zone: .utc).hasSuffix(
                "24:26: element 'score': the value '120' is greater than 100; 30:1: element 'student' lacks 'id'."))
        #expect(rejection.detail?.contains("120") == false)
    }
}
