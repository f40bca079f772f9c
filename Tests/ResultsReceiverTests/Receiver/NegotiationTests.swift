import HTTP
import Receiver
import Results
import Signature
import Testing

/// In which form and language answers come, and with which fields.
struct NegotiationTests {
    @Test func withoutWishesAnAnswerIsJSONInTheSettingsLanguage() async throws {
        for (language, word) in [(Language.nl, "ontbreekt"), (.en, "missing"), (.de, "fehlt")] {
            try await ResultsServiceFixture.run(change: { $0.language = language }) { (fixture) async throws in
                let got = try await fixture.post("", signature: "")
                #expect(got.value(.contentType) == "application/json; charset=utf-8")
                #expect(got.value(.contentLanguage) == language.rawValue)
                #expect(got.value(.vary) == "Accept, Accept-Language")
                #expect(got.message.contains(word))
            }
        }
    }

    @Test(arguments: [
        ("application/json", "application/json"), ("application/xml", "application/xml"), ("text/xml", "text/xml"),
        ("text/plain", "text/plain"), ("*/*", "application/json"), ("text/*", "text/xml"),
        ("image/png", "application/json"),
        ("text/plain;q=0.5, application/xml;q=0.9", "application/xml"), ("text/plain;q=0", "application/json"),
        ("application/json;q=0.1, text/plain", "text/plain"), ("nonsense", "application/json"),
        ("", "application/json"),
        ("TEXT/PLAIN", "text/plain"),
    ])
    func acceptChoosesTheForm(accept: String, type: String) async throws {
        try await ResultsServiceFixture.run { (fixture) async throws in
            let got = try await fixture.post("", signature: "", fields: [("Accept", accept)])
            #expect(got.value(.contentType) == "\(type); charset=utf-8")
            #expect(got.code == 403)
        }
    }

    @Test(arguments: [
        ("en", "en"), ("de-AT", "de"), ("fr, en;q=0.5", "en"), ("fr", "nl"), ("*", "nl"), ("en;q=0.2, de;q=0.8", "de"),
        ("EN-gb", "en"), ("en;q=0", "nl"),
    ])
    func acceptLanguageChoosesTheLanguage(accept: String, language: String) async throws {
        try await ResultsServiceFixture.run { (fixture) async throws in
            let got = try await fixture.post("", signature: "", fields: [("Accept-Language", accept)])
            #expect(got.value(.contentLanguage) == language)
        }
    }

    @Test(arguments: Language.allCases)
    func descriptionAndMessageAreInTheLanguageThatIsAskedFor(language: Language) async throws {
        try await ResultsServiceFixture.run { (fixture) async throws in
            let wish = [("Accept-Language", language.rawValue)]
            let got = try await fixture.post("", signature: "", fields: wish)
            #expect(got.json["description"] == Reason.signatureMissing.description(in: language))
            #expect(got.message == Rejection.signature(.missing).message(in: language, zone: .utc))
            let issues = try await fixture.post("<message/>", fields: wish).message
            #expect(issues.contains(" 1:11: "))
            let word = [Language.nl: "voldoet niet", .en: "does not meet", .de: "entspricht nicht"][language]
            #expect(issues.contains(try #require(word)))
        }
    }

    @Test func allRefusalsFollowTheWishesAlsoThoseOfTheFraming() async throws {
        try await ResultsServiceFixture.run(change: { $0.bodyBytes = 10 }) { (fixture) async throws in
            let wishes = [("Accept", "text/plain"), ("Accept-Language", "en")]
            let answers = [
                try await fixture.post("01234567890", fields: wishes),
                try await fixture.post("", method: "GET", fields: wishes),
                try await fixture.post("", target: "/other", fields: wishes),
                try await fixture.post("x", signature: "00", fields: wishes),
                try await fixture.post("x", fields: wishes),
            ]
            for got in answers {
                #expect(got.value(.contentType) == "text/plain; charset=utf-8")
                #expect(got.value(.contentLanguage) == "en")
                let reference = try #require(got.value(.xRequestID))
                #expect(got.text.hasPrefix("\(got.code) HttpStatusCode."))
                #expect(got.text.hasSuffix(" (\(reference))"))
            }
        }
    }

    @Test func theReferenceIsTheServersOwnAndInHeaderAndBody() async throws {
        try await ResultsServiceFixture.run { (fixture) async throws in
            let first = try await fixture.post("", signature: "", fields: [("X-Request-Id", "mine")])
            let second = try await fixture.post("", signature: "", fields: [("X-Request-Id", "mine")])
            #expect(first.value(.xRequestID) == first.json["reference"])
            #expect(first.json["reference"] != second.json["reference"])
            #expect(!first.text.contains("mine"))
            #expect(first.response.fields.count { $0.name == .xRequestID } == 1)
        }
    }

    @Test func refusalsOfWhatNeverBecameARequestClose() async throws {
        try await ResultsServiceFixture.run { (fixture) async throws in
            let client = Client(address: "192.0.2.1")
            let expected: [(Refusal, Int, String)] = [
                (.malformed(.obsoleteFolding), 400, "malformed-http"), (.contentTooLarge(limit: 5), 400, "too-large"),
                (.contentTimedOut, 400, "malformed-http"), (.contentEvicted, 503, "overload"),
                (.tooManyConnections, 503, "overload"),
            ]
            for (refusal, code, reason) in expected {
                let got = ResultsServiceFixture.Got(fixture.service.refuse(refusal, head: nil, from: client))
                #expect(got.code == code && got.reason == reason)
                #expect(got.response.closes)
                #expect((got.value(.retryAfter) != nil) == (code == 503))
            }
        }
    }
}
