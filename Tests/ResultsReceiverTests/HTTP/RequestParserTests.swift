import HTTP
import Testing

/// What the parser takes, and what it makes of it.
struct RequestParserTests {
    private func head(_ requestLine: String, _ lines: String...) throws -> RequestHead? {
        try parsedHead(([requestLine] + lines).map { $0 + "\r\n" }.joined() + "\r\n")
    }

    @Test func readsMethodPathQueryAndFields() throws {
        let head = try #require(
            try head(
                "POST /results?plugin=school HTTP/1.1", "Host: results.example:8080", "Content-Length: 05",
                "X-WebHook-Signature:  \t aGVsbG8= \t", "x-webhook-signature: other", "X-Empty: ", "X-Tab: a\tb"))
        #expect(head.method == .post)
        #expect(head.path == "/results")
        #expect(head.query == "plugin=school")
        #expect(head.minorVersion == 1)
        #expect(head.framing == .length(5))
        #expect(head.keepsAlive)
        #expect(!head.expectsContinue)
        #expect(head.fields.count == 6)
        #expect(head.fields.values(of: .xWebHookSignature) == ["aGVsbG8=", "other"])
        #expect(head.fields.first(of: .host) == "results.example:8080")
        #expect(head.fields.first(of: .accept) == nil)
        #expect(head.fields.map(\.value) == ["results.example:8080", "05", "aGVsbG8=", "other", "", "a\tb"])
    }

    @Test(arguments: ["PUT", "get", "DELETE", "PROPFIND", "M-SEARCH", "!#$%&'*+-.^_`|~", "X"])
    func unusualButValidMethodsAreTaken(method: String) throws {
        #expect(try head("\(method) /results HTTP/1.1", "Host: a")?.method == Method(method))
    }

    @Test(
        arguments: [
            ("GET", "/", "/", nil), ("GET", "/a?", "/a", ""), ("GET", "/a?b=/?&c", "/a", "b=/?&c"),
            ("GET", "//a", "//a", nil), ("GET", "/%7Ea%20b;c=d,e", "/%7Ea%20b;c=d,e", nil),
            ("POST", "http://results.example/results?plugin=a", "/results", "plugin=a"),
            ("POST", "HTTPS://[::1]:8443/results", "/results", nil), ("GET", "http://results.example", "/", nil),
            ("GET", "http://results.example?a", "/", "a"), ("OPTIONS", "*", "*", nil),
            ("OPTIONS", "/results", "/results", nil), ("CONNECT", "results.example:443", "results.example:443", nil),
            ("CONNECT", "[::1]:443", "[::1]:443", nil), ("CONNECT", "/results", "/results", nil),
        ] as [(String, String, String, String?)])
    func everyFormOfTargetLeadsToAPath(method: String, target: String, path: String, query: String?) throws {
        let head = try #require(try head("\(method) \(target) HTTP/1.1", "Host: results.example"))
        #expect(head.path == path)
        #expect(head.query == query)
    }

    @Test(
        arguments: [
            "a", "a:", "a:80", "192.0.2.1:8080", "[2001:db8::1]", "[v1.a:b]:1", "a-b_c.example", "%41.example", "A",
        ])
    func validHostsAreTaken(host: String) throws {
        #expect(try head("GET / HTTP/1.1", "Host: \(host)") != nil)
    }

    @Test func leadingEmptyLinesAreTolerated() throws {
        #expect(try parsedHead("\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n") != nil)
    }

    @Test func http10IsAnsweredAndClosed() throws {
        let plain = try #require(try head("GET / HTTP/1.0"))
        #expect(plain.minorVersion == 0)
        #expect(!plain.keepsAlive)
        let asking = try #require(
            try head("POST / HTTP/1.0", "Connection: keep-alive", "Content-Length: 3", "Expect: 100-continue"))
        #expect(!asking.keepsAlive)
        #expect(!asking.expectsContinue)
        #expect(asking.framing == .length(3))
    }

    @Test func laterMinorVersionsAreReadAsHTTP11() throws {
        let head = try #require(try head("GET / HTTP/1.9", "Host: a"))
        #expect(head.minorVersion == 1)
        #expect(head.keepsAlive)
    }

    @Test(
        arguments: [
            ("close", false), ("Close", false), ("keep-alive", true), ("keep-alive, close", false),
            (" , close ,", false), ("closed", true), ("", true), ("Upgrade, HTTP2-Settings", true),
        ])
    func connectionFieldDecidesWhetherTheConnectionStays(value: String, keeps: Bool) throws {
        #expect(try head("GET / HTTP/1.1", "Host: a", "Connection: \(value)")?.keepsAlive == keeps)
    }

    @Test func aCloseInASecondConnectionFieldCounts() throws {
        let head = try head("GET / HTTP/1.1", "Host: a", "Connection: keep-alive", "Connection: close")
        #expect(head?.keepsAlive == false)
    }

    @Test func expectContinueIsSeenOnlyWhereThereIsContent() throws {
        #expect(
            try head("POST / HTTP/1.1", "Host: a", "Content-Length: 1", "Expect: 100-Continue")?.expectsContinue == true
        )
        #expect(
            try head("POST / HTTP/1.1", "Host: a", "Transfer-Encoding: Chunked", "Expect: 100-continue")?
                .expectsContinue == true)
        #expect(
            try head("POST / HTTP/1.1", "Host: a", "Content-Length: 0", "Expect: 100-continue")?.expectsContinue
                == false)
        #expect(try head("POST / HTTP/1.1", "Host: a", "Expect: 100-continue")?.expectsContinue == false)
        #expect(try head("POST / HTTP/1.1", "Host: a", "Content-Length: 1", "Expect:")?.expectsContinue == false)
    }

    @Test func theLargestContentLengthIsTaken() throws {
        #expect(
            try head("POST / HTTP/1.1", "Host: a", "Content-Length: 0009223372036854775807")?.framing == .length(.max))
    }

    @Test func pipelinedRequestsStayInTheBuffer() throws {
        var parser = RequestParser(limits: Limits())
        #expect(!parser.hasBegunHead)
        parser.append(
            Array(
                ("POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc"
                    + "GET /b HTTP/1.1\r\nHost: a\r\n\r\nPOST /c").utf8))
        #expect(parser.hasBegunHead)
        #expect(try parser.parseHead()?.path == "/a")
        #expect(!parser.hasBegunHead)
        #expect(try parser.parseContent(limit: 3) == .complete(Array("abc".utf8)))
        #expect(parser.hasBegunHead)
        #expect(try parser.parseHead()?.path == "/b")
        #expect(try parser.parseContent(limit: 0) == .complete([]))
        #expect(try parser.parseHead() == nil)
        #expect(parser.hasBegunHead)
        #expect(parser.unparsedBytes == 7)
    }

    @Test func anEmptyLineBeginsAHeadForItsClock() throws {
        var parser = RequestParser(limits: Limits())
        parser.append(Array("\r\n".utf8))
        #expect(try parser.parseHead() == nil)
        #expect(parser.hasBegunHead)
    }

    @Test(arguments: [
        ("Content-Length: 10", "0123456789"), ("Transfer-Encoding: chunked", "a\r\n0123456789\r\n0\r\n\r\n"),
    ])
    func contentCanBeDroppedAndTheNextRequestRead(framing: String, content: String) throws {
        var parser = RequestParser(limits: Limits())
        parser.append(Array("POST /a HTTP/1.1\r\nHost: a\r\n\(framing)\r\n\r\n\(content.prefix(5))".utf8))
        #expect(try parser.parseHead()?.path == "/a")
        #expect(try parser.discardContent(limit: 10) == .incomplete)
        #expect(parser.bufferedBytes == 0)
        parser.append(Array("\(content.dropFirst(5))GET /b HTTP/1.1\r\nHost: a\r\n\r\n".utf8))
        #expect(try parser.discardContent(limit: 10) == .complete)
        #expect(try parser.parseHead()?.path == "/b")
    }

    @Test func contentThatIsTooLargeToDropIsSaidSo() throws {
        var parser = RequestParser(limits: Limits())
        parser.append(Array("POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 11\r\n\r\n".utf8))
        _ = try parser.parseHead()
        #expect(try parser.discardContent(limit: 10) == .tooLarge)
        #expect(try parser.discardContent(limit: 11) == .incomplete)
    }

    @Test func whatWasGatheredCanStillBeDropped() throws {
        var parser = RequestParser(limits: Limits())
        parser.append(Array("POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nab".utf8))
        _ = try parser.parseHead()
        #expect(try parser.parseContent(limit: 4) == .incomplete)
        #expect(parser.bufferedBytes == 2)
        #expect(try parser.discardContent(limit: 4) == .incomplete)
        #expect(parser.bufferedBytes == 0)
        parser.append(Array("cd".utf8))
        #expect(try parser.discardContent(limit: 4) == .complete)
    }
}
