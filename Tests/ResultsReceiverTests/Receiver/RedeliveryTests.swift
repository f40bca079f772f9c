import HTTP
import Receiver
import Registry
import Testing

/// The same message again.
struct RedeliveryTests {
    @Test func aDuplicateTellsWhenAndFromWhichPart() async throws {
        try await ResultsServiceFixture.run { (fixture) async throws in
            #expect(try await fixture.send(sample: "registered").code == 200)
            let identical = try await fixture.send(sample: "duplicate-identical")
            #expect(identical.message.contains("onderdeel 'Eindtoets' (id '17')"))
            #expect(identical.message.contains("Er hoeft niets te gebeuren"))
            let other = try await fixture.send(sample: "duplicate-other-part")
            #expect(other.message.contains("coursepartcompletion"))
            #expect(other.message.contains("'Tussentoets'"))
        }
    }

    @Test func acknowledgingAnswers200ToTheSameBytesOnly() async throws {
        try await ResultsServiceFixture.run(change: { $0.acknowledgesRedelivery = true }) { (fixture) async throws in
            #expect(try await fixture.send(sample: "registered").reason == "registered")
            let again = try await fixture.send(sample: "duplicate-identical")
            #expect(again.code == 200 && again.reason == "redelivered" && again.json["status"] == "0000")
            #expect(try await fixture.send(sample: "duplicate-other-part").reason == "duplicate")
        }
    }

    @Test func a200ThatDidNotReachItsSenderIsGivenAgain() async throws {
        try await ResultsServiceFixture.run { (fixture) async throws in
            let first = try await fixture.send(sample: "registered")
            let undelivered = try #require(first.response.undelivered)
            undelivered()
            let again = try await fixture.send(sample: "duplicate-identical")
            #expect(again.code == 200)
            #expect(again.reason == "redelivered")
            #expect(again.response.undelivered != nil)
            #expect(try fixture.registry.text("SELECT count(*) FROM result") == "1")
        }
    }

    @Test func refusalsNeedNotReachTheirSender() async throws {
        try await ResultsServiceFixture.run { (fixture) async throws in
            for name in ["signature-missing", "signature-other-secret", "score-too-high", "unknown-person"] {
                #expect(try await fixture.send(sample: name).response.undelivered == nil)
            }
        }
    }

    @Test func aRevokedResultsBytesStayDuplicateAndTheMessageSaysSo() async throws {
        try await ResultsServiceFixture.run { (fixture) async throws in
            #expect(try await fixture.send(sample: "registered").code == 200)
            _ = try RegistryAccess(to: fixture.registry.path).revoke(1, reason: "a test", by: "tester")
            let again = try await fixture.send(sample: "duplicate-identical")
            #expect(again.reason == "duplicate")
            #expect(again.message.contains("ingetrokken"))
            #expect(try await fixture.send(sample: "duplicate-other-part").reason == "registered")
        }
    }
}
