import Net

extension Lane {
    /// How long a connection on which nothing was asked yet may take to ask: its client has just connected, as often as
    /// not, and its request is on the way.
    private static let firstRequestTime = Duration.seconds(1)

    /// Takes what already waits at the listeners, then no more; ends idle connections; returns when the others have
    /// their answers, or are cut at `deadline`.
    ///
    /// What waits at a listener of someone else's is left to the process that serves it next.
    func drain(until deadline: Moment) async {
        acceptsAgain = .never
        for index in entrances.indices where !entrances[index].listener.isInherited {
            for _ in 0..<16 { accept(Lane.listenerMark | UInt64(index)) }
        }
        for entrance in entrances { loop.remove(entrance.listener.descriptor) }
        entrances = []
        acceptsAgain = .never
        drainDeadline = deadline
        for connection in connections.all {
            switch connection.state {
            case .idle, .handshake: break
            default: continue
            }
            // A request that has arrived, but was not read, was begun.
            connection.isReadable = true
            hurryFirstRequest(of: connection)
            turn(connection)
        }
        await withCheckedContinuation { continuation in
            if connections.count == 0 { continuation.resume() } else { drained = continuation }
        }
    }

    /// Whoever has just connected, or shaken hands, has this long to ask.
    func hurryFirstRequest(of connection: Connection) {
        connection.deadline = min(connection.deadline, now + Self.firstRequestTime.inNanoseconds)
    }

    func closeAll() {
        for connection in connections.all { close(connection) }
        drainDeadline = .never
    }

    /// Says that the last connection has ended.
    func checkDrained() {
        guard connections.count == 0, let continuation = drained else { return }
        drained = nil
        continuation.resume()
    }
}
