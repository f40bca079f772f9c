/// Reads the requests of one connection, strictly (RFC 9112), from octets that come in pieces of any size.
///
/// Append what was read, call `parseHead` until it returns a head, then `parseContent` (or `discardContent`) until the
/// content is complete, then `parseHead` again: octets of further requests that came along stay in the buffer. Each
/// call gives one of three results: done, incomplete (nothing is looked at twice), or an error, after which every
/// call throws it again. Work is linear in what came, memory is bounded by the limits and by what came.
package struct RequestParser: Sendable {
    private enum Stage: Sendable {
        case head
        /// Content of so many octets is still to come.
        case length(Int)
        case chunked(ChunkedDecoder)
        case failed(ParserError)
    }

    package let limits: Limits
    private var stage = Stage.head
    private var input = InputBuffer()
    private var headParser = HeadParser()
    private var content: [UInt8] = []
    /// Octets of content so far, kept or dropped.
    private var contentCount = 0

    package init(limits: Limits) { self.limits = limits }

    // MARK: Octets in

    /// Lets `body` fill spare room of at least `minimum` octets, as read(2) does; it returns how many it filled, which
    /// is returned.
    @discardableResult
    package mutating func withSpare<E: Error>(
        minimum: Int, _ body: (UnsafeMutableRawBufferPointer) throws(E) -> Int
    ) throws(E) -> Int {
        try unsafe input.withSpare(minimum: minimum, body)
    }

    /// Appends octets that were read elsewhere.
    package mutating func append(_ octets: UnsafeRawBufferPointer) { unsafe input.append(octets) }

    /// Appends octets that were read elsewhere.
    package mutating func append(_ octets: [UInt8]) {
        unsafe octets.withUnsafeBytes { unsafe input.append($0) }
    }

    // MARK: What waits

    /// Octets that came and belong to no head or content that was returned yet, content that is being gathered
    /// included.
    package var bufferedBytes: Int { input.count + content.count }

    /// Octets that came and were not looked at as content yet. 0 after a head means that nothing of its content is here.
    package var unparsedBytes: Int { input.count }

    /// Memory that the octets take, the spare room included.
    package var heldBytes: Int { input.storage.count + content.capacity }

    /// Octets of a next head, or of empty lines before it, are there; what starts the clock of a head.
    package var hasBegunHead: Bool {
        if case .head = stage { input.count > 0 } else { false }
    }

    /// Gives the buffer's memory back where nothing waits in it. For connections that become idle.
    package mutating func releaseIfEmpty() { input.releaseIfEmpty() }

    // MARK: Requests out

    /// The next head; nil when it is not there whole.
    ///
    /// The content of the request before must have been parsed or discarded to its end.
    package mutating func parseHead() throws(ParserError) -> RequestHead? {
        switch stage {
        case .head: break
        case .failed(let error): throw error
        case .length, .chunked: preconditionFailure("a head is asked for before the content of the last one ended")
        }
        do {
            guard let head = try headParser.parse(input, limits: limits) else { return nil }
            input.consume(headParser.consumed)
            headParser = HeadParser()
            contentCount = 0
            switch head.framing {
            case .none: stage = .length(0)
            case .length(let length): stage = .length(length)
            case .chunked: stage = .chunked(ChunkedDecoder())
            }
            return head
        } catch {
            throw fail(error)
        }
    }

    /// How far the content came.
    package enum ContentStep: Sendable, Equatable {
        case complete([UInt8])
        case incomplete
        /// Longer than the limit, or declared to be: known before it came.
        case tooLarge
    }

    /// The content of the head that was returned last, at most `limit` octets of it; empty for a head without content.
    package mutating func parseContent(limit: Int) throws(ParserError) -> ContentStep {
        switch try step(limit: limit, keeps: true) {
        case .incomplete: return .incomplete
        case .tooLarge: return .tooLarge
        case .complete:
            let whole = content
            content = []
            return .complete(whole)
        }
    }

    /// How far the content was dropped.
    package enum DiscardStep: Sendable, Equatable {
        case complete
        case incomplete
        /// Longer than the limit, or declared to be: not worth waiting for.
        case tooLarge
    }

    /// Drops the content of the head that was returned last, what was gathered of it included, where all of it is no
    /// longer than `limit` octets.
    package mutating func discardContent(limit: Int) throws(ParserError) -> DiscardStep {
        content = []
        switch try step(limit: limit, keeps: false) {
        case .incomplete: return .incomplete
        case .tooLarge: return .tooLarge
        case .complete: return .complete
        }
    }

    private mutating func step(limit: Int, keeps: Bool) throws(ParserError) -> ChunkedDecoder.Step {
        switch stage {
        case .head: preconditionFailure("content is asked for before its head was parsed")
        case .failed(let error): throw error
        case .length(let rest):
            guard rest <= limit - contentCount else { return .tooLarge }
            let arrived = min(rest, input.count)
            if keeps {
                // Twice what is there at most, and never beyond what was declared: strangers declare lengths.
                let gathered = content.count + arrived
                if content.capacity < gathered {
                    content.reserveCapacity(min(content.count + rest, 2 * gathered))
                }
                content.append(first: arrived, of: input)
            }
            contentCount += arrived
            input.consume(arrived)
            stage = arrived == rest ? .head : .length(rest - arrived)
            return arrived == rest ? .complete : .incomplete
        case .chunked(var decoder):
            var position = 0
            let outcome: ChunkedDecoder.Step
            do {
                outcome = try decoder.decode(
                    input, at: &position, limit: limit, limits: limits, into: &content, keeps: keeps)
            } catch {
                throw fail(error)
            }
            input.consume(position)
            stage = outcome == .complete ? .head : .chunked(decoder)
            return outcome
        }
    }

    /// Stays with the error, and lets go of everything else.
    private mutating func fail(_ error: ParserError) -> ParserError {
        stage = .failed(error)
        input = InputBuffer()
        headParser = HeadParser()
        content = []
        return error
    }
}

// A span borrows what it was taken from, so each of these takes one of the buffer that is lent to it.

extension HeadParser {
    fileprivate mutating func parse(_ input: InputBuffer, limits: Limits) throws(ParserError) -> RequestHead? {
        try parse(input.storage.span.extracting(input.start..<input.end), limits: limits)
    }
}

extension ChunkedDecoder {
    fileprivate mutating func decode(
        _ input: InputBuffer, at position: inout Int, limit: Int, limits: Limits, into content: inout [UInt8],
        keeps: Bool
    ) throws(ParserError) -> Step {
        try decode(
            input.storage.span.extracting(input.start..<input.end), at: &position, limit: limit, limits: limits,
            into: &content, keeps: keeps)
    }
}

extension [UInt8] {
    fileprivate mutating func append(first count: Int, of input: InputBuffer) {
        guard count > 0 else { return }
        append(copying: input.storage.span.extracting(input.start..<input.start + count))
    }
}
