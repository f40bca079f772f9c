import Foundation
import Net
import Signature
import Testing

/// The results endpoint of the real binary, as a client on the network meets it.
@Suite(.timeLimit(.minutes(5)))
struct EndpointTests {
    private static let message = RunningServer.message(student: "p1")

    /// What never leaves the endpoint's path but these.
    private static let codes: Set<Int> = [200, 400, 403, 404, 405, 500, 503]

    /// Sends octets on a connection of their own, and sees to what every answer has.
    private func ask(_ server: RunningServer, _ text: String) throws -> (answer: TestClient.Answer, client: TestClient)
    {
        let client = try TestClient(server.address)
        let answer = try client.ask(text)
        #expect(Self.codes.contains(answer.code))
        let reference = try #require(answer.head.firstMatch(of: #/\r\nX-Request-Id: ([0-9a-z]+)\r\n/#)).1
        #expect(answer.content.contains("\"reference\":\"\(reference)\""))
        return (answer, client)
    }

    private func expect(
        _ code: Int, _ reason: String, closes: Bool, from server: RunningServer, for text: String
    ) throws {
        let (answer, client) = try ask(server, text)
        #expect(answer.code == code, "\(text.prefix(100))")
        #expect(answer.content.contains("\"reason\":\"\(reason)\""), "\(text.prefix(100)): \(answer.content)")
        #expect(answer.closes == closes, "\(text.prefix(100))")
        if closes { #expect(try client.readToEnd() == "") }
    }

    // MARK: Codes

    /// Where RFC 9110 and 9112 know 413, 414, 417, 431, 501 and 505.
    @Test func whatIsBeyondHTTPOrItsLimitsIs400AndClose() async throws {
        let server = try await RunningServer.start()
        let signature = try RunningServer.sign(Self.message)
        let start = "POST /results HTTP/1.1\r\nHost: a\r\nX-WebHook-Signature: \(signature)\r\n"
        let long = String(repeating: "x", count: 17_000)
        let fields = String(repeating: "X: y\r\n", count: 100)
        try expect(400, "too-large", closes: true, from: server, for: start + "Content-Length: 1048577\r\n\r\n")
        for text in [
            "POST /\(long) HTTP/1.1\r\nHost: a\r\n\r\n", start + "X: \(long)\r\n\r\n", start + fields + "\r\n",
            start + "Expect: a-miracle\r\nContent-Length: 1\r\n\r\n", start + "Transfer-Encoding: gzip\r\n\r\n",
            start + "Transfer-Encoding: gzip, chunked\r\n\r\n", "POST /results HTTP/2.0\r\nHost: a\r\n\r\n",
            "POST /results HTTP/3.0\r\nHost: a\r\n\r\n", "POST /results\r\n\r\n",
        ] {
            try expect(400, "malformed-http", closes: true, from: server, for: text)
        }
    }

    /// Where RFC 9110 knows 406, 415 and 426.
    @Test func wishesAndDeclarationsThatNobodyMeetsAreNoReasonToRefuse() async throws {
        let persons = (0..<7).map { "p\($0)" }
        let server = try await RunningServer.start(enrolments: RunningServer.enrolments(persons))
        for (person, field) in zip(
            persons,
            [
                "Accept: image/png", "Accept: application/json;q=0", "Accept-Charset: utf-16", "Accept-Encoding: br",
                "Content-Type: text/csv", "Content-Encoding: gzip", "Upgrade: h2c\r\nConnection: Upgrade",
            ])
        {
            let answer = try server.post(RunningServer.message(student: person), fields: field + "\r\n")
            #expect(answer.code == 200, "\(field)")
        }
    }

    @Test func everyOtherMethodIs405WithAllow() async throws {
        let server = try await RunningServer.start()
        for method in ["GET", "HEAD", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE", "post", "PROPFIND", "CONNECT"] {
            let client = try TestClient(server.address)
            // HEAD's answer has no content.
            client.send("\(method) /results?plugin=default HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            let text = try client.readToEnd()
            #expect(text.hasPrefix("HTTP/1.1 405 "), "\(method): \(text.prefix(20))")
            #expect(text.contains("\r\nAllow: POST\r\n"))
        }
    }

    // MARK: Before the body

    @Test func withoutAWellFormedSignatureTheAnswerNeedsNoBodyAndNo100() async throws {
        let server = try await RunningServer.start()
        for (field, reason) in [
            ("", "signature-missing"), ("X-WebHook-Signature: sha1=AAAA\r\n", "signature-malformed"),
        ] {
            for length in ["10", "1048577"] {
                try expect(
                    403, reason, closes: true, from: server,
                    for: "POST /results HTTP/1.1\r\nHost: a\r\n\(field)Content-Length: \(length)\r\n"
                        + "Expect: 100-continue\r\n\r\n")
            }
            // Announced and never sent.
            let (answer, _) = try ask(
                server, "POST /results HTTP/1.1\r\nHost: a\r\n\(field)Content-Length: 10\r\n\r\n")
            #expect(answer.code == 403)
        }
    }

    @Test func oneWellFormedSignatureGetsA100First() async throws {
        let server = try await RunningServer.start(enrolments: RunningServer.enrolments(["p1"]))
        let client = try TestClient(server.address)
        let first = try client.ask(
            "POST /results HTTP/1.1\r\nHost: a\r\nx-webhook-SIGNATURE: \t\(try RunningServer.sign(Self.message)) \t\r\n"
                + "Content-Length: \(Self.message.utf8.count)\r\nExpect: 100-continue\r\n\r\n")
        #expect(first.code == 100)
        #expect(try client.ask(Self.message).code == 200)
    }

    @Test(arguments: ["9223372036854775808", "18446744073709551621", "99999999999999999999999999"])
    func aLengthThatNoIntegerHoldsIsMalformedBeforeAnythingElse(length: String) async throws {
        let server = try await RunningServer.start()
        let fields = "Host: a\r\nContent-Length: \(length)\r\n"
        let signature = "X-WebHook-Signature: \(try RunningServer.sign(Self.message))\r\n"
        for head in ["POST /results", "POST /other", "GET /results"] {
            let unsigned = "\(head) HTTP/1.1\r\n\(fields)"
            try expect(400, "malformed-http", closes: true, from: server, for: unsigned + "\r\n")
            try expect(400, "malformed-http", closes: true, from: server, for: unsigned + signature + "\r\n")
        }
        let chunked = "POST /results HTTP/1.1\r\nHost: a\r\n\(signature)Transfer-Encoding: chunked\r\n\r\n"
        try expect(400, "malformed-http", closes: true, from: server, for: chunked + "fffffffffffffffff\r\n")
    }

    /// The greatest length that an integer holds is one like any other.
    @Test func aLengthIsComparedWithTheLimitAfterTheFormOfTheSignature() async throws {
        let server = try await RunningServer.start()
        let start = "POST /results HTTP/1.1\r\nHost: a\r\nContent-Length: 9223372036854775807\r\n"
        let signature = "X-WebHook-Signature: \(try RunningServer.sign(Self.message))\r\n"
        try expect(403, "signature-missing", closes: true, from: server, for: start + "\r\n")
        try expect(400, "too-large", closes: true, from: server, for: start + signature + "\r\n")
    }

    // MARK: Settings

    /// A server whose limits are the file's.
    private func limited(_ limits: String) async throws -> RunningServer {
        let folder = try TemporaryFolder()
        let file = folder.file("x.conf")
        try Data("[server]\nlisten = 127.0.0.1:0\n[limits]\n\(limits)\n".utf8).write(to: URL(fileURLWithPath: file))
        return try await RunningServer.start(folder: folder, arguments: ["--config", file])
    }

    @Test func theSizesOfTheSettingsHold() async throws {
        let server = try await limited("header-bytes = 1KiB\nheader-fields = 5\nbody-bytes = 2KiB")
        let start = "POST /results HTTP/1.1\r\nHost: a\r\n"
        let padding = String(repeating: "x", count: 1024 - (start + "X: \r\n\r\n").utf8.count)
        try expect(403, "signature-missing", closes: false, from: server, for: start + "X: \(padding)\r\n\r\n")
        try expect(400, "malformed-http", closes: true, from: server, for: start + "X: x\(padding)\r\n\r\n")
        let four = String(repeating: "X: y\r\n", count: 4)
        try expect(403, "signature-missing", closes: false, from: server, for: start + four + "\r\n")
        try expect(400, "malformed-http", closes: true, from: server, for: start + four + "X: y\r\n\r\n")
        let body = String(repeating: " ", count: 2048)
        try expect(400, "not-xml", closes: false, from: server, for: try RunningServer.request(body))
        try expect(400, "too-large", closes: true, from: server, for: try RunningServer.request(body + " "))
    }

    @Test func theTimesOfTheSettingsHold() async throws {
        // Half a second for what ends a connection here; the others would keep it for minutes.
        let slowHead = try await limited("header-time = 500ms\nbody-time = 10min\nidle-time = 10min")
        let head = try TestClient(slowHead.address)
        head.send("POST /results HTTP/1.1\r\nHost")
        #expect(try head.readToEnd() == "")

        let slowBody = try await limited("header-time = 10min\nbody-time = 500ms\nidle-time = 10min")
        let request = try RunningServer.request(Self.message)
        try expect(400, "malformed-http", closes: true, from: slowBody, for: String(request.dropLast(1)))

        let idle = try await limited("header-time = 10min\nbody-time = 10min\nidle-time = 500ms")
        #expect(try TestClient(idle.address).readToEnd() == "")
    }

    @Test func whoeverSendsOnAfterARefusalIsCutOffAfterTwiceTheBodysLimit() async throws {
        let server = try await limited("body-bytes = 1KiB")
        let (answer, client) = try ask(
            server, "POST /results HTTP/1.1\r\nHost: a\r\nContent-Length: 100000000\r\n\r\n")
        #expect(answer.code == 403 && answer.closes)
        let began = ContinuousClock.now
        client.send([UInt8](repeating: 0x78, count: 256 * 1024))
        while client.send("x") { usleep(5000) }
        // Else it would be the two seconds that end it.
        #expect(ContinuousClock.now - began < .seconds(1.5))
    }

    @Test func whoeverSendsOnAfterARefusalIsCutOffAfterTwoSeconds() async throws {
        let server = try await RunningServer.start()
        let (answer, client) = try ask(
            server, "POST /results HTTP/1.1\r\nHost: a\r\nContent-Length: 100000000\r\n\r\n")
        #expect(answer.code == 403 && answer.closes)
        #expect(try client.readToEnd() == "")
        let began = ContinuousClock.now
        while client.send("x"), ContinuousClock.now - began < .seconds(5) { usleep(20_000) }
        #expect((.seconds(1.5)...(.seconds(4))).contains(ContinuousClock.now - began))
    }
}
