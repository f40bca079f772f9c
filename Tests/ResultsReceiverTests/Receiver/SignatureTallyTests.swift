import HTTP
import Receiver
import Schema
import Signature
import Testing

/// Which secret is still used.
@Suite struct SignatureTallyTests {
    private func counts(_ tally: SignatureTally) -> [String] {
        tally.counts.map { "\($0.key.plugin) \($0.key.position) \($0.key.algorithm.rawValue) \($0.count)" }
    }

    @Test func everySignatureThatFitsCountsForItsSecretAndAlgorithm() async throws {
        try await ResultsServiceFixture.run(change: { settings in
            settings.plugins[0].secrets = [
                try ResultsServiceFixture.secret("the next secret"),
                try ResultsServiceFixture.secret(ResultsServiceFixture.key),
            ]
            settings.plugins[0].algorithms = [.sha1, .sha256]
        }) { fixture in
            #expect(
                counts(fixture.traffic.signatures) == [
                    "default 1 sha1 0", "default 1 sha256 0", "default 2 sha1 0", "default 2 sha256 0",
                ])
            _ = try await fixture.post("<a/>")
            _ = try await fixture.post("<b/>", algorithm: .sha256)
            _ = try await fixture.post("<c/>", key: "the next secret")
            _ = try await fixture.post("<c/>", key: "the next secret")
            // None of these fits.
            _ = try await fixture.post("<a/>", key: "an old secret")
            _ = try await fixture.post("<a/>", algorithm: .sha512)
            _ = try await fixture.post("<a/>", target: "/results?plugin=other")
            #expect(
                counts(fixture.traffic.signatures) == [
                    "default 1 sha1 2", "default 1 sha256 0", "default 2 sha1 1", "default 2 sha256 1",
                ])
        }
    }

    @Test func laterServicesCountOn() async throws {
        try await ResultsServiceFixture.run { fixture in
            _ = try await fixture.post("<a/>")
            let again = ResultsService(
                settings: fixture.settings, committer: fixture.committer, logger: fixture.log.logger,
                traffic: fixture.traffic)
            #expect(counts(fixture.traffic.signatures).contains("default 1 sha1 1"))
            withExtendedLifetime(again) {}
        }
    }
}
