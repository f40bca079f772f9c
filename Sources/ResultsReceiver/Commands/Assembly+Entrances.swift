import Configuration
import Log
import Net
import TLS

/// A place where the server listens, with the TLS by which it does.
struct Door: Sendable {
    let listener: Listener
    /// The section's name, and its TLS; nil without TLS.
    let tls: (name: String, entry: TLSEntry)?

    var entrance: Entrance { Entrance(listener, security: tls?.entry) }
}

extension Assembly {
    /// The TLS of every listener that has one.
    func identities() throws(Failure) -> [(name: String, identity: ServerIdentity)] {
        var identities: [(name: String, identity: ServerIdentity)] = []
        var wrong: Failure?
        for listener in settings.listeners {
            do throws(Failure) {
                if let identity = try listener.loadIdentity(in: surroundings) {
                    identities.append((listener.name, identity))
                }
            } catch {
                // All that cannot be had are said at once.
                wrong = wrong.map { Failure($0.code, $0.messages + error.messages, hint: $0.hint) } ?? error
            }
        }
        if let wrong { throw wrong }
        return identities
    }

    /// Listeners at every address of the settings, or in their place the sockets that a service manager passed; whoever
    /// connects waits until the server starts.
    ///
    /// A socket with the name of a listener takes the place of that one's addresses; all others, which are not the admin
    /// endpoints', the place of `listen`.
    func doors(
        _ inherited: [InheritedSocket], _ identities: [(name: String, identity: ServerIdentity)]
    ) throws(Failure) -> [Door] {
        let names = settings.listeners.map(\.name)
        var doors = inherited.filter { !names.contains($0.name) }.map { Door(listener: $0.listener, tls: nil) }
        if doors.isEmpty {
            doors += try plainListeners().map { Door(listener: $0, tls: nil) }
        } else if settings.server.listen.origin != .standard {
            logger.log(.info, "listen is not used: the service manager passed sockets")
        }
        for settings in settings.listeners {
            let entry = identities.first { $0.name == settings.name }.map { TLSEntry($0.identity) }
            var listeners = inherited.filter { $0.name == settings.name }.map(\.listener)
            if listeners.isEmpty { listeners = try self.listeners(of: settings) }
            doors += listeners.map { listener in Door(listener: listener, tls: entry.map { (settings.name, $0) }) }
        }
        return doors
    }

    private func plainListeners() throws(Failure) -> [Listener] {
        let addresses = try resolved(
            settings.server.listen.value, hint: "--listen HOST:PORT, or listen in the settings, names another")
        var listeners: [Listener] = []
        for (index, address) in addresses.enumerated() {
            do throws(ListenerError) {
                listeners.append(try Listener(address))
            } catch {
                // Many machines have no IPv6. Nobody asked for the default's second address by name.
                if case .notAvailable = error, case .standard = settings.server.listen.origin,
                    !listeners.isEmpty || index < addresses.count - 1
                {
                    logger.log(.warning, error.description)
                    continue
                }
                throw Failure(listening: error)
            }
        }
        return listeners
    }

    private func listeners(of listener: ListenerSettings) throws(Failure) -> [Listener] {
        let section = "address in [listener \(listener.name)]"
        var listeners: [Listener] = []
        for address in try resolved(listener.addresses.value, hint: "\(section) names another") {
            do throws(ListenerError) { listeners.append(try Listener(address)) } catch {
                throw Failure(listening: error, hint: "\(section) chooses another")
            }
        }
        return listeners
    }

    private func resolved(_ wanted: [ListenAddress], hint: String) throws(Failure) -> [SocketAddress] {
        var addresses: [SocketAddress] = []
        for wanted in wanted {
            do throws(SocketAddressError) {
                for address in try SocketAddress.resolve(wanted.description)
                where wanted.isAnyPort || !addresses.contains(address) {
                    addresses.append(address)
                }
            } catch {
                throw Failure(.unavailable, "cannot listen on \(wanted): \(error)", hint: hint)
            }
        }
        return addresses
    }
}

extension Failure {
    init(
        listening error: ListenerError, hint: String = "--listen HOST:PORT, or listen in the settings, chooses another"
    ) {
        let code: ExitCode = if case .notPermitted = error { .notPermitted } else { .unavailable }
        self.init(code, error.description, hint: hint)
    }
}
