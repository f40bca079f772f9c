import Receiver
import Results
import Schema
import Signature
import Testing

/// Several integrations, several secrets, and who is told what about them.
struct PluginTests {
    private static func plugin(
        _ name: String, _ secrets: String..., algorithms: Set<Algorithm> = Set(Algorithm.allCases),
        key: PersonKey = .either
    ) throws -> Plugin {
        Plugin(
            name: name, secrets: try secrets.map(ResultsServiceFixture.secret), algorithms: algorithms, personKey: key,
            schema: try Schema.builtIn())
    }

    private static func twoSchools(_ settings: inout ReceiverSettings) throws {
        settings.plugins = [
            try plugin("north", "the secret of north", "the next secret of north"),
            try plugin("south", "the secret of south", algorithms: [.sha512]),
        ]
    }

    @Test func eachPluginHasItsOwnSecrets() async throws {
        try await ResultsServiceFixture.run(change: Self.twoSchools) { (fixture) async throws in
            func reason(_ query: String, _ key: String, _ algorithm: Algorithm = .sha512) async throws -> String {
                try await fixture.post("x", target: "/results\(query)", key: key, algorithm: algorithm).reason
            }
            #expect(try await reason("?plugin=north", "the secret of north") == "not-xml")
            #expect(try await reason("?plugin=north", "the next secret of north", .sha1) == "not-xml")
            #expect(try await reason("?plugin=%6eorth&x=y", "the secret of north") == "not-xml")
            #expect(try await reason("?plugin=north", "the secret of south") == "signature-mismatch")
            #expect(try await reason("?plugin=south", "the secret of south") == "not-xml")
            #expect(try await reason("?plugin=south", "the secret of south", .sha1) == "signature-mismatch")
        }
    }

    @Test func aPluginThatCannotBeToldNeverMatchesAndOnlyTheLogSaysWhy() async throws {
        try await ResultsServiceFixture.run(change: Self.twoSchools) { (fixture) async throws in
            var texts: Set<String> = []
            for query in [
                "", "?plugin=", "?plugin=west", "?plugin=north&plugin=north", "?PLUGIN=north", "?plugin=north%",
            ] {
                let got = try await fixture.post("x", target: "/results\(query)", key: "the secret of north")
                if query == "?plugin=north%" {
                    // No valid request target.
                    #expect(got.reason == "malformed-http")
                    continue
                }
                #expect(got.reason == "signature-mismatch", "\(query)")
                texts.insert(got.message)
            }
            texts.insert(try await fixture.post("x", target: "/results?plugin=north", key: "a wrong one").message)
            #expect(texts.count == 1)
            let details = try fixture.lines().compactMap { $0["detail"] }
            #expect(details.contains("several plugins are configured and the query names none"))
            #expect(details.contains("no plugin of this name is configured"))
            #expect(details.contains("the query names a plugin more than once"))
            let wrong = try #require(try fixture.lines().first { $0["detail"] == "no secret of the plugin fits" })
            #expect(wrong["plugin"] == "north" && wrong["bytes"] == "1")
            #expect(!fixture.log.text.contains("west"))
        }
    }

    @Test func theFormOfTheSignatureComesBeforeThePlugin() async throws {
        try await ResultsServiceFixture.run(change: Self.twoSchools) { (fixture) async throws in
            let got = try await fixture.post("x", target: "/results?plugin=west", signature: "sha1=")
            #expect(got.reason == "signature-malformed")
        }
    }

    @Test func theOnlyPluginMayBeNamedOrNot() async throws {
        try await ResultsServiceFixture.run { (fixture) async throws in
            #expect(try await fixture.post("x", target: "/results?plugin=default").reason == "not-xml")
            #expect(try await fixture.post("x", target: "/results?other=1").reason == "not-xml")
            #expect(try await fixture.post("x", target: "/results?").reason == "not-xml")
            #expect(try await fixture.post("x", target: "/results?plugin=other").reason == "signature-mismatch")
        }
    }

    @Test func eachPluginHasItsOwnSchemaAndMapping() async throws {
        let xsd = """
            <xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema"><xs:element name="done"><xs:complexType>
            <xs:attribute name="who" use="required"/><xs:attribute name="what" use="required"/>
            <xs:attribute name="at" type="xs:dateTime" use="required"/></xs:complexType></xs:element></xs:schema>
            """
        let mapping = FieldMapping([.studentID: "/done/@who", .courseID: "/done/@what", .completed: "/done/@at"])
        let schema = try Schema(xsd: Array(xsd.utf8), name: "done.xsd", mapping: mapping)
        let change: (inout ReceiverSettings) throws -> Void = { settings in
            settings.plugins = [
                try Self.plugin("north", ResultsServiceFixture.key),
                Plugin(
                    name: "south", secrets: [try ResultsServiceFixture.secret("the secret of south")], schema: schema),
            ]
        }
        try await ResultsServiceFixture.run(change: change) { (fixture) async throws in
            let body = "<done who='p1001' what='e2001' at='2026-11-20T14:03:10Z'/>"
            #expect(try await fixture.post(body, target: "/results?plugin=north").reason == "schema")
            let south = try await fixture.post(body, target: "/results?plugin=south", key: "the secret of south")
            #expect(south.reason == "registered")
            let other = try await fixture.post(
                "<message/>", target: "/results?plugin=south", key: "the secret of south")
            #expect(other.reason == "schema")
        }
    }

    @Test func aSecretWithALineEndTooManyIsHintedAtInTheLogOnly() async throws {
        let change: (inout ReceiverSettings) throws -> Void = { settings in
            settings.plugins = [try Self.plugin("default", "a secret with a line end\n")]
        }
        try await ResultsServiceFixture.run(change: change) { (fixture) async throws in
            let got = try await fixture.post("x", key: "a secret with a line end")
            #expect(got.reason == "signature-mismatch")
            #expect(!got.text.contains("line end"))
            #expect(try fixture.lines().contains { $0["detail"]?.contains("line ends of its file") == true })
        }
    }

    @Test func thePersonKeyOfThePluginIsUsed() async throws {
        let change: (inout ReceiverSettings) throws -> Void = { settings in
            settings.plugins = [
                try Self.plugin("default", ResultsServiceFixture.key, key: .externalID)
            ]
        }
        try await ResultsServiceFixture.run(change: change) { (fixture) async throws in
            #expect(try await fixture.send(sample: "registered").reason == "unknown-person")
            #expect(try await fixture.send(sample: "registered-external-id").reason == "registered")
        }
    }
}
