import Foundation
import HTTP
import Samples
import Signature
import Testing

@testable import Receiver

struct SampleBookTests {
    private let book: SampleBook

    init() throws { book = try SampleBook() }

    @Test func everyReasonIsInASampleOrTestedElsewhere() {
        let sampled = Set(book.samples.map(\.expectation.reason))
        let elsewhere = Set(book.elsewhere.map(\.reason))
        #expect(sampled.isDisjoint(with: elsewhere))
        #expect(sampled.union(elsewhere) == Set(Reason.allCases.map(\.rawValue)))
    }

    @Test func everyExpectationIsARowOfTheStatusTable() throws {
        for sample in book.samples {
            let reason = try #require(Reason(rawValue: sample.expectation.reason))
            #expect(sample.expectation.code == reason.status.code)
            #expect(sample.expectation.status == reason.eduV.status)
            #expect(sample.registers == (reason == .registered))
        }
    }

    @Test func namesAreUniqueAndEverySampleComesAfterTheOneItNeeds() {
        var seen: Set<String> = []
        for sample in book.samples {
            #expect(seen.insert(sample.name).inserted)
            if let after = sample.after { #expect(seen.contains(after)) }
        }
    }

    @Test func theFolderHoldsWhatIsBuiltIn() throws {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent().appending(path: "Resources/samples")
        #expect(Array(try Data(contentsOf: folder.appending(path: "enrolments.csv"))) == book.enrolments)
        let messages = try FileManager.default.contentsOfDirectory(atPath: folder.path).filter {
            $0.hasSuffix(".xml")
        }
        let manifest = try String(contentsOf: folder.appending(path: "manifest.json"), encoding: .utf8)
        for message in messages { #expect(manifest.contains("\"\(message)\"")) }
    }

    @Test func reservedIdsReplaceAllIdsOfTheEnrolments() throws {
        let secret = try #require(Secret(Array("a secret for tests".utf8)))
        let reserved = try SampleBook(prefix: "selftest-4711-")
        let table = String(decoding: reserved.enrolments, as: UTF8.self)
        for line in table.split(separator: "\n").dropFirst() {
            let cells = line.split(separator: ",", omittingEmptySubsequences: false)
            for column in [0, 1, 2, 7] { #expect(cells[column].hasPrefix("selftest-4711-")) }
        }
        #expect(
            table.split(separator: "\n").first
                == String(decoding: book.enrolments, as: UTF8.self).split(separator: "\n").first)
        for sample in reserved.samples where sample.registers {
            let body = try #require(sample.request(path: "/results", secret: secret).body)
            #expect(String(decoding: body, as: UTF8.self).contains("<student>"))
            #expect(!String(decoding: body, as: UTF8.self).contains("<id>p1"))
            #expect(String(decoding: body, as: UTF8.self).contains("<id>selftest-4711-"))
        }
    }

    @Test func aRequestKeepsTheEndpointsQueryUnlessItHasItsOwn() throws {
        let secret = try #require(Secret(Array("a secret for tests".utf8)))
        let targets = Set(book.samples.map { $0.request(path: "/r", query: "plugin=a", secret: secret).target })
        #expect(targets == ["/r?plugin=a", "/no-such-path?plugin=a", "/r?plugin=no-such-plugin"])
    }
}
