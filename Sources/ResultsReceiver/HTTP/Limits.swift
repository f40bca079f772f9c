/// Bounds that the parser enforces while it reads.
package struct Limits: Sendable, Equatable {
    /// From the first octet of the request line to the empty line; a chunked content's trailers count again. Octets.
    package var headBytes = 16 * 1024
    /// How many field lines a section may have.
    package var headFields = 100

    package init() {}
}
