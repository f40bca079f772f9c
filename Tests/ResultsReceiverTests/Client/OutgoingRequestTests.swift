import Client
import Foundation
import Testing

@Suite struct OutgoingRequestTests {
    private let ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

    private func error(_ request: OutgoingRequest) -> OutgoingError.Kind? {
        do throws(OutgoingError) {
            _ = try request.perform()
            return nil
        } catch {
            return error.kind
        }
    }

    @Test func whatIsSentIsWhatWasAsked() throws {
        let server = try RawResponder(ok)
        let request = OutgoingRequest(
            url: "http://127.0.0.1:\(server.port)/results?plugin=a%20b",
            fields: [
                ("X-WebHook-Signature", "c2ln"), ("X-Twice", "one"), ("X-Twice", "two"), ("X-Empty", ""),
                ("Content-Type", "text/xml"),
            ], body: Array("<a>é</a>\n".utf8))
        let response = try request.perform()
        #expect(response.status == 200)
        #expect(response.body == Array("ok".utf8))
        let lines = server.request().split(separator: "\r\n", omittingEmptySubsequences: false).map(String.init)
        #expect(lines.first == "POST /results?plugin=a%20b HTTP/1.1")
        #expect(
            lines.dropFirst().sorted() == [
                "", "<a>é</a>\n", "Content-Length: 10", "Content-Type: text/xml", "Host: 127.0.0.1:\(server.port)",
                "X-Empty:", "X-Twice: one", "X-Twice: two", "X-WebHook-Signature: c2ln",
            ])
    }

    @Test(
        arguments: [
            ("POST", nil, "0"), ("POST", "", "0"), ("GET", nil, nil), ("PUT", "abc", "3"), ("GET", "abc", "3"),
            ("DELETE", nil, nil), ("HEAD", nil, nil), ("OPTIONS", nil, nil),
        ] as [(String, String?, String?)])
    func everyMethodIsSentWithItsContent(method: String, body: String?, length: String?) throws {
        let server = try RawResponder(method == "HEAD" ? "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n" : ok)
        let response = try OutgoingRequest(
            url: "http://127.0.0.1:\(server.port)/", method: method, body: body.map { Array($0.utf8) }
        ).perform()
        #expect(response.status == 200)
        #expect(response.body.isEmpty == (method == "HEAD"))
        let request = server.request()
        #expect(request.hasPrefix("\(method) / HTTP/1.1\r\n"))
        #expect(request.hasSuffix("\r\n\r\n" + (body ?? "")))
        #expect(request.contains("Content-Length: ") == (length != nil))
        if let length { #expect(request.contains("\r\nContent-Length: \(length)\r\n")) }
    }

    @Test func aLargeBodyIsSentWithoutWaitingForA100() throws {
        let server = try RawResponder(ok)
        let body = [UInt8](repeating: UInt8(ascii: "x"), count: 3_000_000)
        #expect(try OutgoingRequest(url: "http://127.0.0.1:\(server.port)/", body: body).perform().status == 200)
        let request = server.request()
        #expect(!request.contains("Expect"))
        #expect(request.hasSuffix("\r\n\r\n" + String(decoding: body, as: UTF8.self)))
    }

    @Test func aRefusalIsAnAnswerToo() throws {
        let server = try RawResponder(
            "HTTP/1.1 403 Forbidden\r\nX-Request-Id:  \t abc \r\ncontent-type: application/json\r\nX-Empty:\r\n"
                + "Content-Length: 3\r\n\r\n\0é")
        let response = try OutgoingRequest(url: "http://127.0.0.1:\(server.port)/").perform()
        #expect(response.status == 403)
        #expect(response.body == [0, 0xc3, 0xa9])
        #expect(response.values(of: "x-request-id") == ["abc"])
        #expect(response.values(of: "Content-Type") == ["application/json"])
        #expect(response.values(of: "X-Empty") == [""])
        #expect(response.values(of: "none") == [])
        #expect(response.fields.map(\.name) == ["X-Request-Id", "content-type", "X-Empty", "Content-Length"])
    }

    @Test func anInterimAnswerIsForgotten() throws {
        let server = try RawResponder("HTTP/1.1 100 Continue\r\nX-Interim: yes\r\n\r\n" + ok)
        let response = try OutgoingRequest(url: "http://127.0.0.1:\(server.port)/").perform()
        #expect(response.status == 200)
        #expect(response.values(of: "X-Interim") == [])
    }

    @Test func redirectsAreNotFollowed() throws {
        let server = try RawResponder(
            "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n")
        #expect(try OutgoingRequest(url: "http://127.0.0.1:\(server.port)/").perform().status == 302)
    }

    @Test func aRefusedConnectionIsTold() throws {
        let port = try RawResponder.closedPort()
        #expect(error(OutgoingRequest(url: "http://127.0.0.1:\(port)/")) == .refused)
        #expect(error(OutgoingRequest(url: "https://127.0.0.1:\(port)/")) == .refused)
    }

    @Test func anUnknownNameIsTold() {
        // A label of more than 63 octets is no name (RFC 1035), which needs no network to say.
        let name = String(repeating: "a", count: 64)
        #expect(error(OutgoingRequest(url: "http://\(name).invalid/")) == .notResolved)
    }

    @Test func aSilentServerIsLeftAfterTheTotalTime() throws {
        let server = try RawResponder(.silence)
        var request = OutgoingRequest(url: "http://127.0.0.1:\(server.port)/")
        request.totalTime = .milliseconds(50)
        #expect(error(request) == .timedOut)
        #expect(server.request().hasPrefix("POST / HTTP/1.1\r\n"))
    }

    @Test(arguments: ["", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nok", "SSH-2.0-OpenSSH_9.2\r\n", "\0\0\0"])
    func whatIsNoWholeAnswerIsTold(octets: String) throws {
        let server = try RawResponder(octets)
        #expect(error(OutgoingRequest(url: "http://127.0.0.1:\(server.port)/")) == .noAnswer)
    }

    @Test func aResponseIsReadUpToItsLimit() throws {
        for (limit, expected) in [(2, nil), (1, OutgoingError.Kind.tooLarge)] {
            let server = try RawResponder(ok)
            var request = OutgoingRequest(url: "http://127.0.0.1:\(server.port)/")
            request.responseLimit = limit
            #expect(error(request) == expected)
        }
    }

    @Test func aFieldSectionWithoutEndIsCutOff() throws {
        let server = try RawResponder("HTTP/1.1 200 OK\r\n" + String(repeating: "X-Long: y\r\n", count: 30_000))
        let kind = error(OutgoingRequest(url: "http://127.0.0.1:\(server.port)/"))
        // Libcurl has a limit of its own, which may come first.
        #expect(kind == .tooLarge || kind == .noAnswer)
    }

    @Test func noTLSAtTheOtherEndIsTold() throws {
        let server = try RawResponder(.atOnce(Array("HTTP/1.1 400 Bad Request\r\n\r\n".utf8)))
        #expect(error(OutgoingRequest(url: "https://127.0.0.1:\(server.port)/")) == .tls)
    }

    @Test(arguments: [
        "", "results", "/results", "http://", "ftp://127.0.0.1/", "file:///etc/hostname",
        "127.0.0.1:8080/results", "http://127.0.0.1:99999/", "http://exa mple.nl/", "://",
    ])
    func whatIsNoURLIsTold(url: String) { #expect(error(OutgoingRequest(url: url)) == .badURL) }

    @Test(arguments: [
        OutgoingRequest(url: "http://127.0.0.1:1/", fields: [("X", "a\r\nY: b")]),
        OutgoingRequest(url: "http://127.0.0.1:1/", fields: [("X\r\nY", "a")]),
        OutgoingRequest(url: "http://127.0.0.1:1/", fields: [("", "a")]),
        OutgoingRequest(url: "http://127.0.0.1:1/", fields: [("X: Y", "a")]),
        OutgoingRequest(url: "http://127.0.0.1:1/", fields: [("X", "a\0")]),
        OutgoingRequest(url: "http://127.0.0.1:1/", method: "GET / HTTP/1.1\r\nX: y"),
        OutgoingRequest(url: "http://127.0.0.1:1/", method: ""),
        OutgoingRequest(url: "http://127.0.0.1:1/\0"),
        OutgoingRequest(url: "http://127.0.0.1:1/a\nb"),
    ])
    func fieldsCannotBeSmuggledIn(request: OutgoingRequest) { #expect(error(request) == .unsendable) }

    @Test func everyErrorIsASentence() {
        do throws(OutgoingError) {
            _ = try OutgoingRequest(url: "ftp://127.0.0.1/").perform()
        } catch {
            #expect(error.description.hasPrefix("this is not an http or https URL with a host"))
        }
    }
}
