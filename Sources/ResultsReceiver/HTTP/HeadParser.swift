/// Reads one head, line by line, from octets that grow between calls. What was looked at once is not looked at again.
struct HeadParser {
    private var requestLine: RequestLine?
    private var lines: [FieldLine] = []
    private var framing = HeadFraming()
    private var emptyLines = 0
    /// Where the request line begins, behind empty lines that are tolerated.
    private var origin = 0
    private var firstField = 0
    private var lineStart = 0
    /// Up to here no line end was found.
    private var scanned = 0

    /// Where the next request begins, once a head was returned.
    var consumed: Int { lineStart }

    /// Nil when `octets`, which begin with this request, do not hold the whole head yet.
    mutating func parse(_ octets: Span<UInt8>, limits: Limits) throws(ParserError) -> RequestHead? {
        while true {
            switch findLineEnd(octets, from: scanned, limit: origin + limits.headBytes) {
            case .incomplete(let index):
                scanned = index
                return nil
            case .beyondLimit:
                throw requestLine == nil ? .targetTooLong : .headTooLarge
            case .bad(let error):
                throw error
            case .found(let end):
                let line = lineStart..<end
                lineStart = end + 2
                scanned = lineStart
                if let head = try take(line, in: octets, limits: limits) { return head }
            }
        }
    }

    /// Takes one line; returns the head after its empty line.
    private mutating func take(
        _ line: Range<Int>, in octets: Span<UInt8>, limits: Limits
    ) throws(ParserError) -> RequestHead? {
        guard let requestLine else {
            if line.isEmpty {
                emptyLines += 1
                guard emptyLines <= limits.leadingEmptyLines else { throw .tooManyEmptyLines }
                origin = lineStart
            } else {
                requestLine = try RequestLine(octets, line)
                firstField = lineStart
            }
            return nil
        }
        if line.isEmpty {
            let summary = try framing.finish(minorVersion: requestLine.minorVersion)
            return RequestHead(
                method: requestLine.method, path: requestLine.target.path, query: requestLine.target.query,
                minorVersion: requestLine.minorVersion,
                fields: Fields(section: octets.extracting(firstField..<line.lowerBound), lines: lines),
                framing: summary.framing, expectsContinue: summary.expectsContinue, keepsAlive: summary.keepsAlive)
        }
        guard lines.count < limits.headFields else { throw .tooManyFields }
        let field = try FieldLine(octets, line)
        try framing.note(field, in: octets, minorVersion: requestLine.minorVersion)
        if lines.isEmpty { lines.reserveCapacity(8) }
        lines.append(field.moved(by: firstField))
        return nil
    }
}
