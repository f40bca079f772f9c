import Admin
import Configuration
import HTTP
import Net
import Server

extension Assembly {
    /// Serves the admin endpoints, apart from the results: on a lane of its own and within small limits, so that whoever
    /// asks there slows no delivery. Nil where the settings name no address for them.
    func startAdmin(_ monitor: Monitor) throws(Failure) -> (server: Server, addresses: [SocketAddress])? {
        guard let wanted = settings.admin.listen.value else { return nil }
        let server = Server(
            listeners: try adminListeners(wanted), lanes: 1, limits: Self.adminLimits, logger: logger
        ) { _ in AdminService(monitor) }
        do throws(ListenerError) { return (server, try server.start()) } catch { throw failure("\(error)") }
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
