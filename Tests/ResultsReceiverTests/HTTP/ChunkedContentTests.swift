import HTTP
import Testing

/// Chunked content: what is taken, and one test for each way to attack it.
struct ChunkedContentTests {
    private static let head = "POST /results HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"

    private func trace(_ content: String, limits: Limits = Limits(), contentLimit: Int = 1000) -> ParserTrace {
        ParserTrace(Self.head + content, limits: limits, contentLimit: contentLimit)
    }

    @Test func takesChunksApart() {
        #expect(trace("5\r\nhello\r\n7\r\n, world\r\n0\r\n\r\n").contents == ["hello, world"])
        #expect(trace("0\r\n\r\n").contents == [""])
        #expect(trace("a\r\n0123456789\r\nA\r\n0123456789\r\n000\r\n\r\n").contents == ["01234567890123456789"])
        #expect(trace("00000000000000000000000000000001\r\nx\r\n0\r\n\r\n").contents == ["x"])
    }

    @Test func lineEndsWithinAChunkAreContent() {
        #expect(trace("8\r\n\r\n0\r\n\r\n\n\r\n0\r\n\r\n").contents == ["\r\n0\r\n\r\n\n"])
    }

    @Test(arguments: [";a", ";a=b", ";a=\"b;\\\"c\"", " ; a = b", ";a=b;c;d=\"\"", "\t;\ta"])
    func dropsChunkExtensions(text: String) {
        #expect(trace("1\(text)\r\nx\r\n0\(text)\r\n\r\n").contents == ["x"])
    }

    @Test func dropsTrailers() {
        #expect(trace("1\r\nx\r\n0\r\nA: b\r\nContent-Length: 17\r\n\r\n").contents == ["x"])
    }

    @Test(arguments: ["", "x", "-1", "+1", " 1", "0x1", "1g", "1.", ";a", "1,", "\u{661}"])
    func refusesBadChunkSizes(size: String) {
        #expect(trace("\(size)\r\nx\r\n0\r\n\r\n").error == .invalidChunkSize)
    }

    @Test func refusesABadChunkSizeBeforeItsLineEnds() {
        #expect(trace("<").error == .invalidChunkSize)
    }

    @Test(arguments: [
        "8000000000000000", "ffffffffffffffff", "10000000000000000", "10000000000000001",
        "1" + String(repeating: "0", count: 900),
    ])
    func refusesOverflowingChunkSizes(size: String) {
        #expect(trace("\(size)\r\nx").error == .overflowingChunkSize)
        #expect(trace("1\r\nx\r\n\(size)\r\nx").error == .overflowingChunkSize)
    }

    @Test func chunkSizesThatOverflowTogetherAreTooLarge() {
        let trace = ParserTrace(
            Self.head + "1\r\nx\r\n7fffffffffffffff\r\nx", contentLimit: .max)
        #expect(trace.events.last == .tooLarge)
    }

    @Test(arguments: ["1\r\nxx\r\n", "1\r\nx0\r\n\r\n", "1\r\nx\n0\r\n\r\n", "1\r\nx\rx", "2\r\nx\r\n0\r\n\r\n"])
    func refusesMissingChunkCRLF(content: String) {
        #expect(trace(content).error == .missingChunkLineEnd)
    }

    @Test(arguments: ["1\nx\r\n0\r\n\r\n", "1;a\nx\r\n", "1\rx", "1;a=\"\n\"\r\nx\r\n", "0\n\r\n"])
    func refusesBareLineEndInAChunkLine(content: String) {
        #expect(trace(content).error == .bareLineEndInChunkLine)
    }

    @Test(arguments: [" ", ";", ";=b", ";a=", ";a=\"b", ";a b", " x", ";a=\"b\"c", ";a;;b", ";a\u{1}", ";a=\"\\"])
    func refusesWhatIsNoChunkExtension(text: String) {
        #expect(trace("1\(text)\r\nx\r\n0\r\n\r\n").error == .invalidChunkExtension)
    }

    @Test func refusesOverLongChunkExtensions() {
        let limit = Limits().chunkLineBytes
        let longest = "1;" + String(repeating: "a", count: limit - 4) + "\r\n"
        #expect(longest.utf8.count == limit)
        #expect(trace(longest + "x\r\n0\r\n\r\n").contents == ["x"])
        #expect(trace("1;a" + longest.dropFirst(2) + "x\r\n0\r\n\r\n").error == .chunkLineTooLong)
        #expect(trace(String(repeating: "0", count: limit)).error == .chunkLineTooLong)
    }

    @Test func refusesManyChunkExtensionsThatAreTooLongTogether() {
        var limits = Limits()
        limits.chunkExtensionBytes = 100
        let chunk = "1;" + String(repeating: "a", count: 9) + "\r\nx\r\n"
        #expect(trace(String(repeating: chunk, count: 10) + "0\r\n\r\n", limits: limits).contents == ["xxxxxxxxxx"])
        #expect(
            trace(String(repeating: chunk, count: 10) + "0;\r\n\r\n", limits: limits).error == .invalidChunkExtension)
        #expect(
            trace(String(repeating: chunk, count: 11) + "0\r\n\r\n", limits: limits).error == .chunkExtensionsTooLong)
    }

    @Test func refusesOverLongTrailers() {
        let limit = Limits().headBytes
        let longest = "A: " + String(repeating: "a", count: limit - 7) + "\r\n\r\n"
        #expect(longest.utf8.count == limit)
        #expect(trace("0\r\n" + longest).contents == [""])
        #expect(trace("0\r\nA" + longest).error == .trailersTooLarge)
        let lines = String(repeating: "A: " + String(repeating: "a", count: 1000) + "\r\n", count: 20)
        #expect(trace("0\r\n" + lines).error == .trailersTooLarge)
    }

    @Test func refusesTooManyTrailers() {
        var limits = Limits()
        limits.headFields = 3
        let line = "A: b\r\n"
        #expect(trace("0\r\n" + String(repeating: line, count: 3) + "\r\n", limits: limits).contents == [""])
        #expect(trace("0\r\n" + String(repeating: line, count: 4) + "\r\n", limits: limits).error == .tooManyTrailers)
    }

    @Test(arguments: ["A : b", "A\nB: c", " A: b", "A", "A: \0", ": b", "A: b\rC"])
    func refusesMalformedTrailers(line: String) {
        #expect(trace("0\r\n\(line)\r\n\r\n").error == .invalidTrailer)
    }

    @Test func contentBeyondTheLimitIsKnownFromTheChunkSize() {
        #expect(trace("5\r\nhello\r\n0\r\n\r\n", contentLimit: 5).contents == ["hello"])
        #expect(trace("6\r\n", contentLimit: 5).events.last == .tooLarge)
        #expect(trace("3\r\nhel\r\n3\r\n", contentLimit: 5).events.last == .tooLarge)
    }
}
