/// Why octets are no request. Every case is answered once, with 400, and the connection is closed.
package enum ParserError: Error, Sendable, Hashable, CaseIterable {
    case invalidRequestLine
}
