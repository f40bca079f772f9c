package import HTTP
package import Net

/// Bounds of a server, over all its lanes.
package struct ServerLimits: Sendable {
    /// Of heads; enforced while they are parsed.
    package var http = Limits()
    /// From a head's first octet to its empty line, whatever trickles in meanwhile. Then the connection is closed.
    package var headerTime = Duration.seconds(10)
    /// From the empty line to the end of the content. Then 400.
    package var bodyTime = Duration.seconds(20)
    /// How long a connection may be silent before its first request and between two.
    package var idleTime = Duration.seconds(60)
    /// How long a client may take to make room for an answer. Then the connection is reset.
    package var writeTime = Duration.seconds(20)
    /// How long a connection is read on after its last answer, so that unread octets do not reset the answer away.
    package var lingerTime = Duration.seconds(2)
    /// How many octets are read on at most after the last answer: twice the longest content that is wanted.
    package var lingerBytes = 2 * 1024 * 1024
    /// The longest declared rest of a refused request that is read and dropped to keep its connection.
    package var droppedBytes = 64 * 1024
    /// Open connections. At the limit the oldest one without a complete request makes room.
    package var connections = 1024
    /// Open connections of one client: an address, or a /64 network of IPv6. Beyond it 503 and close.
    package var connectionsPerAddress = 64
    /// Whose connections do not count per address.
    package var uncountedAddresses: Set<IPAddress> = [.loopback4, .loopback6]
    /// Who is served at all, and which proxies are believed.
    package var access = AccessRules()
    /// Memory for heads and contents of requests that are under way. A quarter of it is for small ones alone.
    package var inFlightBytes = 64 * 1024 * 1024
    /// Contents up to this length, and all heads, are small: large ones cannot take their reserve.
    package var smallBytes = 16 * 1024

    package init() {}
}
