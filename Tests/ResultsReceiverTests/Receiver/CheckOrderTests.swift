import HTTP
import Receiver
import Registry
import Results
import Samples
import Testing

/// The first check that fails answers. Each request here fails two neighbouring checks.
struct CheckOrderTests {
    private static let invalid = "<message/>"
    private static let noXML = "no xml"

    @Test func framingComesBeforeThePath() async throws {
        try await ResultsServiceFixture.run { (fixture) async throws in
            let got = try await fixture.send(
                Array("POST /elsewhere HTTP/1.1\r\nHost: a\r\nContent-Length: +1\r\n\r\n".utf8))
            #expect(got.reason == "malformed-http")
            #expect(got.response.closes)
        }
    }

    @Test func thePathComesBeforeTheMethod() async throws {
        try await ResultsServiceFixture.run { (fixture) async throws in
            #expect(try await fixture.post("", method: "GET", target: "/elsewhere").reason == "no-such-path")
            #expect(try await fixture.send(Array("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n".utf8)).code == 404)
        }
    }

    @Test func theMethodComesBeforeTheSignature() async throws {
        try await ResultsServiceFixture.run { (fixture) async throws in
            for method in ["GET", "HEAD", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE", "post", "PROPFIND"] {
                let got = try await fixture.post("", method: method, signature: "")
                #expect(got.code == 405, "\(method)")
                #expect(got.value(.allow) == "POST")
            }
        }
    }

    @Test func theFormOfTheSignatureComesBeforeTheBodysLength() async throws {
        let body = String(repeating: " ", count: 1001)
        try await ResultsServiceFixture.run(change: { $0.bodyBytes = 1000 }) { (fixture) async throws in
            #expect(try await fixture.post(body, signature: "").reason == "signature-missing")
            #expect(try await fixture.post(body, signature: "0a1b").reason == "signature-malformed")
        }
    }

    @Test func theFormOfTheSignatureIsJudgedFromTheHeadAlone() async throws {
        try await ResultsServiceFixture.run { (fixture) async throws in
            let method = try #require(Method("POST"))
            var head = RequestHead(
                method: method, path: "/results", framing: .length(10), expectsContinue: true)
            guard case .respond(let response) = fixture.service.admit(head, from: Client(address: "::1")) else {
                return #expect(Bool(false), "the body is wanted")
            }
            #expect(response.status == .forbidden)
            head.fields.append(.xWebHookSignature, String(repeating: "A", count: 27) + "=")
            guard case .receive(let receiver) = fixture.service.admit(head, from: Client(address: "::1")) else {
                return #expect(Bool(false), "the body is not wanted")
            }
            #expect(receiver.limit == 1_048_576)
        }
    }

    @Test func theBodysLengthComesBeforeTheMACAndExactlyTheLimitIsTaken() async throws {
        try await ResultsServiceFixture.run(change: { $0.bodyBytes = 1000 }) { (fixture) async throws in
            let over = try await fixture.post(String(repeating: " ", count: 1001), key: "another secret")
            #expect(over.reason == "too-large")
            #expect(over.response.closes)
            #expect(over.message.contains("1000"))
            let exact = try await fixture.post(String(repeating: " ", count: 1000), key: "another secret")
            #expect(exact.reason == "signature-mismatch")
            #expect(try await fixture.post(String(repeating: " ", count: 1000)).reason == "not-xml")
        }
    }

    @Test func theMACComesBeforeTheContent() async throws {
        try await ResultsServiceFixture.run { (fixture) async throws in
            for body in ["", Self.noXML, "<!DOCTYPE a><a/>", Self.invalid] {
                #expect(try await fixture.post(body, key: "another secret").reason == "signature-mismatch")
            }
        }
    }

    @Test func withinTheContentEmptyThenXMLThenDoctypeThenSchema() async throws {
        try await ResultsServiceFixture.run { (fixture) async throws in
            #expect(try await fixture.post("").reason == "empty-body")
            #expect(try await fixture.post(Self.noXML).reason == "not-xml")
            #expect(try await fixture.post("<!DOCTYPE message><message/>").reason == "doctype")
            #expect(try await fixture.post(Self.invalid).reason == "schema")
        }
    }

    @Test func theSchemaComesBeforeMaintenance() async throws {
        try await ResultsServiceFixture.run { (fixture) async throws in
            try RegistryAccess(to: fixture.registry.path).beginMaintenance(message: nil)
            #expect(try await fixture.post(Self.invalid).reason == "schema")
        }
    }

    @Test func maintenanceComesBeforeThePerson() async throws {
        try await ResultsServiceFixture.run { (fixture) async throws in
            try RegistryAccess(to: fixture.registry.path).beginMaintenance(message: "Terug om 18 uur.")
            let got = try await fixture.send(sample: "registered")
            #expect(got.reason == "maintenance")
            #expect(got.code == 503)
            #expect(got.message.hasSuffix("Terug om 18 uur."))
            #expect(got.value(.retryAfter) == "300")
        }
    }

    @Test func thePersonComesBeforeTheCourse() async throws {
        try await ResultsServiceFixture.run { (fixture) async throws in
            let body = try #require(
                try ResultsServiceFixture.sample("registered").request(
                    path: "/", secret: try ResultsServiceFixture.secret("x")
                ).body)
            let text = String(decoding: body, as: UTF8.self)
                .replacing("<id>p1001</id>", with: "<id>nobody</id>").replacing("<id>e2001</id>", with: "<id>none</id>")
            #expect(try await fixture.post(text).reason == "unknown-person")
        }
    }
}
