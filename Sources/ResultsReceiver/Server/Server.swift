package import HTTP
package import Log
package import Net
import Synchronization

/// Listens, and serves a `Service` of each lane's own to whoever connects.
package final class Server: Sendable {
    private enum Phase {
        /// Here and not beside, so that what a service was first made of is not kept when another takes its place.
        case made([Entrance], ServerLimits, @Sendable (_ lane: Int) -> any Service)
        case running([Lane])
        case ended
    }

    private let laneCount: Int
    private let shared: Shared
    /// The only owner of the listeners until the lanes are: they close when the server has ended.
    private let phase: Mutex<Phase>

    /// - Parameters:
    ///   - entrances: where it serves; whoever connects before `start` waits.
    ///   - lanes: how many serial queues share the connections; at least 1.
    ///   - limits: over all lanes.
    ///   - logger: for what concerns connections as such; services log requests.
    ///   - makeService: called once for each lane.
    package init(
        entrances: [Entrance], lanes: Int, limits: ServerLimits, logger: Logger,
        makeService: @escaping @Sendable (_ lane: Int) -> any Service
    ) {
        self.phase = Mutex(.made(entrances, limits, makeService))
        self.laneCount = max(1, lanes)
        self.shared = Shared(limits: limits, logger: logger)
    }

    /// The same at listeners without TLS.
    package convenience init(
        listeners: [Listener], lanes: Int, limits: ServerLimits, logger: Logger,
        makeService: @escaping @Sendable (_ lane: Int) -> any Service
    ) {
        self.init(
            entrances: listeners.map { Entrance($0) }, lanes: lanes, limits: limits, logger: logger,
            makeService: makeService)
    }

    /// Begins to serve, once. Returns where, with real ports, in the given order.
    package func start() throws(ListenerError) -> [SocketAddress] {
        let phase = self.phase.withLock { phase in
            defer { phase = .ended }
            return phase
        }
        guard case .made(let entrances, let limits, let makeService) = phase, let first = entrances.first else {
            return []
        }
        var lanes: [Lane] = []
        do throws(SystemError) {
            for index in 0..<laneCount {
                lanes.append(
                    try Lane(
                        index: index, shared: shared, entrances: entrances, limits: limits, makeService: makeService))
            }
        } catch {
            throw .failed(first.listener.address, error)
        }
        shared.lanes.withLock { $0 = lanes }
        for lane in lanes { lane.loop.start(lane) }
        self.phase.withLock { $0 = .running(lanes) }
        return entrances.map(\.listener.address)
    }

    /// Serves what comes from now on by other services and within other limits; connections stay.
    ///
    /// A request that was admitted before is finished by the service that admitted it, which goes with the last of them.
    /// Returns when every lane has changed over. Does nothing on a server that does not run.
    package func change(
        to limits: ServerLimits, makeService: @escaping @Sendable (_ lane: Int) -> any Service
    ) async {
        guard case .running(let lanes) = phase.withLock({ $0 }) else { return }
        shared.budget.change(total: limits.inFlightBytes)
        await withTaskGroup(of: Void.self) { group in
            for (index, lane) in lanes.enumerated() {
                group.addTask { await lane.adopt(from: makeService, index, limits) }
            }
        }
    }

    /// For how long each lane has owed an answer to a ping; zero where it has answered. Pings those that have.
    package func pingLanes() -> [Duration] {
        guard case .running(let lanes) = phase.withLock({ $0 }) else { return [] }
        return lanes.map { lane in
            let silence = lane.pulse.silence
            if lane.pulse.ask() { Task(executorPreference: lane.loop) { await lane.answerPing() } }
            return silence
        }
    }

    /// Stops accepting, ends idle connections, lets requests that were begun finish with `Connection: close`, and
    /// returns when all are answered; after `time` what is left is cut. Then the server has ended.
    package func drain(within time: Duration) async {
        let lanes: [Lane] = phase.withLock { phase in
            defer { phase = .ended }
            if case .running(let lanes) = phase { return lanes }
            return []
        }
        let deadline = Moment.now() + time.inNanoseconds
        await withTaskGroup(of: Void.self) { group in
            for lane in lanes { group.addTask { await lane.drain(until: deadline) } }
        }
        for lane in lanes { lane.loop.stop() }
        shared.lanes.withLock { $0 = [] }
    }

    /// How many connections are open.
    package var openConnections: Int { shared.census.openConnections }

    /// How many connections were closed because their client may not ask, since the start.
    package var connectionsNotAllowed: Int { shared.notAllowed.load(ordering: .relaxed) }

    /// How many TLS handshakes have failed, since the start.
    package var failedHandshakes: [HandshakeFailure: Int] { shared.failedHandshakes.withLock { $0 } }

    /// How much memory requests under way take. Octets.
    package var inFlightBytes: Int { shared.budget.used }
}
