import HTTP
import Testing

/// One test for each way to make the head of a request ambiguous or too large. All of them are answered with 400.
struct HeadAttackTests {
    /// What comes of a request with these lines after the request line and Host.
    private func refusal(_ lines: String..., target: String = "/results") -> ParserError? {
        let head = (["POST \(target) HTTP/1.1", "Host: results.example"] + lines).map { $0 + "\r\n" }.joined()
        return ParserTrace(head + "\r\n").error
    }

    @Test func refusesContentLengthTogetherWithTransferEncoding() {
        #expect(
            refusal("Content-Length: 5", "Transfer-Encoding: chunked") == .contentLengthWithTransferEncoding)
        #expect(
            refusal("Transfer-Encoding: chunked", "Content-Length: 0") == .contentLengthWithTransferEncoding)
    }

    @Test func refusesRepeatedContentLength() {
        #expect(refusal("Content-Length: 5", "Content-Length: 6") == .repeatedContentLength)
        #expect(refusal("Content-Length: 5", "content-length: 5") == .repeatedContentLength)
    }

    @Test(arguments: ["5, 5", "5,", ",5", "5,6"]) func refusesListedContentLength(value: String) {
        #expect(refusal("Content-Length: \(value)") == .listedContentLength)
    }

    @Test(arguments: ["+5", "-5", "-0"]) func refusesSignedContentLength(value: String) {
        #expect(refusal("Content-Length: \(value)") == .signedContentLength)
    }

    @Test(arguments: ["", "0x5", "5a", "five", "5 5", "5.0", "5;", "\u{664}"])
    func refusesContentLengthThatIsNoNumber(value: String) {
        #expect(refusal("Content-Length: \(value)") == .invalidContentLength)
    }

    /// 2^63, 2^64 and 2^64 + 5, which would wrap around to 5.
    @Test(arguments: [
        "9223372036854775808", "18446744073709551616", "18446744073709551621", "99999999999999999999999999",
        "000000000000000000000000000000009223372036854775808", "1" + String(repeating: "0", count: 5000),
    ])
    func refusesOverflowingContentLength(value: String) {
        #expect(refusal("Content-Length: \(value)") == .overflowingContentLength)
    }

    @Test(arguments: ["0", "5", "05", "0000000000000000000000000000000000000000005"])
    func leadingZerosOfAContentLengthChangeNothing(value: String) throws {
        let head = try parsedHead("POST /results HTTP/1.1\r\nHost: a\r\nContent-Length: \(value)\r\n\r\n")
        #expect(head?.framing == .length(value == "0" ? 0 : 5))
    }

    @Test(
        arguments: [
            "gzip", "gzip, chunked", "chunked, chunked", "chunked, gzip", "identity", "xchunked", "chunked;a=b",
            "\"chunked\"", "chunked,", ", chunked", "", "chunked identity", "chunk",
        ])
    func refusesAnyTransferCodingButExactlyChunked(value: String) {
        #expect(refusal("Transfer-Encoding: \(value)") == .unsupportedTransferCoding)
    }

    @Test func refusesTransferCodingWithVerticalTab() {
        #expect(refusal("Transfer-Encoding: \u{b}chunked") == .controlCharacter)
    }

    @Test func refusesRepeatedTransferEncoding() {
        #expect(refusal("Transfer-Encoding: chunked", "Transfer-Encoding: chunked") == .repeatedTransferEncoding)
    }

    @Test func refusesTransferEncodingInHTTP10() {
        let trace = ParserTrace("POST /results HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n")
        #expect(trace.error == .transferEncodingInHTTP10)
    }

    @Test(arguments: ["Content-Length : 5", "Content-Length\t: 5", "Transfer-Encoding : chunked", "A \t : b"])
    func refusesSpaceBeforeTheColon(line: String) {
        #expect(refusal(line) == .spaceBeforeColon)
    }

    @Test func refusesObsFold() {
        #expect(refusal("X-Folded: a", " b") == .obsoleteFolding)
        #expect(refusal("X-Folded: a", "\tb") == .obsoleteFolding)
        #expect(ParserTrace("GET / HTTP/1.1\r\n Host: results.example\r\n\r\n").error == .obsoleteFolding)
    }

    @Test(
        arguments: [
            "GET / HTTP/1.1\nHost: a\r\n\r\n", "GET / HTTP/1.1\r\nHost: a\n\r\n", "GET / HTTP/1.1\r\nHost: a\r\n\n",
            "GET / HTTP/1.1\r\nHost: a\r\nX: b\nContent-Length: 5\r\n\r\n", "\nGET / HTTP/1.1\r\nHost: a\r\n\r\n",
            "GET /\n HTTP/1.1\r\nHost: a\r\n\r\n",
        ])
    func refusesBareLineFeed(text: String) {
        #expect(ParserTrace(text).error == .bareLineFeed)
    }

    @Test(
        arguments: [
            "GET / HTTP/1.1\rHost: a\r\n\r\n", "GET / HTTP/1.1\r\nHost: a\rX: b\r\n\r\n", "\rGET / HTTP/1.1\r\n",
            "GET / HTTP/1.1\r\nHost: a\r\r\n\r\n", "GET / HTTP/1.1\r\nHost: a\r\n\rX", "\r\r\n",
        ])
    func refusesBareCarriageReturn(text: String) {
        #expect(ParserTrace(text).error == .bareCarriageReturn)
    }

    @Test func refusesABareLineFeedBeforeTheHeadEnds() {
        #expect(ParserTrace("GET / HTTP/1.1\n").error == .bareLineFeed)
    }

    @Test func refusesNulInNamesAndValues() {
        #expect(refusal("X-A: b\0c") == .nul)
        #expect(refusal("X\0A: b") == .nul)
        #expect(refusal(target: "/results\0") == .nul)
    }

    @Test(arguments: Array(1...31).filter { ![9, 10, 13].contains($0) } + [127])
    func refusesControlCharactersInNamesAndValues(code: UInt8) {
        let character = String(UnicodeScalar(code))
        #expect(refusal("X-A: b\(character)c") == .controlCharacter)
        #expect(refusal("X\(character)A: b") == .controlCharacter)
        #expect(refusal(target: "/\(character)") == .controlCharacter)
    }

    @Test(arguments: ["X\u{e9}: a", "X(a): b", "X A: b", "\"X\": a", ": a", "X@: a", "X\t A: b", "a/b: c"])
    func refusesInvalidFieldNames(line: String) {
        #expect(refusal(line) == .invalidFieldName)
    }

    @Test(arguments: ["X-A", "no colon here"]) func refusesALineWithoutColon(line: String) {
        #expect(refusal(line) == .missingColon)
    }

    @Test func refusesNoHost() {
        #expect(ParserTrace("GET / HTTP/1.1\r\n\r\n").error == .missingHost)
        #expect(ParserTrace("GET http://results.example/ HTTP/1.1\r\nX-Host: a\r\n\r\n").error == .missingHost)
    }

    @Test func refusesSeveralHosts() {
        #expect(refusal("Host: other.example") == .repeatedHost)
        #expect(refusal("host: results.example") == .repeatedHost)
        #expect(ParserTrace("GET / HTTP/1.0\r\nHost: a\r\nHost: a\r\n\r\n").error == .repeatedHost)
    }

    @Test(
        arguments: [
            "", "a b", "a,b", "a, b", "a/b", "user@a", "a:b", "a:80:80", "[::1", "[]", "::1", "a?b", "a#b", "h\u{f6}st",
            "[::1]x", "%zz", "http://a", ":80",
        ])
    func refusesInvalidHost(value: String) {
        #expect(ParserTrace("GET / HTTP/1.1\r\nHost: \(value)\r\n\r\n").error == .invalidHost)
    }

    @Test(arguments: ["HTTP/2.0", "HTTP/0.9", "HTTP/3.1", "HTTP/9.9"]) func refusesAnyVersionButOne(version: String) {
        #expect(ParserTrace("GET / \(version)\r\nHost: a\r\n\r\n").error == .unsupportedVersion)
    }

    @Test func refusesThePrefaceOfHTTP2() {
        #expect(ParserTrace("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").error == .unsupportedVersion)
    }

    @Test(arguments: ["http/1.1", "HTTP/1.10", "HTTP/1", "HTTP/1,1", "HTTP/11", "HTTPS/1.1", "HTTP/1.x", "HTTP/+1.1"])
    func refusesAnInvalidVersion(version: String) {
        #expect(ParserTrace("GET / \(version)\r\nHost: a\r\n\r\n").error == .invalidVersion)
    }

    @Test(
        arguments: [
            "GET /", "GET", "GET  / HTTP/1.1", "GET /  HTTP/1.1", "GET / HTTP/1.1 ", " GET / HTTP/1.1",
            "GET / a HTTP/1.1",
            "GET / HTTP/1.1 x", "GET / HTTP/1.1\t", "GET ",
        ])
    func refusesAnInvalidRequestLine(line: String) {
        #expect(ParserTrace("\(line)\r\nHost: a\r\n\r\n").error == .invalidRequestLine)
    }

    @Test(arguments: ["GE(T", "G\u{e9}T", "GET\t/", "\"GET\"", "GET:", "{}"])
    func refusesAnInvalidMethod(method: String) {
        #expect(ParserTrace("\(method) / HTTP/1.1\r\nHost: a\r\n\r\n").error == .invalidMethod)
    }

    @Test(
        arguments: [
            "results", "*", "/a#b", "/a\tb", "/\u{e9}", "/%zz", "/%4", "/%", "/a?%", "/a?#", "/a\"b", "/<a>", "/a\\b",
            "/a|b", "/a?b|c", "ftp://a/", "http://", "http:///a", "http://u@a/", "http:/a", "//\u{7f6e}", "a:80",
            "http://a#b",
        ])
    func refusesAnInvalidTarget(target: String) {
        let error = refusal(target: target)
        #expect(error == .invalidTarget)
    }

    @Test(arguments: ["a", "a:", "a:b", "a:80/", "*", "http://a:80/x"])
    func refusesAConnectWithoutAuthority(target: String) {
        #expect(ParserTrace("CONNECT \(target) HTTP/1.1\r\nHost: a\r\n\r\n").error == .invalidTarget)
    }

    @Test(arguments: ["200-ok", "100-continue, x", "100-continue;a=b", "99-continue"])
    func refusesOtherExpectations(value: String) {
        #expect(refusal("Expect: \(value)", "Content-Length: 1") == .unsupportedExpectation)
    }

    @Test func refusesEndlessEmptyLines() {
        #expect(ParserTrace(String(repeating: "\r\n", count: 9)).error == .tooManyEmptyLines)
    }

    @Test func staysRefusedOnceItWas() throws {
        var parser = RequestParser(limits: Limits())
        parser.append(Array("GET / HTTP/1.1\nHost: a\r\n\r\n".utf8))
        #expect(throws: ParserError.bareLineFeed) { try parser.parseHead() }
        parser.append(Array("GET / HTTP/1.1\r\nHost: a\r\n\r\n".utf8))
        #expect(throws: ParserError.bareLineFeed) { try parser.parseHead() }
        #expect(throws: ParserError.bareLineFeed) { try parser.parseContent(limit: 10) }
    }

    @Test func everyErrorHasAWordOfItsOwnAndASentence() {
        #expect(Set(ParserError.allCases.map(\.word)).count == ParserError.allCases.count)
        for error in ParserError.allCases {
            #expect(error.explanation.hasSuffix("."))
            #expect(error.word.utf8.allSatisfy { $0 == UInt8(ascii: "-") || FieldName.isTokenCharacter($0) })
        }
        #expect(ParserError.targetTooLong.place == .requestLine)
        #expect(ParserError.missingHost.place == .fields)
        #expect(ParserError.invalidChunkSize.place == .content)
        #expect(ParserError.invalidTrailer.place == .trailers)
    }
}
