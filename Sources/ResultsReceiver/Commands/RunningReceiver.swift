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
    /// Which secrets are in use.
    let signatures: SignatureTally

    /// Starts all of it. The database comes after all that may fail: a start that failed leaves no new one behind.
    init(
        _ settings: Settings, at inherited: [InheritedSocket], in surroundings: Surroundings, _ logger: Logger
    ) async throws(Failure) {
        let assembly = Assembly(settings, surroundings, logger)
        let receiver = try assembly.receiverSettings()
        let listeners = try assembly.listeners(inherited)
        let store = try assembly.store()
        let committer = Committer(store: store, logger: logger)
        let signatures = SignatureTally()
        do throws(Failure) {
            (server, addresses) = try assembly.startServer(receiver, committer, signatures, on: listeners)
        } catch {
            await committer.finish()
            throw error
        }
        self.settings = settings
        self.committer = committer
        self.signatures = signatures
        isAtInheritedSockets = !inherited.isEmpty
    }

    /// Finishes what was begun, in ten seconds at most, and closes the database.
    func end() async {
        await server.drain(within: .seconds(10))
        await committer.finish()
    }
}
