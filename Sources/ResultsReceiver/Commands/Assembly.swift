import Configuration
import Glibc
import HTTP
import Log
import Net
import Receiver
import Registry
import Results
import Schema
import Server
import Signature

/// Turns settings into the parts of a running receiver. The only place that knows all rooms.
struct Assembly {
    let settings: Settings
    let surroundings: Surroundings
    let logger: Logger

    init(_ settings: Settings, _ surroundings: Surroundings, _ logger: Logger) {
        self.settings = settings
        self.surroundings = surroundings
        self.logger = logger
    }

    /// Reads secrets and schemas.
    func receiverSettings() throws(Failure) -> ReceiverSettings {
        try settings.receiverSettings { plugin throws(Failure) in
            let secrets = try plugin.loadSecrets(in: surroundings)
            for warning in plugin.warnings(about: secrets) { logger.log(.warning, warning.description) }
            return (secrets, try plugin.loadRetiredSecrets(in: surroundings))
        }
    }

    /// Opens the database, or makes it.
    func store() throws(Failure) -> SQLiteStore {
        do throws(RegistryError) {
            return try SQLiteStore(
                path: settings.server.database.value, retention: settings.deliveries.retention,
                resultAge: settings.retention.results.value, logger: logger)
        } catch {
            throw Failure(error)
        }
    }

    /// Serves who comes in by the doors.
    func startServer(
        _ receiver: ReceiverSettings, _ committer: Committer, _ traffic: Traffic, at doors: [Door]
    ) throws(Failure) -> (Server, [SocketAddress]) {
        let limits = serverLimits()
        allowDescriptors(limits.connections)
        let server = Server(
            entrances: doors.map(\.entrance), lanes: settings.server.lanes.value, limits: limits, logger: logger,
            makeService: maker(of: receiver, committer, traffic))
        do throws(ListenerError) { return (server, try server.start()) } catch { throw Failure(listening: error) }
    }

    /// Serves by these settings from now on.
    func change(_ running: RunningReceiver, to receiver: ReceiverSettings) async {
        let limits = serverLimits()
        allowDescriptors(limits.connections)
        running.store.keep(settings.deliveries.retention, resultAge: settings.retention.results.value)
        await running.server.change(
            to: limits, makeService: maker(of: receiver, running.committer, running.monitor.traffic))
    }

    private func maker(
        of receiver: ReceiverSettings, _ committer: Committer, _ traffic: Traffic
    ) -> @Sendable (_ lane: Int) -> any Service {
        { [logger] _ in
            ResultsService(settings: receiver, committer: committer, logger: logger, traffic: traffic)
        }
    }

    private func serverLimits() -> ServerLimits {
        let limits = settings.limits
        var server = ServerLimits()
        server.http.headBytes = limits.headerBytes.value
        server.http.headFields = limits.headerFields.value
        server.headerTime = limits.headerTime.value
        server.bodyTime = limits.bodyTime.value
        server.idleTime = limits.idleTime.value
        server.lingerBytes = 2 * limits.bodyBytes.value
        server.connections = limits.connections.value
        server.connectionsPerAddress = limits.connectionsPerAddress.value
        server.inFlightBytes = limits.inFlightBytes.value
        server.access = AccessRules(
            allowed: settings.server.allow.value, trustedProxies: settings.server.trustedProxies.value)
        return server
    }

    /// Raises the process's own limit of descriptors as far as it may, so that `connections` fit.
    private func allowDescriptors(_ connections: Int) {
        // Database, log, listeners and event loops want some too.
        let wanted = rlim_t(connections + 64)
        var limit = rlimit()
        guard unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0, limit.rlim_cur < wanted
        else { return }
        limit.rlim_cur = min(wanted, limit.rlim_max)
        _ = unsafe setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        if limit.rlim_cur < wanted {
            logger.log(
                .warning, "fewer descriptors than connections allow; raise LimitNOFILE or lower connections",
                ["descriptors": .count(limit.rlim_cur), "connections": .count(connections)])
        }
    }
}

extension DeliverySettings {
    /// How long the delivery log is kept.
    var retention: DeliveryRetention {
        DeliveryRetention(
            age: keep.value, bodyAge: keepBodies.value, bodyBytes: bodiesBytes.value, deliveries: entries.value)
    }
}
