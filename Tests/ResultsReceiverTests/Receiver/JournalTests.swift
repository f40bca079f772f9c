import HTTP
import Log
import Receiver
import Samples
import Signature
import Testing

/// What the log says of deliveries, and what neither log nor answer ever says.
struct JournalTests {
    @Test func aDeliveryHasOneLineWithReferencePluginCodeReasonStagesAndBytes() async throws {
        try await ResultsServiceFixture.run { (fixture) async throws in
            let got = try await fixture.send(sample: "registered")
            let lines = try fixture.lines().filter { $0["reference"] == got.json["reference"] }
            #expect(lines.count == 1)
            let line = try #require(lines.first)
            #expect(line["level"] == "info")
            #expect(line["code"] == "200" && line["reason"] == "registered" && line["plugin"] == "default")
            #expect(line["client"] == "192.0.2.7" && line["algorithm"] == "sha1" && line["secret"] == "1")
            #expect(line["result"] == "1")
            #expect(Int(line["bytes"] ?? "") ?? 0 > 500)
            var sum = 0
            for stage in ["verify_us", "validate_us", "commit_us"] { sum += try #require(Int(line[stage] ?? "")) }
            #expect(abs(sum - (try #require(Int(line["total_us"] ?? "")))) <= 3)
        }
    }

    @Test func aRefusalAfterTheSignatureHasOneLineWithTheStagesItReached() async throws {
        try await ResultsServiceFixture.run { (fixture) async throws in
            let schema = try await fixture.send(sample: "score-too-high")
            let person = try await fixture.send(sample: "unknown-person")
            let lines = try fixture.lines()
            let first = try #require(lines.first { $0["reference"] == schema.json["reference"] })
            #expect(first["reason"] == "schema" && first["commit_us"] == nil && first["validate_us"] != nil)
            #expect(first["detail"]?.contains("'score'") == true)
            #expect(first["detail"]?.contains("120") == false)
            let second = try #require(lines.first { $0["reference"] == person.json["reference"] })
            #expect(second["reason"] == "unknown-person" && second["commit_us"] != nil)
            #expect(second["level"] == "warning")
        }
    }

    @Test func refusalsBeforeAValidSignatureAreSummedAfterTheFirst10() async throws {
        try await ResultsServiceFixture.run { (fixture) async throws in
            for _ in 0..<30 { _ = try await fixture.send(sample: "signature-other-secret") }
            let lines = try fixture.lines()
            #expect(lines.count { $0["reason"] == "signature-mismatch" } == 10)
            #expect(lines.contains { $0["repeated"] == "20" })
        }
    }

    @Test func deliveriesAreNeverSummed() async throws {
        try await ResultsServiceFixture.run { (fixture) async throws in
            for _ in 0..<30 { _ = try await fixture.send(sample: "unknown-person") }
            #expect(try fixture.lines().count { $0["reason"] == "unknown-person" } == 30)
        }
    }

    @Test func noAnswerAndNoLineHoldsASecretASignatureOrPersonalData() async throws {
        try await ResultsServiceFixture.run { (fixture) async throws in
            let secret = try ResultsServiceFixture.secret(ResultsServiceFixture.key)
            var told = ""
            var forbidden: Set<String> = [
                ResultsServiceFixture.key, "Sanne", "Voorbeeld", "sanne@", "example.nl", "Jamal", "Proefman", "8.5",
            ]
            for sample in try SampleBook().samples {
                told += try await fixture.send(sample).text
                for (name, value) in sample.request(path: "/results", secret: secret).fields
                where name == "X-WebHook-Signature" {
                    forbidden.insert(value)
                }
            }
            let log = fixture.log.text
            for word in forbidden {
                #expect(!told.contains(word), "an answer holds \(word)")
                #expect(!log.contains(word), "the log holds \(word)")
            }
            // Ids of persons are personal data too: the reference leads to them.
            for id in ["p1001", "a1003", "x77", "p1004"] { #expect(!log.contains(id)) }
        }
    }

    @Test func valuesOfAnInvalidMessageAreQuotedShortInTheAnswerAndNotInTheLog() async throws {
        try await ResultsServiceFixture.run { (fixture) async throws in
            let long = "Secretperson" + String(repeating: "x", count: 300)
            let body = String(
                decoding: try #require(
                    try ResultsServiceFixture.sample("score-too-high").request(
                        path: "/", secret: try ResultsServiceFixture.secret("x")
                    ).body), as: UTF8.self
            )
            .replacing("<score>120<", with: "<score>\(long)<")
            let got = try await fixture.post(body)
            #expect(got.reason == "schema")
            #expect(got.message.contains("Secretperson"))
            #expect(!got.message.contains(String(repeating: "x", count: 40)))
            #expect(!fixture.log.text.contains("Secretperson"))
        }
    }
}
