import Glibc
import HTTP
import Log
import Net

/// A lane: a serial queue that owns its connections, their buffers and a service. Lanes share listeners, limits and
/// counts, and nothing else.
actor Lane: EventLoopOwner {
    let loop: EventLoop
    nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe loop.asUnownedSerialExecutor() }

    let shared: Shared
    private(set) var limits: ServerLimits
    private(set) var times: StateTimes
    private(set) var service: any Service
    /// Whether the lane still answers.
    nonisolated let pulse = LanePulse()
    var connections = ConnectionTable()

    // Accepting.
    var entrances: [Entrance]
    var acceptOrder = AcceptOrder()
    /// No descriptor was left: when to try again, if none is given back before.
    var acceptsAgain = Moment.never
    /// Newcomers that were refused and still linger.
    var refusedNewcomers = 0

    // Time.
    var deadlines = DeadlineHeap()
    /// What the loop's timer is set to.
    var armed = Moment.never
    private var roundMoment: Moment?
    private var date = HTTPDate(secondsSince1970: 0)
    private var dateIsFresh = false

    /// Connections that had more to do than one turn may take.
    var unfinished: [UInt64] = []
    /// The answer at hand; its memory is used again.
    var output: [UInt8] = []

    // Draining.
    var drainDeadline: Moment?
    var drained: CheckedContinuation<Void, Never>?

    /// Connections are taken from when the loop is started.
    init(
        index: Int, shared: Shared, entrances: [Entrance], limits: ServerLimits,
        makeService: @Sendable (_ lane: Int) -> any Service
    ) throws(SystemError) {
        self.loop = try EventLoop(label: "lane \(index)")
        self.shared = shared
        self.limits = limits
        self.times = StateTimes(limits)
        self.entrances = entrances
        self.service = makeService(index)
        for (index, entrance) in entrances.enumerated() {
            try loop.addListener(entrance.listener.descriptor, token: Lane.listenerMark | UInt64(index))
        }
    }

    /// Judges what comes from now on by another service and other limits. What was admitted keeps the service that
    /// admitted it, and the time that it was given.
    func adopt(from makeService: @Sendable (_ lane: Int) -> any Service, _ index: Int, _ limits: ServerLimits) {
        service = makeService(index)
        self.limits = limits
        times = StateTimes(limits)
    }

    /// A ping, which goes the way of every job of this lane.
    func answerPing() { pulse.answer() }

    /// The time of this round of events.
    var now: Moment {
        if let roundMoment { return roundMoment }
        let moment = Moment.now()
        roundMoment = moment
        return moment
    }

    /// The time for Date fields.
    var currentDate: HTTPDate {
        if !dateIsFresh {
            date.advance(to: time(nil))
            dateIsFresh = true
        }
        return date
    }

    // MARK: Events

    func becameReady(_ readiness: Readiness) {
        if readiness.token & Lane.listenerMark != 0 { return accept(readiness.token) }
        guard let connection = connections[readiness.token] else { return }
        if readiness.isWritable { connection.isWritable = true }
        if readiness.isReadable || readiness.isHalfClosed || readiness.isGone { connection.isReadable = true }
        if readiness.isHalfClosed { connection.isHalfClosed = true }
        if readiness.isGone { connection.isGone = true }
        if connection.isCrossed {
            connection.isCrossed = false
            connection.isReadable = true
            connection.isWritable = true
        }
        turn(connection)
    }

    func roundEnded() -> Bool {
        if !unfinished.isEmpty {
            let tokens = unfinished
            unfinished.removeAll(keepingCapacity: true)
            for token in tokens {
                if let connection = connections[token] { turn(connection) }
            }
        }
        checkDeadlines()
        checkDrained()
        roundMoment = nil
        dateIsFresh = false
        return !unfinished.isEmpty
    }

    /// Marks the tokens of listeners.
    static let listenerMark: UInt64 = 1 << 63

    // MARK: Ends

    /// Ends a connection at once. Whoever waits for its answer is told that it will not arrive.
    func close(_ connection: Connection) {
        if case .closed = connection.state { return }
        connection.state = .closed
        connections.remove(connection.token)
        var undelivered = connection.undelivered
        connection.undelivered = nil
        if undelivered != nil, connection.isHandedOver, connection.transport.delivery != .lost { undelivered = nil }
        connection.transport.close()
        chargeForRequest(connection)
        count(connection, busy: false)
        forgetClient(of: connection)
        if connection.isCounted {
            shared.census.leave()
            if let subscriber = connection.subscriber { shared.census.leave(subscriber) }
        } else {
            refusedNewcomers -= 1
        }
        undelivered?()
        if acceptsAgain != .never { resumeAccepting() }
    }
}
