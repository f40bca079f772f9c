import HTTP
import Testing

/// The bounds of `Limits`: what is exactly at one is taken, what is one beyond is refused; and memory follows what came.
struct ParserLimitTests {
    /// A head of exactly so many octets, from the request line to the empty line.
    private func head(octets: Int) -> String {
        let frame = "GET / HTTP/1.1\r\nHost: a\r\nX: \r\n\r\n"
        return frame.replacing("X: ", with: "X: " + String(repeating: "x", count: octets - frame.utf8.count))
    }

    @Test func aHeadMayHaveTheLimitAndNotOneOctetMore() throws {
        let limit = Limits().headBytes
        #expect(limit == 16 * 1024)
        #expect(head(octets: limit).utf8.count == limit)
        #expect(try parsedHead(head(octets: limit)) != nil)
        #expect(throws: ParserError.headTooLarge) { try parsedHead(head(octets: limit + 1)) }
        #expect(throws: ParserError.headTooLarge) { try parsedHead(head(octets: 10 * limit)) }
    }

    @Test func leadingEmptyLinesDoNotCountAsHead() throws {
        #expect(try parsedHead("\r\n\r\n" + head(octets: Limits().headBytes)) != nil)
    }

    @Test func aHeadThatCanNoLongerEndWithinTheLimitIsRefusedAtOnce() throws {
        var limits = Limits()
        limits.headBytes = 100
        let begun = "GET / HTTP/1.1\r\nX: "
        let full = begun + String(repeating: "x", count: 100 - begun.utf8.count)
        #expect(try parsedHead(String(full.dropLast()), limits: limits) == nil)
        #expect(throws: ParserError.headTooLarge) { try parsedHead(full, limits: limits) }
    }

    @Test func refusesAnOverLongTarget() throws {
        let limit = Limits().headBytes
        #expect(try parsedHead("GET /" + String(repeating: "a", count: 8000) + " HTTP/1.1\r\nHost: a\r\n\r\n") != nil)
        #expect(throws: ParserError.targetTooLong) {
            try parsedHead("GET /" + String(repeating: "a", count: limit) + " HTTP/1.1\r\nHost: a\r\n\r\n")
        }
    }

    @Test func refusesAnOverLongField() {
        #expect(throws: ParserError.headTooLarge) {
            try parsedHead("GET / HTTP/1.1\r\nHost: a\r\nX: " + String(repeating: "a", count: 20_000))
        }
        #expect(throws: ParserError.headTooLarge) {
            try parsedHead("GET / HTTP/1.1\r\nHost: a\r\n" + String(repeating: "a", count: 20_000))
        }
    }

    @Test func aHeadMayHaveTheLimitOfFieldsAndNotOneMore() throws {
        let limit = Limits().headFields
        #expect(limit == 100)
        let lines = { (count: Int) in String(repeating: "X: y\r\n", count: count) }
        #expect(
            try parsedHead("GET / HTTP/1.1\r\nHost: a\r\n\(lines(limit - 1))\r\n")?.fields.count == limit)
        #expect(throws: ParserError.tooManyFields) {
            try parsedHead("GET / HTTP/1.1\r\nHost: a\r\n\(lines(limit))\r\n")
        }
    }

    @Test func leadingEmptyLinesAreBounded() throws {
        let request = "GET / HTTP/1.1\r\nHost: a\r\n\r\n"
        let limit = Limits().leadingEmptyLines
        #expect(try parsedHead(String(repeating: "\r\n", count: limit) + request) != nil)
        #expect(throws: ParserError.tooManyEmptyLines) {
            try parsedHead(String(repeating: "\r\n", count: limit + 1) + request)
        }
    }

    @Test func contentMayHaveTheLimitAndNotOneOctetMore() {
        let request = { (count: Int) in
            "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: \(count)\r\n\r\n" + String(repeating: "x", count: count)
        }
        #expect(ParserTrace(request(1000), contentLimit: 1000).contents.first?.utf8.count == 1000)
        #expect(ParserTrace(request(1001), contentLimit: 1000).events.last == .tooLarge)
    }

    @Test func contentThatIsDeclaredTooLargeIsKnownBeforeItComes() throws {
        var parser = RequestParser(limits: Limits())
        parser.append(Array("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9223372036854775807\r\n\r\n".utf8))
        #expect(try parser.parseHead()?.framing == .length(.max))
        #expect(try parser.parseContent(limit: 1 << 20) == .tooLarge)
    }

    @Test func declaredContentTakesNoMemoryBeforeItComes() throws {
        for framing in ["Content-Length: 1000000", "Transfer-Encoding: chunked"] {
            var parser = RequestParser(limits: Limits())
            parser.append(Array("POST / HTTP/1.1\r\nHost: a\r\n\(framing)\r\n\r\n".utf8))
            _ = try parser.parseHead()
            if framing.hasPrefix("T") { parser.append(Array("f4240\r\n".utf8)) }
            #expect(try parser.parseContent(limit: 1 << 20) == .incomplete)
            #expect(parser.heldBytes < 256)
            var came = 0
            for _ in 0..<200 {
                parser.append([UInt8](repeating: 0, count: 1000))
                came += 1000
                #expect(try parser.parseContent(limit: 1 << 20) == .incomplete)
                #expect(parser.bufferedBytes == came)
                // Twice what came, the buffer for the last piece, and what malloc rounds up to pages.
                #expect(parser.heldBytes <= 2 * came + 3 * 4096)
            }
        }
    }

    @Test func anIdleConnectionHoldsNoMemory() throws {
        var parser = RequestParser(limits: Limits())
        unsafe parser.withSpare(minimum: 65_536) { room in
            let request = Array("GET / HTTP/1.1\r\nHost: a\r\n\r\n".utf8)
            unsafe room.copyBytes(from: request)
            return request.count
        }
        _ = try parser.parseHead()
        _ = try parser.parseContent(limit: 0)
        #expect(parser.bufferedBytes == 0)
        parser.releaseIfEmpty()
        #expect(parser.heldBytes == 0)
        parser.append([UInt8(ascii: "G")])
        parser.releaseIfEmpty()
        #expect(parser.bufferedBytes == 1)
    }

    @Test func aRefusedConnectionHoldsNoMemory() {
        var parser = RequestParser(limits: Limits())
        parser.append([UInt8](repeating: 0, count: 10_000))
        #expect(throws: ParserError.nul) { try parser.parseHead() }
        #expect(parser.heldBytes == 0)
    }

    @Test func aPipelineIsReadInTimeLinearInItsLength() throws {
        // What is left of a piece is moved once a read at most; a rescan or a move per request would show as
        // 20 000 × 600 000 octets, which takes minutes.
        let request = "GET / HTTP/1.1\r\nHost: a\r\n\r\n"
        let trace = ParserTrace(String(repeating: request, count: 20_000))
        #expect(trace.contents.count == 20_000)
    }

    @Test func aHeadThatComesOctetByOctetIsNotScannedAgain() {
        var limits = Limits()
        limits.headBytes = 400_000
        let octets = Array(head(octets: 400_000).utf8)
        let start = ContinuousClock.now
        let trace = ParserTrace(octets.map { [$0] }, limits: limits)
        #expect(trace.contents == [""])
        // A rescan for each octet would be 80 000 000 000 steps.
        #expect(ContinuousClock.now - start < .seconds(60))
    }
}
