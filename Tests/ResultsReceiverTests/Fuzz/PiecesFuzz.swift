import HTTP

/// The same octets whole and in pieces: they must be the same requests, or the same error.
struct PiecesFuzz: FuzzTarget {
    private static let contentLimit = 500
    private let limits: [Limits]

    init() {
        var small = Limits()
        small.headBytes = 120
        small.headFields = 4
        small.chunkLineBytes = 24
        small.chunkExtensionBytes = 30
        small.leadingEmptyLines = 1
        limits = [small, Limits()]
    }

    func run(_ input: [UInt8]) throws {
        var random = InputRandom(seed: input)
        for limits in limits {
            let whole = try read([input], limits, &random)
            let small = random.pieces(of: input, longest: 3)
            let large = random.pieces(of: input, longest: 40)
            for pieces in [input.map { [$0] }, small, large] {
                let cut = try read(pieces, limits, &random)
                try demand(cut == whole, "in \(pieces.map(\.count)): \(cut), whole: \(whole)")
                let dropped = try read(pieces, limits, &random, keeps: false)
                try demand(dropped == whole.map(\.withoutContent), "content dropped: \(dropped), kept: \(whole)")
            }
        }
    }

    private enum Event: Equatable {
        case head(String)
        case content([UInt8])
        /// Content that was dropped.
        case dropped
        case tooLarge
        case refused(ParserError)
        /// At the end of the octets: how many wait that are no content, and whether a head has begun.
        case waits(Int, inHead: Bool)

        var withoutContent: Event { if case .content = self { .dropped } else { self } }
    }

    private func read(
        _ pieces: [[UInt8]], _ limits: Limits, _ random: inout InputRandom, keeps: Bool = true
    ) throws -> [Event] {
        var parser = RequestParser(limits: limits)
        var events: [Event] = []
        var hasHead = false
        var came = 0
        for piece in pieces {
            came += piece.count
            Self.give(piece, to: &parser, &random)
            do throws(ParserError) {
                reading: while true {
                    if !hasHead {
                        guard let head = try parser.parseHead() else { break reading }
                        events.append(.head(ParserTrace.describe(head)))
                        hasHead = true
                    }
                    switch try Self.content(of: &parser, keeps: keeps) {
                    case nil: break reading
                    case .tooLarge?:
                        events.append(.tooLarge)
                        return events
                    case let event?:
                        events.append(event)
                        hasHead = false
                    }
                }
            } catch {
                events.append(.refused(error))
                return events
            }
            try demand(parser.heldBytes <= 4 * came + 2 * Self.contentLimit + 512, "holds \(parser.heldBytes) bytes")
            let bound = max(limits.headBytes + 2 * limits.leadingEmptyLines, limits.chunkLineBytes)
            try demand(parser.unparsedBytes <= bound, "\(parser.unparsedBytes) bytes wait")
            if random.next() % 8 == 0 { parser.releaseIfEmpty() }
        }
        events.append(.waits(parser.unparsedBytes, inHead: parser.hasBegunHead))
        return events
    }

    /// By either way in.
    private static func give(_ piece: [UInt8], to parser: inout RequestParser, _ random: inout InputRandom) {
        guard random.next() % 2 == 0 else { return parser.append(piece) }
        let spare = Int.random(in: 0...20, using: &random)
        // The closure writes no more than the room that it asked for.
        unsafe parser.withSpare(minimum: piece.count + spare) { room in
            unsafe room.copyBytes(from: piece)
            return piece.count
        }
    }

    /// Nil: incomplete.
    private static func content(of parser: inout RequestParser, keeps: Bool) throws(ParserError) -> Event? {
        if keeps {
            switch try parser.parseContent(limit: contentLimit) {
            case .incomplete: return nil
            case .tooLarge: return .tooLarge
            case .complete(let content): return .content(content)
            }
        }
        switch try parser.discardContent(limit: contentLimit) {
        case .incomplete: return nil
        case .tooLarge: return .tooLarge
        case .complete: return .dropped
        }
    }
}
