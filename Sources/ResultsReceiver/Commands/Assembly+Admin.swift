import Admin
import Configuration
import HTTP
import Net
import Server

extension Assembly {
    /// Serves the admin endpoints, apart from the results: on a lane of its own and within small limits, so that whoever
    /// asks there slows no delivery. Nil where the settings name no address for them.
    ///
    /// `inherited` are the sockets for them that a service manager passed, which take the place of the address.
    func startAdmin(
        _ monitor: Monitor, _ inherited: [InheritedSocket]
    ) throws(Failure) -> (server: Server, addresses: [SocketAddress])? {
        let listeners: [Listener]
        if !inherited.isEmpty {
            listeners = try inherited.map { socket throws(Failure) in try checked(socket.listener) }
        } else if let wanted = settings.admin.listen.value {
            listeners = try adminListeners(wanted)
        } else {
            return nil
        }
        let server = Server(
            listeners: listeners, lanes: 1, limits: Self.adminLimits, logger: logger
        ) { _ in AdminService(monitor) }
        do throws(ListenerError) { return (server, try server.start()) } catch { throw failure("\(error)") }
    }

    /// What holds for the address of the settings holds for a socket.
    private func checked(_ listener: Listener) throws(Failure) -> Listener {
        guard listener.address.ip.isLoopback || settings.admin.isPublic.value else {
            throw Failure(
                .configuration,
                "other machines may reach the inherited socket '\(ListenerSettings.adminName)' at \(listener.address), "
                    + "and the admin endpoints ask nobody who they are",
                hint:
                    "let the socket unit listen at 127.0.0.1, or write public = yes in [admin] where strangers are kept out"
            )
        }
        return listener
    }

    /// A name may have several addresses, such as localhost; on which of them it cannot be is no matter while there is one.
    private func adminListeners(_ wanted: ListenAddress) throws(Failure) -> [Listener] {
        let addresses: [SocketAddress]
        do throws(SocketAddressError) { addresses = try SocketAddress.resolve(wanted.description) } catch {
            throw failure("cannot listen on \(wanted): \(error)")
        }
        var listeners: [Listener] = []
        var refusal: ListenerError?
        for address in addresses {
            do throws(ListenerError) { listeners.append(try Listener(address)) } catch {
                guard case .notAvailable = error else {
                    throw failure(error.description, error.isNotPermitted ? .notPermitted : .unavailable)
                }
                refusal = error
            }
        }
        if let refusal, listeners.isEmpty { throw failure(refusal.description) }
        return listeners
    }

    private func failure(_ message: String, _ code: ExitCode = .unavailable) -> Failure {
        Failure(code, message, hint: "--admin HOST:PORT, or listen in [admin], chooses another")
    }

    private static let adminLimits: ServerLimits = {
        var limits = ServerLimits()
        limits.http.headBytes = 8 << 10
        limits.headerTime = .seconds(5)
        limits.bodyTime = .seconds(5)
        // Longer than scrapers usually pause, so that they keep their connection.
        limits.idleTime = .seconds(150)
        limits.writeTime = .seconds(10)
        limits.lingerBytes = 64 << 10
        limits.connections = 32
        limits.connectionsPerAddress = 16
        limits.inFlightBytes = 1 << 20
        return limits
    }()
}

extension ListenerError {
    fileprivate var isNotPermitted: Bool {
        if case .notPermitted = self { true } else { false }
    }
}
