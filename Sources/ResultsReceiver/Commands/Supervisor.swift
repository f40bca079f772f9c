import Glibc
import Log
import Net
import Synchronization

/// The service manager that started the program, as systemd does a unit of Type=notify: it is told when the server is
/// ready, reloads, ends and is alive, and in a sentence how it is. Elsewhere there is none, and nothing is said.
final class Supervisor: Sendable {
    private struct Standing {
        var activity = "starting"
        /// What became of the last reload.
        var reload: String?
        /// Why the server is not well.
        var trouble: String?

        /// One line, as the protocol wants it.
        var line: String {
            let parts = [trouble.map { "NOT HEALTHY: \($0)" }, activity, reload].compactMap(\.self)
            let text = parts.joined(separator: "; ")
            return "STATUS=" + text.split(whereSeparator: \.isNewline).joined(separator: " ")
        }
    }

    /// By which a service manager says where and how often it wants to hear. Whoever reads them unsets them.
    static let variables = ["NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"]

    private let socket: NotifySocket?
    private let logger: Logger
    private let standing = Mutex(Standing())
    /// How often it wants to hear that the server is alive, at least; nil where it does not ask.
    let watchdogPeriod: Duration?

    init(_ environment: [String: String], _ logger: Logger) {
        self.logger = logger
        socket = Supervisor.socket(environment["NOTIFY_SOCKET"], logger)
        let isMeant = environment["WATCHDOG_PID"].map { pid_t($0) == getpid() } ?? true
        let period = environment["WATCHDOG_USEC"].flatMap { Int64($0) } ?? 0
        watchdogPeriod = socket != nil && isMeant && period > 0 ? .microseconds(period) : nil
    }

    private static func socket(_ path: String?, _ logger: Logger) -> NotifySocket? {
        guard let path, !path.isEmpty else { return nil }
        do throws(SystemError) {
            if let socket = try NotifySocket(path) { return socket }
            logger.log(.warning, "NOTIFY_SOCKET is no local socket; the service manager hears nothing")
        } catch {
            logger.log(.warning, "the service manager cannot be told", ["error": .text("\(error)")])
        }
        return nil
    }

    // MARK: What it is told

    func starting() { tell([]) }

    /// Why there will be no server.
    func failed(_ failure: Failure) {
        tell([]) { $0.activity = "cannot start: \(failure.summary)" }
    }

    /// Connections are taken, at `addresses`.
    func ready(at addresses: [String]) {
        tell(["READY=1"]) { $0.activity = "serving on \(addresses.joined(separator: ", "))" }
    }

    /// A reload begins; `reloaded` must follow.
    func reloading() {
        // By the clock of the manager's request, so that it knows an earlier reload from its own.
        tell(["RELOADING=1", "MONOTONIC_USEC=\(Moment.now().nanoseconds / 1000)"]) { $0.reload = "reloading" }
    }

    func reloaded(_ outcome: String) {
        tell(["READY=1"]) { $0.reload = outcome }
    }

    func ending() {
        tell(["STOPPING=1"]) {
            $0.activity = "ending: finishing what was begun"
            $0.reload = nil
        }
    }

    /// The server is well.
    func alive() { send(["WATCHDOG=1"]) }

    /// Why the server is not well; nil: it is again.
    func trouble(_ reason: String?) {
        tell([]) { $0.trouble = reason }
    }

    private func tell(_ lines: [String], _ change: (inout Standing) -> Void = { _ in }) {
        let status = standing.withLock { standing in
            change(&standing)
            return standing.line
        }
        send(lines + [status])
    }

    private func send(_ lines: [String]) {
        guard let socket else { return }
        do throws(SystemError) { try socket.send(lines) } catch {
            logger.logLimited(
                "supervisor", .warning, "the service manager cannot be told", ["error": .text("\(error)")])
        }
    }
}

extension Failure {
    /// The first message, and how many more there are.
    var summary: String {
        let more = messages.count - 1
        return (messages.first ?? "") + (more > 0 ? " (and \(more) more)" : "")
    }
}
