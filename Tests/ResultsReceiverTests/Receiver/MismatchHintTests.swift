import Foundation
import HTTP
import Receiver
import Signature
import Testing

/// What the log says would have matched a wrong signature.
struct MismatchHintTests {
    private let body = RunningServer.message(student: "p1")

    /// The details of the log's lines, after one request for each body, signed otherwise.
    private func details(
        retired: [String] = [], _ requests: [(body: String, signature: String)]
    ) async throws -> [String] {
        var details: [String] = []
        try await ResultsServiceFixture.run(change: { settings in
            settings.plugins[0].retiredSecrets = try retired.map(ResultsServiceFixture.secret)
        }) { (fixture) async throws in
            for request in requests {
                let got = try await fixture.post(request.body, signature: request.signature)
                #expect(got.code == 403 && got.reason == "signature-mismatch")
                #expect(!got.text.contains("retired") && !got.text.contains("line end"))
            }
            details = try fixture.lines().compactMap { $0["detail"] }
            #expect(!fixture.log.text.contains(requests[0].signature), "no MAC stands in the log")
        }
        return details
    }

    private func sign(_ body: String, _ key: String = ResultsServiceFixture.key) throws -> String {
        Signing.fieldValue(for: Array(body.utf8), secret: try ResultsServiceFixture.secret(key), algorithm: .sha1)
    }

    @Test func aRetiredSecretIsRecognised() async throws {
        let old = "the secret of last year"
        let found = try await details(retired: ["another old one", old], [(body, try sign(body, old))])
        #expect(found == ["a retired secret fits: the sender still signs with it"])
    }

    @Test(arguments: ["\n", "\r\n"])
    func aBodyThatWasSignedWithoutItsLineEndIsRecognised(lineEnd: String) async throws {
        let found = try await details([(body + lineEnd, try sign(body))])
        #expect(found.first?.contains("without the line end at the end of the body") == true)
    }

    @Test(arguments: ["\n", "\r\n"])
    func aBodyThatLostItsLineEndIsRecognised(lineEnd: String) async throws {
        let found = try await details([(body, try sign(body + lineEnd))])
        #expect(found.first?.contains("with a line end at the end of the body") == true)
    }

    @Test func itIsLookedAtOnceASecondAtMost() async throws {
        let request = (body, try sign(body + "\n"))
        let found = try await details([request, request, request])
        #expect(found.filter { $0.contains("line end") }.count == 1)
        #expect(found.filter { $0 == "no secret of the plugin fits" }.count == 2)
    }

    @Test func aLargeBodyIsNotLookedAt() async throws {
        let large = body + String(repeating: " ", count: 65_536)
        #expect(try await details([(large, try sign(large + "\n"))]) == ["no secret of the plugin fits"])
    }
}
