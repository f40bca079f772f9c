import Samples
import Testing

/// The status table, sample by sample, against the service.
struct SampleRoadTests {
    @Test func everySampleGetsWhatTheManifestSays() async throws {
        try await ResultsServiceFixture.run { (fixture) async throws in
            for sample in try SampleBook().samples {
                let got = try await fixture.send(sample)
                #expect(got.code == sample.expectation.code, "\(sample.name): \(got.text)")
                #expect(got.reason == sample.expectation.reason, "\(sample.name): \(got.text)")
                #expect(got.json["status"] == sample.expectation.status, "\(sample.name)")
                #expect(got.json["code"] == "\(sample.expectation.code)", "\(sample.name)")
            }
        }
    }

    @Test func harmlessSamplesGetTheirAnswersAloneAndRegisterNothing() async throws {
        try await ResultsServiceFixture.run { (fixture) async throws in
            for sample in try SampleBook().samples where sample.isHarmless {
                #expect(try await fixture.send(sample).reason == sample.expectation.reason, "\(sample.name)")
            }
            #expect(try fixture.registry.text("SELECT count(*) FROM result") == "0")
        }
    }

    @Test func reservedIdsAreNobodys() async throws {
        try await ResultsServiceFixture.run { (fixture) async throws in
            for sample in try SampleBook(prefix: "selftest-1-").samples where sample.registers {
                #expect(try await fixture.send(sample).reason == "unknown-person")
            }
        }
    }
}
