import HTTP
import Net

extension Lane {
    /// Changes the state, and gives it its time.
    func enter(_ connection: Connection, _ state: Connection.State) {
        connection.state = state
        let time: Duration? =
            switch state {
            case .idle: limits.idleTime
            case .head: limits.headerTime
            case .content, .dropping: limits.bodyTime
            case .writing: limits.writeTime
            case .lingering: limits.lingerTime
            case .handling, .closed: nil
            }
        connection.deadline = time.map { now + $0.inNanoseconds } ?? .never
    }

    /// Sees to it that the connection is looked at when its deadline comes.
    func schedule(_ connection: Connection) {
        guard connection.deadline < connection.scheduled else { return }
        connection.scheduled = connection.deadline
        deadlines.insert(DeadlineHeap.Entry(moment: connection.deadline, token: connection.token))
    }

    /// Ends what is too old, and sets the timer to the next.
    func checkDeadlines() {
        let next = [deadlines.earliest, acceptsAgain, drainDeadline].compactMap { $0 }.min() ?? .never
        guard next != .never else { return }
        if next <= now {
            if acceptsAgain <= now { resumeAccepting() }
            if let drainDeadline, drainDeadline <= now { closeAll() }
            while let entry = deadlines.pop(by: now) { lookAgain(entry) }
        }
        let then = [deadlines.earliest, acceptsAgain, drainDeadline].compactMap { $0 }.min() ?? .never
        if then < armed || armed <= now {
            armed = then
            if then != .never { loop.wake(at: then) }
        }
    }

    private func lookAgain(_ entry: DeadlineHeap.Entry) {
        // An entry that a later one has replaced says nothing.
        guard let connection = connections[entry.token], connection.scheduled == entry.moment else { return }
        connection.scheduled = .never
        if connection.deadline <= now { expire(connection) }
        if case .closed = connection.state { return }
        schedule(connection)
    }

    private func expire(_ connection: Connection) {
        switch connection.state {
        case .idle, .head, .dropping, .lingering: close(connection)
        case .content:
            let response = service.refuse(.contentTimedOut, head: connection.head, from: connection.client)
            respond(response, to: connection, closing: true)
            turn(connection)
        case .writing:
            // A reader that never reads: the kernel need not keep its answer either.
            connection.transport.reset()
            close(connection)
        case .handling, .closed: break
        }
    }
}
