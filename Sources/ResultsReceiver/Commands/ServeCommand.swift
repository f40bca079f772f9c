import Configuration
import Glibc
import Log
import Receiver
import Registry
import Server
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
                name: "--secret-file", placeholder: "FILE", repeats: true, key: "secret-file",
                summary: "A file with an agreed secret; several are active at once"),
            FlagDefinition(
                name: "--demo",
                summary: "Serve a demonstration: own temporary database, sample enrolments, a demo secret"),
        ],
        details: [
            "Once it listens, it says so on standard error, a line for each address. SIGTERM and SIGINT end it: what was "
                + "begun is finished first, for at most 10 seconds; a second signal ends it at once.",
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

    init(_ arguments: ParsedArguments) throws(Failure) {
        settings = SettingsArguments(arguments, of: Self.definition)
        isDemonstration = arguments.has("--demo")
        listensWhere = arguments.values("--listen")
        path = arguments.value("--path")
        if isDemonstration {
            for flag in ["--config", "--database", "--schema", "--secret-file"] where arguments.has(flag) {
                throw Failure(.usage, "\(flag) does not go with --demo", hint: "a demonstration brings its own")
            }
        }
    }

    func run(in surroundings: Surroundings) async throws(Failure) -> ExitCode {
        // What the server makes (database, log, lock files) is its own.
        umask(0o077)
        guard isDemonstration else {
            let loaded = try settings.load(in: surroundings)
            guard loaded.mistakes.isEmpty else { throw Failure(loaded.mistakes) }
            return try await serve(loaded, in: surroundings) { _ in }
        }
        let demonstration = try Demonstration()
        defer { demonstration.remove() }
        let loaded = try demonstration.settings(listen: listensWhere, path: path)
        var ownSurroundings = surroundings
        ownSurroundings.environment = Demonstration.environment
        ownSurroundings.secret = Secret(Array(Demonstration.secret.utf8))
        return try await serve(loaded, in: ownSurroundings) { urls throws(Failure) in
            try surroundings.output.write(demonstration.text(for: urls))
            try surroundings.output.flush()
        }
    }

    /// Starts everything, waits for a signal, and ends everything in the reverse order.
    private func serve(
        _ loaded: LoadedSettings, in surroundings: Surroundings, listening: ([String]) throws(Failure) -> Void
    ) async throws(Failure) -> ExitCode {
        let signals = try TerminationSignals()
        let logger = Logger.standardError()
        // Also where the start fails: what was warned of may be why.
        defer { logger.flush() }
        for warning in loaded.warnings { logger.log(.warning, warning.description) }
        let assembly = Assembly(loaded.settings, surroundings, logger)
        let receiver = try assembly.receiverSettings()
        // The database comes after all that may fail: a start that failed leaves no new one behind.
        let listeners = try assembly.listeners()
        let store = try assembly.store()
        let committer = Committer(store: store, logger: logger)
        do throws(Failure) {
            let (server, addresses) = try assembly.startServer(receiver, committer, on: listeners)
            let urls = addresses.map { "http://\($0)\(receiver.path)" }
            for url in urls { logger.log(.info, "listening on \(url)") }
            logger.flush()
            try listening(urls)
            let signal = await signals.next()
            logger.log(.info, "ending", ["signal": .text(signal.name)])
            await server.drain(within: .seconds(10))
        } catch {
            await committer.finish()
            throw error
        }
        await committer.finish()
        logger.log(.info, "ended")
        return .ok
    }
}
