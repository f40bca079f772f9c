import Configuration
import Log
import Net
import Receiver
import Registry
import Server
import TLS

/// A receiver that runs, with what of it can be looked at. It holds no secret: those are the lanes' alone, and go with
/// the services that had them.
struct RunningReceiver: Sendable {
    /// Those of the start; what needs a restart is as they say.
    let settings: Settings
    let server: Server
    let committer: Committer
    /// The committer calls it; its retention alone is changed beside it.
    let store: SQLiteStore
    /// Where it listens, with real ports.
    let addresses: [SocketAddress]
    /// For each of them, whether it has TLS.
    let haveTLS: [Bool]
    /// Each listener with TLS once, by its name.
    let tls: [(name: String, entry: TLSEntry)]
    let certificates: CertificateWatch
    /// Keys that say where to listen, for which the service manager passed sockets.
    let inheritedKeys: Set<String>
    /// What is shown of it.
    let monitor: Monitor
    /// Where the admin endpoints are, and whoever serves them; nil where the settings want none.
    let admin: (server: Server, addresses: [SocketAddress])?

    /// Starts all of it. The database comes after all that may fail: a start that failed leaves no new one behind.
    init(
        _ settings: Settings, at inherited: [InheritedSocket], in surroundings: Surroundings, _ logger: Logger
    ) async throws(Failure) {
        let assembly = Assembly(settings, surroundings, logger)
        let receiver = try assembly.receiverSettings()
        let identities = try assembly.identities()
        let forAdmin = inherited.filter { $0.name == ListenerSettings.adminName }
        let others = inherited.filter { $0.name != ListenerSettings.adminName }
        let doors = try assembly.doors(others, identities)
        let monitor = Monitor(database: settings.server.database.value)
        let admin = try assembly.startAdmin(monitor, forAdmin)
        do throws(Failure) {
            store = try assembly.store()
            committer = Committer(store: store, logger: logger, figures: monitor.commits)
            do throws(Failure) {
                (server, addresses) = try assembly.startServer(receiver, committer, monitor.traffic, at: doors)
            } catch {
                await committer.finish()
                throw error
            }
        } catch {
            await admin?.server.drain(within: .zero)
            throw error
        }
        haveTLS = doors.map { $0.tls != nil }
        tls = doors.compactMap(\.tls).reduce(into: []) { all, next in
            if !all.contains(where: { $0.name == next.name }) { all.append(next) }
        }
        certificates = CertificateWatch(tls, logger)
        monitor.serves(server, committer, tls)
        self.settings = settings
        self.monitor = monitor
        self.admin = admin
        let names = settings.listeners.map(\.name)
        inheritedKeys = Set(
            (others.contains { !names.contains($0.name) } ? ["listen"] : []) + (forAdmin.isEmpty ? [] : ["admin"]))
    }

    /// Finishes what was begun, in ten seconds at most, and closes the database. The admin endpoints say so meanwhile.
    func end() async {
        certificates.stop()
        monitor.drains()
        await server.drain(within: .seconds(10))
        await committer.finish()
        await admin?.server.drain(within: .seconds(1))
    }
}
