import HTTP
import Net

/// How long each state may last, in nanoseconds: taking a Duration apart is a division of 128 bits.
struct StateTimes {
    let idle: UInt64
    let head: UInt64
    let content: UInt64
    let writing: UInt64
    let lingering: UInt64

    init(_ limits: ServerLimits) {
        idle = limits.idleTime.inNanoseconds
        head = limits.headerTime.inNanoseconds
        content = limits.bodyTime.inNanoseconds
        writing = limits.writeTime.inNanoseconds
        lingering = limits.lingerTime.inNanoseconds
    }
}

extension Lane {
    /// Changes the state, and gives it its time.
    func enter(_ connection: Connection, _ state: Connection.State) {
        connection.state = state
        let time =
            switch state {
            case .idle: times.idle
            case .handshake, .head: times.head
            case .content, .dropping: times.content
            case .writing: times.writing
            case .lingering: times.lingering
            case .handling, .closed: UInt64.max
            }
        connection.deadline = now + time
    }

    /// Sees to it that the connection is looked at when its deadline comes.
    func schedule(_ connection: Connection) {
        guard connection.deadline < connection.scheduled else { return }
        connection.scheduled = connection.deadline
        deadlines.insert(DeadlineHeap.Entry(moment: connection.deadline, token: connection.token))
    }

    /// Ends what is too old, and sets the timer to the next.
    func checkDeadlines() {
        guard earliestDeadline != .never else { return }
        if earliestDeadline <= now {
            if acceptsAgain <= now { resumeAccepting() }
            if let drainDeadline, drainDeadline <= now { closeAll() }
            while let entry = deadlines.pop(by: now) { lookAgain(entry) }
        }
        let next = earliestDeadline
        if next < armed || armed <= now {
            armed = next
            if next != .never { loop.wake(at: next) }
        }
    }

    private var earliestDeadline: Moment {
        min(deadlines.earliest ?? .never, min(acceptsAgain, drainDeadline ?? .never))
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
        case .handshake:
            note(.timedOut, "", connection)
            close(connection)
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
