import HTTP

/// Octets of a connection through the parser of heads and content.
struct RequestFuzz: FuzzTarget {
    private static let contentLimit = 500
    private let limits: [Limits]

    init() {
        var small = Limits()
        small.headBytes = 200
        small.headFields = 6
        small.chunkLineBytes = 40
        small.chunkExtensionBytes = 50
        small.leadingEmptyLines = 2
        limits = [small, Limits()]
    }

    func run(_ input: [UInt8]) throws {
        for limits in limits {
            let heads = try Self.readInOne(input, limits)
            try Self.readOneByOne(input, limits, mustGive: heads)
        }
    }

    /// All requests by one parser, as a connection does it; each head as text.
    private static func readInOne(_ input: [UInt8], _ limits: Limits) throws -> [String] {
        var parser = RequestParser(limits: limits)
        parser.append(input)
        var events: [String] = []
        var given = 0
        do throws(ParserError) {
            while let head = try parser.parseHead() {
                events.append(ParserTrace.describe(head))
                let step = try parser.parseContent(limit: contentLimit)
                if case .complete(let content) = step {
                    given += content.count
                    events.append("\(content)")
                    continue
                }
                events.append("\(step)")
                break
            }
        } catch {
            try demand(refusesFurther(parser, with: error), "an error is not thrown again")
            events.append(error.word)
        }
        try demand(parser.bufferedBytes <= input.count - given, "more waits than came")
        try demand(parser.heldBytes <= 4 * input.count + 2 * contentLimit + 512, "holds \(parser.heldBytes) bytes")
        return events
    }

    /// Each request by a parser of its own, which gets what the one before left over: what a request is must not
    /// depend on those before it.
    private static func readOneByOne(_ input: [UInt8], _ limits: Limits, mustGive wanted: [String]) throws {
        var rest = input[...]
        var events: [String] = []
        do throws(ParserError) {
            while true {
                var parser = RequestParser(limits: limits)
                parser.append(Array(rest))
                guard let head = try parser.parseHead() else {
                    let most = limits.headBytes + 2 * limits.leadingEmptyLines
                    guard parser.unparsedBytes <= most else { throw ParserError.headTooLarge }
                    break
                }
                events.append(ParserTrace.describe(head))
                let before = parser.unparsedBytes
                let step = try parser.parseContent(limit: contentLimit)
                guard case .complete(let content) = step else {
                    events.append("\(step)")
                    break
                }
                events.append("\(content)")
                rest = rest.suffix(parser.unparsedBytes)
                if let broken = HeadInvariants.broken(
                    head, content: content, taken: before - parser.unparsedBytes, limits: limits)
                {
                    events.append(broken)
                    break
                }
            }
        } catch { events.append(error.word) }
        try demand(events == wanted, "one by one: \(events), by one parser: \(wanted)")
    }

    private static func refusesFurther(_ parser: RequestParser, with error: ParserError) -> Bool {
        var parser = parser
        parser.append(Array("GET / HTTP/1.1\r\nHost: a\r\n\r\n".utf8))
        do throws(ParserError) {
            _ = try parser.parseHead()
            return false
        } catch let again {
            return again == error
        }
    }
}

/// What holds for every head that the parser lets through.
private enum HeadInvariants {
    /// What is broken, in words; nil: nothing.
    static func broken(_ head: RequestHead, content: [UInt8], taken: Int, limits: Limits) -> String? {
        guard isVisible(head.path), !head.path.isEmpty, !head.path.contains("?"), !head.path.contains("#") else {
            return "path \(head.path)"
        }
        if let query = head.query, !isVisible(query) || query.contains("#") { return "query \(query)" }
        guard !head.method.name.isEmpty, head.method.name.utf8.allSatisfy(FieldName.isTokenCharacter) else {
            return "method"
        }
        guard head.fields.count <= limits.headFields else { return "too many fields" }
        for field in head.fields {
            guard field.name.raw.utf8.allSatisfy(FieldName.isTokenCharacter) else { return "name \(field.name)" }
            // Octets above 127 became characters of their own, so that each scalar is an octet.
            guard field.value.unicodeScalars.allSatisfy({ $0.value >= 0x20 && $0.value != 0x7F || $0 == "\t" }) else {
                return "control character in a value"
            }
            guard !isBlank(field.value.unicodeScalars.first), !isBlank(field.value.unicodeScalars.last) else {
                return "untrimmed value"
            }
        }
        guard head.minorVersion == 1 || !head.keepsAlive && !head.expectsContinue else { return "HTTP/1.0 stays" }
        guard head.minorVersion == 0 || head.fields.values(of: .host).count == 1 else { return "Host" }
        return brokenFraming(head, content: content, taken: taken) ?? brokenOnceMore(head, limits)
    }

    /// Framing by the plainest reading of the fields.
    private static func brokenFraming(_ head: RequestHead, content: [UInt8], taken: Int) -> String? {
        let lengths = head.fields.values(of: .contentLength)
        let codings = head.fields.values(of: .transferEncoding)
        switch head.framing {
        case .none:
            return lengths.isEmpty && codings.isEmpty && taken == 0 && content.isEmpty ? nil : "no framing"
        case .length(let length):
            guard lengths.count == 1, Int(lengths[0]) == length, codings.isEmpty else { return "length" }
            return content.count == length && taken == length ? nil : "content of another length"
        case .chunked:
            guard codings.count == 1, codings[0].lowercased() == "chunked", lengths.isEmpty, head.minorVersion == 1
            else { return "chunked" }
            // `0 CRLF CRLF` and at least a digit and two line ends around each chunk.
            return content.count + (content.isEmpty ? 5 : 10) <= taken ? nil : "content from nowhere"
        }
    }

    /// Written down again, it is read as the same: nothing in it means more than it says.
    private static func brokenOnceMore(_ head: RequestHead, _ limits: Limits) -> String? {
        var octets = Array("\(head.method.name) \(head.path)".utf8)
        if let query = head.query { octets += Array("?\(query)".utf8) }
        octets += Array(" HTTP/1.\(head.minorVersion)\r\n".utf8)
        for field in head.fields {
            octets += Array("\(field.name.raw):".utf8)
            octets += field.value.unicodeScalars.map { UInt8(truncatingIfNeeded: $0.value) }
            octets += [0x0D, 0x0A]
        }
        octets += [0x0D, 0x0A]
        var parser = RequestParser(limits: limits)
        parser.append(octets)
        do throws(ParserError) {
            guard let again = try parser.parseHead() else { return "written again, it is incomplete" }
            return ParserTrace.describe(again) == ParserTrace.describe(head) && parser.unparsedBytes == 0
                ? nil : "written again, it is \(ParserTrace.describe(again))"
        } catch {
            return "written again, it is refused: \(error)"
        }
    }

    private static func isVisible(_ text: String) -> Bool { text.utf8.allSatisfy { (0x21...0x7E).contains($0) } }
    private static func isBlank(_ scalar: Unicode.Scalar?) -> Bool { scalar == " " || scalar == "\t" }
}
