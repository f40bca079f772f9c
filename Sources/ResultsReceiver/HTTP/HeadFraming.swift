/// Gathers what the fields of a head say about framing and connection, and refuses whatever leaves a doubt (RFC 9112,
/// section 6.3; section 11.2 on why).
struct HeadFraming {
    private var hasHost = false
    private var contentLength: Int?
    private var isChunked = false
    private var expectsContinue = false
    private var closes = false

    /// Looks at one field line; most are none of its business.
    mutating func note(_ line: FieldLine, in octets: Span<UInt8>, minorVersion: Int) throws(ParserError) {
        // By length first, which spares most lines a comparison.
        switch line.name.count {
        case 4 where octets.equals(line.name, FieldName.host.octets):
            guard !hasHost else { throw .repeatedHost }
            guard isAuthority(octets, line.value) else { throw .invalidHost }
            hasHost = true
        case 6 where octets.equals(line.name, FieldName.expect.octets):
            try noteExpectation(octets, line.value)
        case 10 where octets.equals(line.name, FieldName.connection.octets):
            forEachElement(octets, line.value) { if octets.equals($0, Self.close) { closes = true } }
        case 14 where octets.equals(line.name, FieldName.contentLength.octets):
            guard contentLength == nil else { throw .repeatedContentLength }
            contentLength = try Self.length(octets, line.value)
        case 17 where octets.equals(line.name, FieldName.transferEncoding.octets):
            guard minorVersion > 0 else { throw .transferEncodingInHTTP10 }
            guard !isChunked else { throw .repeatedTransferEncoding }
            guard octets.equals(line.value, Self.chunked) else { throw .unsupportedTransferCoding }
            isChunked = true
        default:
            break
        }
    }

    /// What all fields together come to.
    func finish(minorVersion: Int) throws(ParserError) -> (framing: Framing, expectsContinue: Bool, keepsAlive: Bool) {
        guard hasHost || minorVersion == 0 else { throw .missingHost }
        let framing: Framing
        switch (contentLength, isChunked) {
        case (.some, true): throw .contentLengthWithTransferEncoding
        case (.some(let length), false): framing = .length(length)
        case (nil, true): framing = .chunked
        case (nil, false): framing = .none
        }
        let hasContent = framing != .none && framing != .length(0)
        return (framing, expectsContinue && hasContent && minorVersion > 0, !closes && minorVersion > 0)
    }

    /// RFC 9110, section 10.1.1; what it answers with 417 is refused.
    private mutating func noteExpectation(_ octets: Span<UInt8>, _ value: Range<Int>) throws(ParserError) {
        var isKnown = true
        forEachElement(octets, value) { element in
            if octets.equals(element, Self.continueExpectation) { expectsContinue = true } else { isKnown = false }
        }
        guard isKnown else { throw .unsupportedExpectation }
    }

    /// RFC 9110, section 8.6: digits and nothing else.
    private static func length(_ octets: Span<UInt8>, _ value: Range<Int>) throws(ParserError) -> Int {
        guard let first = value.first else { throw .invalidContentLength }
        if value.contains(where: { octets[$0] == UInt8(ascii: ",") }) { throw .listedContentLength }
        if octets[first] == UInt8(ascii: "+") || octets[first] == UInt8(ascii: "-") { throw .signedContentLength }
        guard value.allSatisfy({ octets[$0].isDigit }) else { throw .invalidContentLength }
        var length = 0
        for index in value {
            let (tenfold, overflows) = length.multipliedReportingOverflow(by: 10)
            let (sum, carries) = tenfold.addingReportingOverflow(Int(octets[index] - UInt8(ascii: "0")))
            guard !overflows, !carries else { throw .overflowingContentLength }
            length = sum
        }
        return length
    }

    private static let close = Array("close".utf8)
    private static let chunked = Array("chunked".utf8)
    private static let continueExpectation = Array("100-continue".utf8)
}

/// Calls `body` for each element of a comma-separated list that is not empty (RFC 9110, section 5.6.1).
private func forEachElement(_ octets: Span<UInt8>, _ value: Range<Int>, _ body: (Range<Int>) -> Void) {
    var start = value.lowerBound
    while start < value.upperBound {
        var end = start
        while end < value.upperBound, octets[end] != UInt8(ascii: ",") { end += 1 }
        let element = octets.trimmingBlanks(start..<end)
        if !element.isEmpty { body(element) }
        start = end + 1
    }
}
