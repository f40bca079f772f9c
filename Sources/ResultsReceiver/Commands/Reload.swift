import Configuration
import Dispatch
import Log
import Receiver
import Registry
import Results
import Server
import Synchronization
import TLS

/// Puts new settings, secrets, schemas and certificates in the place of those in force, in two phases: all of it is read and checked,
/// and only when nothing is wrong with any of it, it is put into force. Else nothing changes.
struct Reload: Sendable {
    let arguments: SettingsArguments
    let surroundings: Surroundings
    let logger: Logger
    let supervisor: Supervisor
    let running: RunningReceiver
    let record: ReloadRecord

    func run() async {
        supervisor.reloading()
        do throws(Failure) {
            let prepared = try await prepareInTime()
            await prepared.assembly.change(running, to: prepared.receiver)
            for (name, entry) in running.tls {
                if let new = prepared.identities.first(where: { $0.name == name }) { entry.change(to: new.identity) }
            }
            running.certificates.look()
            for (key, origin) in prepared.settings.needingRestart(since: running.settings)
            where !running.inheritedKeys.contains(key) {
                logger.log(
                    .warning, "a changed setting waits for a restart",
                    ["setting": .text(key), "place": .text("\(origin)")])
            }
            // Before it is said: whoever hears of it finds it in the metrics.
            let now = record.note(succeeded: true, file: prepared.settings.file)
            logger.log(.info, "reloaded", ["plugins": .count(prepared.receiver.plugins.count)])
            supervisor.reloaded("settings reloaded at \(now.iso8601)")
        } catch {
            let now = record.note(succeeded: false)
            for message in error.messages {
                logger.log(.error, "not reloaded: all is as it was", ["error": .text(message)])
            }
            supervisor.reloaded("reload at \(now.iso8601) failed, all is as it was: \(error.summary)")
        }
    }

    /// What the first phase found to be right.
    private struct Prepared: Sendable {
        let settings: Settings
        let assembly: Assembly
        let receiver: ReceiverSettings
        let identities: [(name: String, identity: ServerIdentity)]
    }

    /// How long the first phase may take. A pipe that nobody writes into, or a disk that does not answer, holds its
    /// reader for good, and must not hold up later reloads.
    private static let patience = 10

    /// The first phase on a thread that may hang, so that what it found too late is dropped.
    private func prepareInTime() async throws(Failure) -> Prepared {
        let outcome: Result<Prepared, Failure> = await withCheckedContinuation { continuation in
            let first = FirstAnswer(continuation)
            DispatchQueue.global().async { first.take(Result { () throws(Failure) in try prepare() }) }
            DispatchQueue.global().asyncAfter(deadline: .now() + .seconds(Self.patience)) {
                first.take(
                    .failure(
                        Failure(
                            .unavailable,
                            "the settings and the files that they name could not be read within \(Self.patience) s; "
                                + "look for a pipe that nobody writes into, or a disk that does not answer")))
            }
        }
        return try outcome.get()
    }

    /// The first phase: reads all, and changes nothing.
    private func prepare() throws(Failure) -> Prepared {
        let loaded = try arguments.load(in: surroundings)
        guard loaded.mistakes.isEmpty else { throw Failure(loaded.mistakes) }
        if let file = record.last.file ?? running.settings.file, loaded.settings.file == nil {
            throw Failure(.noInput, "settings file \(file): it is not there any more")
        }
        for warning in loaded.warnings { logger.log(.warning, warning.description) }
        let assembly = Assembly(loaded.settings, surroundings, logger)
        let receiver = try assembly.receiverSettings()
        let identities = try assembly.identities()
        if loaded.settings.plugins.contains(where: \.hasCredential)
            || loaded.settings.listeners.contains(where: \.hasCredential)
        {
            logger.log(.info, "credentials are those of the start: systemd gives new ones at a restart")
        }
        return Prepared(
            settings: loaded.settings, assembly: assembly, receiver: receiver, identities: identities)
    }
}

/// Two may answer: the first one is heard, the other one forgotten.
private final class FirstAnswer<Value: Sendable>: Sendable {
    private let continuation: Mutex<CheckedContinuation<Value, Never>?>

    init(_ continuation: CheckedContinuation<Value, Never>) { self.continuation = Mutex(continuation) }

    func take(_ value: Value) { continuation.withLock { $0.take() }?.resume(returning: value) }
}

/// Whether the last reload succeeded, and when it was; the start counts as one.
final class ReloadRecord: Sendable {
    struct Last: Sendable {
        var succeeded: Bool
        var at: Timestamp
        /// The settings file of the last reload that succeeded.
        var file: String?
    }

    private let state = Mutex(Last(succeeded: true, at: .now()))

    var last: Last { state.withLock { $0 } }

    /// Returns when it was.
    func note(succeeded: Bool, file: String? = nil) -> Timestamp {
        let now = Timestamp.now()
        state.withLock { $0 = Last(succeeded: succeeded, at: now, file: file ?? $0.file) }
        return now
    }
}

extension PluginSettings {
    fileprivate var hasCredential: Bool {
        (secrets.value + retired.value).contains(where: \.isCredential)
    }
}

extension ListenerSettings {
    fileprivate var hasCredential: Bool {
        [certificate.value, key.value, clientAuthority.value].contains { $0?.isCredential == true }
    }
}

extension SecretSource {
    fileprivate var isCredential: Bool { if case .credential = self { true } else { false } }
}
