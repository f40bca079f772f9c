package import HTTP
package import Net

/// Who is served, and whose word about where a request comes from is taken.
package struct AccessRules: Sendable {
    /// Whose requests are served; empty: everybody's. Nobody is exempt, the own machine neither.
    package var allowed: [AddressRange]
    /// Proxies whose forwarding fields count; nobody else's do.
    package var trustedProxies: [AddressRange]

    package init(allowed: [AddressRange] = [], trustedProxies: [AddressRange] = []) {
        self.allowed = allowed
        self.trustedProxies = trustedProxies
    }

    func allows(_ client: IPAddress) -> Bool {
        allowed.isEmpty || allowed.contains { $0.contains(client) }
    }

    func isProxy(_ peer: IPAddress) -> Bool {
        trustedProxies.contains { $0.contains(peer) }
    }

    /// What a trusted proxy says of a request's origin.
    package enum Sender: Equatable {
        /// The client's address.
        case client(IPAddress)
        /// Nothing: the request is the proxy's own.
        case proxy
        /// Nothing that can be taken: malformed, no address, or its two fields contradict each other.
        case unclear
    }

    /// Looks for the nearest address that is no trusted proxy's, in `Forwarded` or else in `X-Forwarded-For`.
    ///
    /// Where a request has both, they must agree: a proxy that sets one of them lets a stranger's other one through.
    package func sender(of fields: Fields) -> Sender {
        let one = sender(Forwarding.nodes(ofForwarded: fields))
        let other = sender(Forwarding.nodes(ofXForwardedFor: fields))
        guard let one, let other else { return one ?? other ?? .proxy }
        return one == other ? one : .unclear
    }

    /// Nil: there is no such field.
    private func sender(_ nodes: [String?]?) -> Sender? {
        guard let nodes else { return nil }
        var furthest: IPAddress?
        for node in nodes {
            guard let address = node.flatMap({ IPAddress($0) })?.unmapped else { return .unclear }
            guard isProxy(address) else { return .client(address) }
            furthest = address
        }
        return furthest.map(Sender.client) ?? .unclear
    }
}
