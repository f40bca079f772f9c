import Configuration
import Glibc
import Log
import Net
import Signature

/// `serve`: runs the server until it is told to end.
struct ServeCommand: Command {
    static let definition = CommandDefinition(
        path: ["serve"], summary: "Run the server",
        flags: [
            .config,
            FlagDefinition(
                name: "--listen", placeholder: "HOST:PORT", repeats: true, key: "listen",
                summary: "Where to listen; port 0 is any free one (default: 127.0.0.1:8080 and [::1]:8080)"),
            FlagDefinition(
                name: "--path", placeholder: "PATH", key: "path",
                summary: "The path of the results endpoint (default: /results)"),
            .database, .schema,
            FlagDefinition(
                name: "--admin", placeholder: "HOST:PORT", key: "admin",
                summary: "Where /healthz, /readyz and /metrics are, for those who watch the server (default: nowhere)"),
            FlagDefinition(
                name: "--secret-file", placeholder: "FILE", repeats: true, key: "secret-file",
                summary: "A file with an agreed secret; several are active at once"),
            FlagDefinition(
                name: "--demo",
                summary: "Serve a demonstration: own temporary database, sample enrolments, a demo secret"),
        ],
        details: [
            "Once it listens, it says so on standard error, a line for each address. SIGTERM and SIGINT end it: what was "
                + "begun is finished first, for at most 10 seconds; a second signal ends it at once. SIGHUP reloads the "
                + "settings, secrets, schemas and certificates, or, where anything is wrong with them, changes nothing and says why.",
            "systemd may start it: as a unit of Type=notify, with a watchdog, and with sockets, which take the place of "
                + "listen, of [listener NAME] where they are called NAME, and of [admin] where they are called admin "
                + "(LISTEN_FDS, LISTEN_FDNAMES). docs/OPERATING.md tells more.",
            "--demo reads no settings and listens on 127.0.0.1:8080 only, or where --listen says. It prints curl lines to "
                + "paste into another terminal, and keeps nothing.",
        ],
        exitCodes: [
            (.badData, "the database is another program's, damaged, or of a newer release"),
            (.noInput, "the settings file, or the one of --schema, is not there"),
            (.unavailable, "the address or the database is not available"),
            (.cannotCreate, "the database cannot be made or opened"),
            (.notPermitted, "a file or a port is not permitted"),
            (.configuration, "the settings are wrong, or there is no secret"),
        ])

    private let settings: SettingsArguments
    private let isDemonstration: Bool
    private let listensWhere: [String]
    private let path: String?
    private let admin: String?

    init(_ arguments: ParsedArguments) throws(Failure) {
        settings = SettingsArguments(arguments, of: Self.definition)
        isDemonstration = arguments.has("--demo")
        listensWhere = arguments.values("--listen")
        path = arguments.value("--path")
        admin = arguments.value("--admin")
        if isDemonstration {
            for flag in ["--config", "--database", "--schema", "--secret-file"] where arguments.has(flag) {
                throw Failure(.usage, "\(flag) does not go with --demo", hint: "a demonstration brings its own")
            }
        }
    }

    func run(in surroundings: Surroundings) async throws(Failure) -> ExitCode {
        // What the server makes (database, log, lock files) is its own.
        umask(0o077)
        let logger = Logger.standardError()
        // Also where the start fails: what was warned of may be why.
        defer { logger.flush() }
        let supervisor = Supervisor(surroundings.environment, logger)
        do throws(Failure) {
            let inherited = try inheritedSockets(surroundings)
            guard isDemonstration else {
                return try await serve(try loaded(surroundings), inherited, in: surroundings, logger, supervisor)
            }
            return try await demonstrate(inherited, in: surroundings, logger, supervisor)
        } catch {
            supervisor.failed(error)
            throw error
        }
    }

    private func loaded(_ surroundings: Surroundings) throws(Failure) -> LoadedSettings {
        let loaded = try settings.load(in: surroundings)
        guard loaded.mistakes.isEmpty else { throw Failure(loaded.mistakes) }
        return loaded
    }

    private func demonstrate(
        _ inherited: [InheritedSocket], in surroundings: Surroundings, _ logger: Logger, _ supervisor: Supervisor
    ) async throws(Failure) -> ExitCode {
        let demonstration = try Demonstration()
        defer { demonstration.remove() }
        let loaded = try demonstration.settings(listen: listensWhere, path: path, admin: admin)
        var ownSurroundings = surroundings
        ownSurroundings.environment = Demonstration.environment
        ownSurroundings.secret = Secret(Array(Demonstration.secret.utf8))
        return try await serve(loaded, inherited, in: ownSurroundings, logger, supervisor) { urls throws(Failure) in
            try surroundings.output.write(demonstration.text(for: urls))
            try surroundings.output.flush()
        }
    }

    /// The sockets that the service manager made for the server. What it said in the environment was for this process
    /// alone, and is removed, before there is another thread that reads it.
    private func inheritedSockets(_ surroundings: Surroundings) throws(Failure) -> [InheritedSocket] {
        defer { for name in InheritedSocket.variables + Supervisor.variables { unsafe unsetenv(name) } }
        do throws(InheritedSocketError) {
            return try InheritedSocket.take(from: surroundings.environment)
        } catch {
            throw Failure(
                .configuration, "\(error)",
                hint: "give the socket unit ListenStream= lines with ports or addresses, and no other kind of socket")
        }
    }

    /// Starts everything, does what signals say, and ends everything in the reverse order.
    private func serve(
        _ loaded: LoadedSettings, _ inherited: [InheritedSocket], in surroundings: Surroundings, _ logger: Logger,
        _ supervisor: Supervisor, listening: ([String]) throws(Failure) -> Void = { _ in }
    ) async throws(Failure) -> ExitCode {
        let signals = try ProgramSignals()
        let hasTerminal = surroundings.errorsAreATerminal
        supervisor.starting()
        for warning in loaded.warnings { logger.log(.warning, warning.description) }
        let running = try await RunningReceiver(loaded.settings, at: inherited, in: surroundings, logger)
        let urls = zip(running.addresses, running.haveTLS).map { address, hasTLS in
            "\(hasTLS ? "https" : "http")://\(address)\(loaded.settings.server.path.value)"
        }
        for address in running.admin?.addresses ?? [] { logger.log(.info, "admin endpoints on http://\(address)/") }
        for url in urls { logger.log(.info, "listening on \(url)") }
        running.certificates.start()
        logger.flush()
        do throws(Failure) { try listening(urls) } catch {
            await running.end()
            throw error
        }
        supervisor.ready(at: running.addresses.map(\.description))
        let watchdog = watchdog(of: running, supervisor, logger)
        watchdog?.start()
        let reloads = ReloadQueue(
            Reload(
                arguments: settings, surroundings: surroundings, logger: logger, supervisor: supervisor,
                running: running, record: running.monitor.reloads))
        var end: String?
        while end == nil {
            switch await signals.next() {
            case .end(let name): end = name
            case .hangUp:
                // A terminal that was closed takes its server with it, and there is nothing to reload in a demonstration.
                let isAlone = isDemonstration || (hasTerminal && !surroundings.errorsAreATerminal)
                if isAlone { end = "SIGHUP" } else { reloads.ask() }
            }
        }
        logger.log(.info, "ending", ["signal": .text(end ?? "")])
        watchdog?.stop()
        supervisor.ending()
        await running.end()
        logger.log(.info, "ended")
        return .ok
    }

    private func watchdog(of running: RunningReceiver, _ supervisor: Supervisor, _ logger: Logger) -> Watchdog? {
        guard let period = supervisor.watchdogPeriod else { return nil }
        let health = Health(server: running.server, committer: running.committer)
        return Watchdog(period: period, supervisor, logger) { health.trouble(within: period) }
    }
}
