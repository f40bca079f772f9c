import HTTP
import Testing

/// However the octets of a connection are cut into pieces, the parser says the same.
struct ParserSplitTests {
    private static let chunkedHead = "POST /results HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"

    static let samples: [String] = [
        "GET / HTTP/1.1\r\nHost: results.example\r\n\r\n",
        "\r\n\r\nPOST /results?plugin=a%20b&plugin=c HTTP/1.1\r\nHost: [::1]:8080\r\nContent-Length: 5\r\n"
            + "Expect: 100-continue\r\nX-Empty:\r\nX-WebHook-Signature: \t AAAA== \t\r\n\r\nhello",
        chunkedHead + "5;a=\"b\"\r\nhello\r\n10\r\n0123456789abcdef\r\n0\r\nTrailer: a\r\nOther: b\r\n\r\n",
        // Pipelined, with a stray empty line between, and the beginning of a fourth request.
        "POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc\r\nGET /b HTTP/1.0\r\n\r\n" + chunkedHead
            + "1\r\nx\r\n0\r\n\r\nGET /c HTTP/1.1\r\nHo",
        // Each of these ends badly, at its last octets or earlier.
        "GET / HTTP/1.1\r\nHost: a\r\nX: b\rc\r\n\r\n", "GET / HTTP/1.1\r\nHost: a\nX: b\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nHost: b\u{1}\r\n\r\n", "GET / HTTP/1.1\r\nHost : a\r\nX: \0\r\n\r\n",
        "\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\nGET", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999\r\n\r\nabc",
        chunkedHead + "5\r\nhello0\r\n\r\n", chunkedHead + "5;a\nhello\r\n", chunkedHead + "1\r\nx\r\n\r\n",
        chunkedHead + "1\r\nx\r\n0\r\nA : b\r\n\r\n", chunkedHead + "fffff\r\n", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        "\u{16}\u{3}\u{1}\u{2}\0\u{1}\0\u{1}\u{fc}\u{3}\u{3}",
        // Beyond the limits that the tests set: a request line, a head, trailers, an extension.
        "GET /" + String(repeating: "a", count: 400), chunkedHead + "1;" + String(repeating: "b", count: 100),
        "GET / HTTP/1.1\r\nHost: a\r\nX: " + String(repeating: "a", count: 400) + "\r\n\r\n",
        chunkedHead + "0\r\nA: " + String(repeating: "a", count: 297) + "\r\n\r\n",
    ]

    private static var limits: Limits {
        var limits = Limits()
        limits.headBytes = 300
        limits.chunkLineBytes = 64
        return limits
    }

    private func trace(_ pieces: [[UInt8]]) -> ParserTrace {
        ParserTrace(pieces, limits: Self.limits, contentLimit: 1000)
    }

    @Test(arguments: samples.indices) func everyTwoWaySplitAgreesWithTheWhole(index: Int) {
        let octets = Array(Self.samples[index].utf8)
        let whole = trace([octets])
        for cut in 0...octets.count {
            #expect(trace([Array(octets[..<cut]), Array(octets[cut...])]) == whole, "cut at \(cut)")
        }
    }

    @Test(arguments: samples.indices) func octetByOctetAgreesWithTheWhole(index: Int) {
        let octets = Array(Self.samples[index].utf8)
        #expect(trace(octets.map { [$0] }) == trace([octets]))
    }

    @Test func everyThreeWaySplitOfAPipelineAgreesWithTheWhole() {
        let octets = Array(Self.samples[3].utf8)
        let whole = trace([octets])
        #expect(whole.contents == ["abc", "", "x"])
        for first in stride(from: 0, through: octets.count, by: 3) {
            for second in stride(from: first, through: octets.count, by: 7) {
                let pieces = [octets[..<first], octets[first..<second], octets[second...]].map(Array.init)
                #expect(trace(pieces) == whole)
            }
        }
    }

    @Test func everyPrefixOfAGoodRequestIsIncompleteAndNotBad() {
        for sample in Self.samples[..<3] {
            let octets = Array(sample.utf8)
            for end in 0..<octets.count {
                let prefix = trace([Array(octets[..<end])])
                #expect(prefix.error == nil)
                #expect(prefix.contents.isEmpty)
            }
        }
    }

    @Test func randomDamageInRandomPiecesAgreesWithTheWhole() {
        // A small generator with a fixed seed (xorshift), so that a failure comes again.
        var state: UInt64 = 0x9e37_79b9_7f4a_7c15
        func random(_ bound: Int) -> Int {
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            return Int(state % UInt64(bound))
        }
        let inserts: [[UInt8]] = ["\r", "\n", "\r\n", " ", ":", "\0", "0", "\t", "%", ";", ","].map { Array($0.utf8) }
        for _ in 0..<1500 {
            var octets = Array(Self.samples[random(Self.samples.count)].utf8)
            for _ in 0..<random(4) {
                let place = random(octets.count)
                switch random(3) {
                case 0: octets[place] = UInt8(random(256))
                case 1: octets.insert(contentsOf: inserts[random(inserts.count)], at: place)
                default: octets.remove(at: place)
                }
                if octets.isEmpty { break }
            }
            var pieces: [[UInt8]] = []
            var rest = octets[...]
            while !rest.isEmpty {
                let size = min(rest.count, 1 + random(40))
                pieces.append(Array(rest.prefix(size)))
                rest = rest.dropFirst(size)
            }
            #expect(trace(pieces) == trace([octets]), "\(octets)")
        }
    }
}
