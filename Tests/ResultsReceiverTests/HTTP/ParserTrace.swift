import HTTP

/// Everything that a parser says about octets that come in given pieces, as one comparable value.
struct ParserTrace: Equatable, CustomStringConvertible {
    enum Event: Equatable {
        case head(String)
        case content([UInt8])
        case tooLarge
        case refused(ParserError)
    }

    var events: [Event] = []
    /// Octets left over where the octets ended within a request.
    var leftOver = 0

    var description: String { "\(events), \(leftOver) left over" }

    /// The error with which reading ended, if it did.
    var error: ParserError? {
        if case .refused(let error) = events.last { error } else { nil }
    }

    /// The content of each request that was read whole.
    var contents: [String] {
        events.compactMap { if case .content(let octets) = $0 { String(decoding: octets, as: UTF8.self) } else { nil } }
    }

    init(_ pieces: [[UInt8]], limits: Limits = Limits(), contentLimit: Int = 1 << 20) {
        var parser = RequestParser(limits: limits)
        var head: RequestHead?
        for piece in pieces {
            parser.append(piece)
            do throws(ParserError) {
                reading: while true {
                    if head == nil {
                        head = try parser.parseHead()
                        guard let head else { break reading }
                        events.append(.head(ParserTrace.describe(head)))
                    }
                    switch try parser.parseContent(limit: contentLimit) {
                    case .incomplete: break reading
                    case .tooLarge:
                        events.append(.tooLarge)
                        return
                    case .complete(let content):
                        events.append(.content(content))
                        head = nil
                    }
                }
            } catch {
                events.append(.refused(error))
                return
            }
        }
        leftOver = parser.bufferedBytes
    }

    init(_ text: String, limits: Limits = Limits(), contentLimit: Int = 1 << 20) {
        self.init([Array(text.utf8)], limits: limits, contentLimit: contentLimit)
    }

    static func describe(_ head: RequestHead) -> String {
        let fields = head.fields.map { "\($0.name.raw)=\($0.value)" }.joined(separator: "|")
        return "\(head.method.name) \(head.path) ?\(head.query ?? "-") 1.\(head.minorVersion) \(head.framing)"
            + " continue=\(head.expectsContinue) keep=\(head.keepsAlive) \(fields)"
    }
}

/// The one head that is in the octets, which hold nothing else.
func parsedHead(_ text: String, limits: Limits = Limits()) throws -> RequestHead? {
    var parser = RequestParser(limits: limits)
    parser.append(Array(text.utf8))
    return try parser.parseHead()
}
