/// Takes chunked content apart (RFC 9112, section 7.1). Extensions and trailers are checked and dropped.
struct ChunkedDecoder {
    private enum Stage {
        /// Before or within the line that gives the size of the next chunk.
        case size
        /// So many octets of the chunk are still to come.
        case data(Int)
        /// Before the CRLF that follows a chunk.
        case dataEnd
        /// After the last chunk, up to the empty line.
        case trailers
    }

    private var stage = Stage.size
    /// How many octets of the line at hand were searched for its end.
    private var scanned = 0
    private var extensionBytes = 0
    private var trailerBytes = 0
    private var trailerCount = 0
    /// Octets of content so far.
    private(set) var count = 0

    enum Step: Equatable {
        case complete
        case incomplete
        /// The content is, or by the size of its next chunk would be, longer than the limit.
        case tooLarge
    }

    /// Goes on at `position` in `octets`, and moves `position` behind what need not be seen again. Octets of content
    /// are appended to `content` where `keeps`.
    mutating func decode(
        _ octets: Span<UInt8>, at position: inout Int, limit: Int, limits: Limits, into content: inout [UInt8],
        keeps: Bool
    ) throws(ParserError) -> Step {
        while true {
            switch stage {
            case .size:
                guard let line = try sizeLine(octets, at: position, limits: limits) else { return .incomplete }
                let size = try takeSize(octets, line, limits: limits)
                stage = size == 0 ? .trailers : .data(size)
                position = line.upperBound + 2
                scanned = 0
            case .data(let rest):
                guard rest <= limit - count else { return .tooLarge }
                let arrived = min(rest, octets.count - position)
                if keeps { content.append(copying: octets.extracting(position..<position + arrived)) }
                count += arrived
                position += arrived
                stage = arrived == rest ? .dataEnd : .data(rest - arrived)
                guard arrived == rest else { return .incomplete }
            case .dataEnd:
                let rest = octets.count - position
                if rest > 0, octets[position] != .carriageReturn { throw .missingChunkLineEnd }
                if rest > 1, octets[position + 1] != .lineFeed { throw .missingChunkLineEnd }
                guard rest > 1 else { return .incomplete }
                position += 2
                stage = .size
            case .trailers:
                guard let line = try trailerLine(octets, at: position, limits: limits) else { return .incomplete }
                position = line.upperBound + 2
                scanned = 0
                if line.isEmpty { return .complete }
                trailerBytes += line.count + 2
                trailerCount += 1
                guard trailerCount <= limits.headFields else { throw .tooManyTrailers }
                do { _ = try FieldLine(octets, line) } catch { throw .invalidTrailer }
            }
        }
    }

    /// The line at `position`, without its CRLF; nil when it is not there whole.
    private mutating func sizeLine(
        _ octets: Span<UInt8>, at position: Int, limits: Limits
    ) throws(ParserError) -> Range<Int>? {
        // At once, not when the line ends: what is no size may never end.
        if position < octets.count, octets[position].hexadecimalValue == nil { throw .invalidChunkSize }
        switch findLineEnd(octets, from: position + scanned, limit: position + limits.chunkLineBytes) {
        case .found(let end): return position..<end
        case .beyondLimit: throw .chunkLineTooLong
        case .bad(.bareCarriageReturn), .bad(.bareLineFeed): throw .bareLineEndInChunkLine
        case .bad: throw .invalidChunkExtension
        case .incomplete(let index):
            scanned = index - position
            return nil
        }
    }

    private mutating func takeSize(
        _ octets: Span<UInt8>, _ line: Range<Int>, limits: Limits
    ) throws(ParserError) -> Int {
        var size = 0
        var index = line.lowerBound
        while index < line.upperBound, let digit = octets[index].hexadecimalValue {
            guard size <= Int.max >> 4 else { throw .overflowingChunkSize }
            size = size << 4 | Int(digit)
            index += 1
        }
        guard index > line.lowerBound else { throw .invalidChunkSize }
        guard index < line.upperBound else { return size }
        guard octets[index].isBlank || octets[index] == UInt8(ascii: ";") else { throw .invalidChunkSize }
        guard ChunkExtensions.areValid(octets, index..<line.upperBound) else { throw .invalidChunkExtension }
        extensionBytes += line.upperBound - index
        guard extensionBytes <= limits.chunkExtensionBytes else { throw .chunkExtensionsTooLong }
        return size
    }

    private mutating func trailerLine(
        _ octets: Span<UInt8>, at position: Int, limits: Limits
    ) throws(ParserError) -> Range<Int>? {
        let limit = position + limits.headBytes - trailerBytes
        switch findLineEnd(octets, from: position + scanned, limit: limit) {
        case .found(let end): return position..<end
        case .beyondLimit: throw .trailersTooLarge
        case .bad: throw .invalidTrailer
        case .incomplete(let index):
            scanned = index - position
            return nil
        }
    }
}
