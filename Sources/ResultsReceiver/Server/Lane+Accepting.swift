import HTTP
import Log
import Net

extension Lane {
    /// Takes what waits at a listener; a crowd is taken over several rounds, between which requests are served.
    func accept(_ token: UInt64) {
        let index = Int(token & ~Lane.listenerMark)
        guard index < entrances.count, acceptsAgain == .never else { return }
        for _ in 0..<64 {
            guard accept(from: entrances[index]) else { return }
        }
    }

    /// False when no further one can be had now.
    private func accept(from entrance: Entrance) -> Bool {
        switch entrance.listener.accept() {
        case .wouldBlock: return false
        case .aborted: return true
        case .outOfDescriptors(let error):
            shared.logger.logLimited("out-of-descriptors", .error, "cannot accept: \(error)")
            // One that has no request yet makes room; without any, whoever comes waits until one ends.
            if makeRoom() { return true }
            pauseAccepting()
            return false
        case .connection(let descriptor, let address):
            guard let security = entrance.security else {
                welcome(PlainTransport(descriptor), address.ip)
                return true
            }
            if let transport = security.transport(over: descriptor) {
                welcome(transport, address.ip)
            } else {
                shared.logger.logLimited("no-memory", .error, "closed a connection: no memory for TLS")
            }
            return true
        }
    }

    private func welcome(_ transport: any Transport, _ ip: IPAddress) {
        // For whom a proxy asks shows in the head.
        guard limits.access.allows(ip) || limits.access.isProxy(ip) else {
            turnAway(ip)
            return transport.close()
        }
        let subscriber = limits.isUncounted(ip) ? nil : ip.subscriber
        if let subscriber, !shared.census.enter(subscriber, limit: limits.connectionsPerAddress) {
            return refuseNewcomer(transport, ip, "connections-per-address")
        }
        if shared.census.openConnections >= limits.connections, !makeRoom(), !shared.askOthersForRoom(self) {
            if let subscriber { shared.census.leave(subscriber) }
            return refuseNewcomer(transport, ip, "connections")
        }
        shared.census.enter()
        guard let connection = enter(transport, ip, subscriber, isCounted: true) else { return }
        acceptOrder.append(connection.token, in: connections)
        enter(connection, connection.hasRecords ? .handshake : .idle)
        schedule(connection)
    }

    /// Answers 503 before anything was asked, so that whoever comes is not met with silence.
    private func refuseNewcomer(_ transport: any Transport, _ ip: IPAddress, _ limit: String) {
        noteTooMany(limit, ip)
        // They linger so that the answer is not reset away, but no more of them than this.
        let lingers = refusedNewcomers < 64
        refusedNewcomers += 1
        guard let connection = enter(transport, ip, nil, isCounted: false) else { return }
        guard lingers || !connection.hasRecords else { return close(connection) }
        if connection.hasRecords { enter(connection, .handshake) } else { answerNewcomer(connection) }
        if lingers { turn(connection) } else { close(connection) }
    }

    /// Answers one that was refused; over TLS once hands are shaken.
    func answerNewcomer(_ connection: Connection) {
        respond(
            service.refuse(.tooManyConnections, head: nil, from: connection.client), to: connection, closing: true)
    }

    private func enter(
        _ transport: any Transport, _ ip: IPAddress, _ subscriber: IPAddress?, isCounted: Bool
    ) -> Connection? {
        let connection = connections.insert { token in
            Connection(
                token: token, transport: transport, ip: ip, subscriber: subscriber, isCounted: isCounted,
                limits: limits.http)
        }
        do throws(SystemError) {
            try loop.addConnection(transport.descriptor, token: connection.token)
            return connection
        } catch {
            // The system's limit of watched descriptors, or memory.
            shared.logger.logLimited("cannot-watch", .error, "cannot watch a connection: \(error)")
            close(connection)
            return nil
        }
    }

    // MARK: Out of descriptors

    private func pauseAccepting() {
        for entrance in entrances { loop.remove(entrance.listener.descriptor) }
        acceptsAgain = now + Duration.milliseconds(250).inNanoseconds
    }

    /// After a descriptor was given back, or when it is time to look whether one was elsewhere.
    func resumeAccepting() {
        acceptsAgain = .never
        for (index, entrance) in entrances.enumerated() {
            do throws(SystemError) {
                try loop.addListener(entrance.listener.descriptor, token: Lane.listenerMark | UInt64(index))
            } catch {
                acceptsAgain = now + Duration.milliseconds(250).inNanoseconds
            }
        }
    }
}
