import HTTP
import Log
import Net
import Synchronization

// Who may ask, and for whom a proxy asks.
extension Lane {
    /// Takes a request for that of the client whom a trusted proxy names. False: there is nothing to be served, and the
    /// connection ends.
    ///
    /// By the rules of this moment, for others too: a connection stays over a reload, what it was let in for does not.
    func recognise(_ head: RequestHead, on connection: Connection) -> Bool {
        forgetClient(of: connection)
        var ip = connection.ip
        let isProxy = limits.access.isProxy(ip)
        if isProxy {
            switch limits.access.sender(of: head.fields) {
            case .client(let client): ip = client
            case .proxy: break
            case .unclear:
                shared.logger.logLimited(
                    "forwarding", .warning, "cannot tell for whom a trusted proxy asks", ["proxy": "\(ip)"])
            }
            connection.client = Client(address: ip.description)
        }
        guard limits.access.allows(ip) else {
            turnAway(ip)
            close(connection)
            return false
        }
        guard isProxy, !limits.isUncounted(ip) else { return true }
        guard shared.census.enter(ip.subscriber, limit: limits.connectionsPerAddress) else {
            noteTooMany("connections-per-address", ip)
            respond(
                service.refuse(.tooManyConnections, head: head, from: connection.client), to: connection, closing: true)
            return false
        }
        connection.forwardedFor = ip.subscriber
        return true
    }

    /// A proxy's connection is for whoever comes next.
    func forgetClient(of connection: Connection) {
        connection.client = connection.peer
        guard let subscriber = connection.forwardedFor else { return }
        shared.census.leave(subscriber)
        connection.forwardedFor = nil
    }

    /// Counts and logs one who may not ask. There is no answer for it: whoever may not post learns nothing of the server.
    func turnAway(_ ip: IPAddress) {
        shared.notAllowed.wrappingAdd(1, ordering: .relaxed)
        shared.logger.logLimited("not-allowed", .warning, "closed a connection: not allowed", ["client": "\(ip)"])
    }

    func noteTooMany(_ limit: String, _ ip: IPAddress) {
        shared.logger.logLimited(
            "too-many-connections", .warning, "refused a connection", ["limit": .text(limit), "client": "\(ip)"])
    }
}

extension ServerLimits {
    /// Whether connections of the address are not counted: those of the own machine, and of proxies, which are many
    /// clients'.
    func isUncounted(_ ip: IPAddress) -> Bool { uncountedAddresses.contains(ip) || access.isProxy(ip) }
}
