import HTTP
import Log
import Net
import Synchronization

// Who goes when there is no room: connections, and memory.
extension Lane {
    /// Ends the oldest connection that has no complete request; false when there is none.
    func makeRoom() -> Bool {
        for token in acceptOrder.tokens {
            guard let connection = connections[token], connection.lacksRequest, !connection.isInTurn else { continue }
            if case .content = connection.state {
                let response = service.refuse(.contentEvicted, head: connection.head, from: connection.client)
                respond(response, to: connection, closing: true)
            }
            close(connection)
            return true
        }
        return false
    }

    // MARK: Memory

    /// Counts what a request under way takes of the budget, and cuts the slowest when it is more than there is.
    func chargeForRequest(_ connection: Connection) {
        switch connection.state {
        case .handshake, .idle, .writing, .lingering, .closed:
            charge(connection, 0, .small)
        case .head, .content, .handling, .dropping:
            let bytes = connection.parser.heldBytes + connection.handedBytes
            charge(connection, bytes, size(of: connection))
        }
    }

    private func charge(_ connection: Connection, _ bytes: Int, _ size: InFlightBudget.Size) {
        if bytes == connection.charge && size == connection.chargedAs { return }
        let grew = bytes > connection.charge || size != connection.chargedAs
        shared.budget.add(-connection.charge, connection.chargedAs)
        shared.budget.add(bytes, size)
        connection.charge = bytes
        connection.chargedAs = size
        if grew && bytes > 0 { cutWhileTooMuch() }
    }

    private func size(of connection: Connection) -> InFlightBudget.Size {
        if case .head = connection.state { return .small }
        switch connection.head?.framing {
        case nil, .some(.none): return .small
        case .length(let length): return length > limits.smallBytes ? .large : .small
        case .chunked: return max(connection.contentBytes, connection.handedBytes) > limits.smallBytes ? .large : .small
        }
    }

    func cutWhileTooMuch() {
        while let size = shared.budget.excess {
            guard let victim = slowest(size) else {
                // They are another lane's, or whole and being handled.
                return shared.askOthersToCut(self)
            }
            cut(victim)
        }
    }

    /// The content that came in slowest so far, in octets per second; those that have only begun come last.
    private func slowest(_ size: InFlightBudget.Size) -> Connection? {
        var slowest: Connection?
        var least = Double.infinity
        for connection in connections.all where connection.chargedAs == size {
            guard case .content = connection.state else { continue }
            let age = now.nanoseconds &- connection.contentBegan.nanoseconds
            let speed = Double(connection.contentBytes) * 1e9 / Double(max(age, 1_000_000))
            // No content comes at 10 TB/s: the young ones are told apart by it.
            let rank = age < 1_000_000_000 ? speed + 1e13 : speed
            if rank < least {
                least = rank
                slowest = connection
            }
        }
        return slowest
    }

    private func cut(_ connection: Connection) {
        shared.logger.logLimited("content-evicted", .warning, "cut a content for want of memory")
        let response = service.refuse(.contentEvicted, head: connection.head, from: connection.client)
        respond(response, to: connection, closing: true)
        chargeForRequest(connection)
        unfinished.append(connection.token)
    }

    // MARK: Connections that cannot make room

    func count(_ connection: Connection, busy: Bool) {
        guard busy != connection.isBusy else { return }
        connection.isBusy = busy
        shared.busy.wrappingAdd(busy ? 1 : -1, ordering: .relaxed)
    }
}
