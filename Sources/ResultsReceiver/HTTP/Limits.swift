/// Bounds that the parser enforces while it reads. What goes beyond one is refused with 400.
package struct Limits: Sendable, Equatable {
    /// From the first octet of the request line to the end of the empty line, both included; the trailers of chunked
    /// content, with their empty line, have as much once more. Octets.
    package var headBytes = 16 * 1024
    /// How many field lines a head may have, and how many the trailers.
    package var headFields = 100
    /// The line before a chunk: size, extensions, CRLF. Octets.
    package var chunkLineBytes = 1024
    /// What follows the chunk sizes on their lines, in all lines of one content. Octets.
    package var chunkExtensionBytes = 8 * 1024
    /// Empty lines tolerated before a request line (RFC 9112, section 2.2), a remnant of clients that end their
    /// content with a line break.
    package var leadingEmptyLines = 8

    package init() {}
}
