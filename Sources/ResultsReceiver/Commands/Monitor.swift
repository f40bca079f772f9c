import Admin
import Dispatch
import HTTP
import Metrics
import Net
import Receiver
import Registry
import Results
import Server
import Signature
import Synchronization
import TLS

/// The receiver as its admin endpoints show it, from before the database is open until after it is closed.
final class Monitor: Observed {
    private struct Standing {
        /// Nil until results are served.
        var serving: (server: Server, committer: Committer, tls: [(name: String, entry: TLSEntry)])?
        var isDraining = false
    }

    let traffic = Traffic()
    let commits = CommitFigures()
    let reloads = ReloadRecord()
    private let standing = Mutex(Standing())
    private let registry: SharedReading<RegistryReading?>

    /// How long the lanes and the registry may take to answer.
    private static let patience = Duration.seconds(1)

    /// - Parameter database: the path of the file.
    init(database: String) {
        let queue = DispatchQueue(label: "registry-figures")
        // Counting a million enrolments takes a tenth of a second and more: it takes a hundredth of the time at most.
        registry = SharedReading(limit: Self.patience, goodFor: { min($0 * 100, .seconds(600)) }) {
            await withCheckedContinuation { continuation in
                queue.async { continuation.resume(returning: Self.read(database)) }
            }
        }
    }

    func serves(_ server: Server, _ committer: Committer, _ tls: [(name: String, entry: TLSEntry)]) {
        standing.withLock { $0.serving = (server, committer, tls) }
    }

    func drains() {
        standing.withLock { $0.isDraining = true }
    }

    // MARK: What is asked

    func lanesRespond() async -> Bool {
        guard let server = standing.withLock({ $0.serving?.server }) else { return true }
        let end = ContinuousClock.now + Self.patience
        // The first round sends the pings, or finds those that an earlier one sent.
        _ = server.pingLanes()
        repeat {
            if server.pingLanes().allSatisfy({ $0 == .zero }) { return true }
            try? await Task.sleep(for: .milliseconds(5))
        } while ContinuousClock.now < end
        return false
    }

    func readiness() async -> Availability {
        let standing = standing.withLock { $0 }
        if standing.isDraining { return .notReady(reason: "draining", meaning: "the server is ending") }
        guard let serving = standing.serving else {
            return .notReady(reason: "starting", meaning: "the database is being opened")
        }
        switch await serving.committer.readiness(within: Self.patience) {
        case .ready: return .ready
        case .maintenance:
            return .notReady(reason: Reason.maintenance.rawValue, meaning: "an operator has switched maintenance on")
        case .busy:
            return .notReady(
                reason: Reason.registryBusy.rawValue, meaning: "another process holds the database's write lock")
        case .unreachable:
            return .notReady(
                reason: Reason.registryUnreachable.rawValue, meaning: "the database fails or does not answer")
        }
    }

    func readings() async -> Readings {
        let serving = standing.withLock { $0.serving }
        return Readings(
            version: Program.version,
            answers: traffic.answered.map { ($0.reason.status.code, $0.reason.rawValue, $0.count) },
            requestDurations: traffic.durations.reading,
            signatures: traffic.signatures.counts.map {
                ($0.key.plugin, $0.key.position, $0.key.algorithm.rawValue, UInt64($0.count))
            },
            groupSizes: commits.groupSizes.reading, commitDurations: commits.durations.reading,
            queueDepth: serving?.committer.queueDepth ?? 0, connections: serving?.server.openConnections ?? 0,
            connectionsNotAllowed: serving?.server.connectionsNotAllowed ?? 0,
            registry: serving == nil ? nil : await registry.value() ?? registry.latest ?? nil,
            reloadSucceeded: reloads.last.succeeded,
            certificates: serving?.tls.map { ($0.name, $0.entry.identity.expiry) } ?? [],
            failedHandshakes: failedHandshakes(serving?.server))
    }

    /// By every reason that there can be.
    private func failedHandshakes(_ server: Server?) -> [(reason: String, count: Int)] {
        let counts = server?.failedHandshakes ?? [:]
        return HandshakeFailure.allCases.map { ($0.rawValue, counts[$0] ?? 0) }
    }

    /// Nil: it cannot be read now.
    private static func read(_ database: String) -> RegistryReading? {
        do throws(RegistryError) {
            let counts = try RegistryAccess(to: database, patience: 100).enrolmentCounts()
            return RegistryReading(
                enrolments: counts.map { ($0.status.rawValue, $0.count) }, bytes: RegistryAccess.fileBytes(database))
        } catch {
            return nil
        }
    }
}
