import Configuration
import Log
import Net
import Receiver
import Registry
import Server

/// A receiver that runs, with what of it can be looked at. It holds no secret: those are the lanes' alone, and go with
/// the services that had them.
struct RunningReceiver: Sendable {
    /// Those of the start; what needs a restart is as they say.
    let settings: Settings
    let server: Server
    let committer: Committer
    /// Where it listens, with real ports.
    let addresses: [SocketAddress]
    /// The service manager passed the sockets.
    let isAtInheritedSockets: Bool
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
        let listeners = try assembly.listeners(inherited)
        let monitor = Monitor(database: settings.server.database.value)
        let admin = try assembly.startAdmin(monitor)
        do throws(Failure) {
            let store = try assembly.store()
            committer = Committer(store: store, logger: logger, figures: monitor.commits)
            do throws(Failure) {
                (server, addresses) = try assembly.startServer(receiver, committer, monitor.traffic, on: listeners)
            } catch {
                await committer.finish()
                throw error
            }
        } catch {
            await admin?.server.drain(within: .zero)
            throw error
        }
        monitor.serves(server, committer)
        self.settings = settings
        self.monitor = monitor
        self.admin = admin
        isAtInheritedSockets = !inherited.isEmpty
    }

    /// Finishes what was begun, in ten seconds at most, and closes the database. The admin endpoints say so meanwhile.
    func end() async {
        monitor.drains()
        await server.drain(within: .seconds(10))
        await committer.finish()
        await admin?.server.drain(within: .seconds(1))
    }
}
