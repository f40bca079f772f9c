/// The connections of a lane in the order in which they were accepted; those that are gone are weeded out now and then.
struct AcceptOrder {
    private(set) var tokens: [UInt64] = []

    /// Appends a connection. The list stays at most twice as long as `connections`, and 65 besides, however many come and
    /// go; weeding costs a step for each that came since.
    mutating func append(_ token: UInt64, in connections: ConnectionTable) {
        if tokens.count > 2 * connections.count + 64 { tokens.removeAll { connections[$0] == nil } }
        tokens.append(token)
    }
}
