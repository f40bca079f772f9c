import Configuration
import HTTP
import Receiver
import Registry
import Results

/// `deliveries replay`: runs recorded messages along the road again.
struct DeliveriesReplayCommand: Command {
    static let definition = CommandDefinition(
        path: ["deliveries", "replay"], summary: "Run refused messages again, once their cause is mended",
        arguments: [
            ArgumentDefinition(name: "REFERENCE", count: .any, summary: "The deliveries whose messages are meant")
        ],
        flags: OpenMessageSelection.flags + [
            FlagDefinition(name: "--dry-run", summary: "Only say what would become of them")
        ] + FlagDefinition.registry,
        details: [
            "The cure for what the learning platform has given up on: mend the enrolment, then run the message again. It "
                + "takes the same road as a delivery, from the schema on, because its signature was right when it came. "
                + "Each replay is recorded, and linked to its original.",
            "Prints a line for each message, with what became of it. It works while the server runs.", TimeFlag.details,
        ],
        exitCodes: [(.ok, "all were accepted, or would be"), (.foundWork, "some were refused again")]
            + CommandDefinition.registryCodes([
                .badData: "a message cannot be run again", .noInput: "there is no such delivery",
                .configuration: "a schema is wrong",
            ]))

    private let references: [String]
    private let selection: OpenMessageSelection
    private let isDry: Bool
    private let registry: RegistryArguments

    init(_ arguments: ParsedArguments) throws(Failure) {
        references = arguments.positional
        selection = try OpenMessageSelection(arguments)
        isDry = arguments.has("--dry-run")
        registry = RegistryArguments(arguments, of: Self.definition)
    }

    func run(in surroundings: Surroundings) async throws(Failure) -> ExitCode {
        let settings = try registry.settings(in: surroundings)
        let session = try ReplaySession(settings, surroundings, isDry: isDry)
        defer { session.close() }
        if references.isEmpty {
            try session.runOpen(try selection.filter(in: settings.zone))
        } else {
            // All of them are looked up first: a wrong reference among them runs none.
            var deliveries: [DeliveryRow] = []
            for reference in references { deliveries.append(try session.delivery(reference)) }
            for delivery in deliveries { try session.run(delivery) }
        }
        try session.writeSummary()
        return session.exitCode
    }
}

/// Replays one after the other, and what they gave.
final class ReplaySession {
    private let surroundings: Surroundings
    private let access: RegistryAccess
    private let replayer: Replayer
    /// Nil for a trial.
    private let store: SQLiteStore?
    private(set) var accepted = 0
    private(set) var refused = 0
    private(set) var impossible = 0

    init(_ settings: Settings, _ surroundings: Surroundings, isDry: Bool) throws(Failure) {
        self.surroundings = surroundings
        access = try RegistryArguments.open(settings)
        let receiver = try settings.receiverSettings()
        let language = Language(of: settings, surroundings.environment)
        do throws(RegistryError) {
            replayer = try Replayer(settings: receiver, language: language, registry: access)
            store =
                isDry
                ? nil
                : try SQLiteStore(
                    path: settings.server.database.value, retention: settings.deliveries.retention, logger: nil)
        } catch {
            throw Failure(error)
        }
    }

    func close() { store?.close() }

    var exitCode: ExitCode { impossible > 0 ? .badData : refused > 0 ? .foundWork : .ok }

    /// The delivery of a reference that can be run again.
    func delivery(_ reference: String) throws(Failure) -> DeliveryRow {
        let rows = try access.found(reference)
        return rows.first { $0.code != 200 && $0.digest != nil } ?? rows[0]
    }

    /// Runs the open messages that match.
    func runOpen(_ filter: OpenMessageFilter) throws(Failure) {
        for id in try openIDs(filter) { try runOpen(id) }
    }

    /// Runs the message of a delivery, which is passed over where it came to an end meanwhile.
    func runOpen(_ id: Int64) throws(Failure) {
        if let delivery = try openDelivery(id) { try run(delivery) }
    }

    /// The deliveries of open messages refused for one of these reasons that would now be accepted.
    func mended(by reasons: [Reason]) throws(Failure) -> [Int64] {
        var mended: [Int64] = []
        for reason in reasons {
            // Without a planned enrolment none is accepted, and that is asked of the database for all at once.
            var filter = OpenMessageFilter(reason: reason.rawValue)
            filter.isPlanned = true
            for id in try openIDs(filter) {
                guard let delivery = try openDelivery(id) else { continue }
                do throws(ReplayError) {
                    if try replayer.trial(of: delivery).isAccepted { mended.append(id) }
                } catch {
                    // What cannot be run again is not mended.
                }
            }
        }
        return mended
    }

    private func openIDs(_ filter: OpenMessageFilter) throws(Failure) -> [Int64] {
        try withRegistry { () throws(RegistryError) in try access.openDeliveryIDs(filter) }
    }

    private func openDelivery(_ id: Int64) throws(Failure) -> DeliveryRow? {
        let delivery = try withRegistry { () throws(RegistryError) in try access.delivery(id) }
        return delivery?.isOpen == true ? delivery : nil
    }

    func run(_ delivery: DeliveryRow) throws(Failure) {
        let replayed: Replayed
        do throws(ReplayError) {
            if let store {
                replayed = try replayer.run(delivery, in: store)
            } else {
                replayed = try replayer.trial(of: delivery)
            }
        } catch {
            if case .registry(let error) = error { throw Failure(error) }
            impossible += 1
            surroundings.say("error", "\(delivery.reference): \(error.sentence)")
            surroundings.say("hint", error.cure)
            return
        }
        if replayed.isAccepted { accepted += 1 } else { refused += 1 }
        let verb = store == nil ? "would be " : ""
        let result = replayed.resultID.map { ", result \($0)" } ?? ""
        let reference = replayed.reference.map { " (reference \($0)\(result))" } ?? ""
        if store != nil, replayed.reference == nil {
            surroundings.warn("the replay of \(delivery.reference) could not be recorded")
        }
        try surroundings.output.writeLine(
            "\(delivery.reference): \(verb)\(replayed.reason.status.code) \(replayed.reason.rawValue)\(reference)"
                + (replayed.isAccepted ? "" : ": \(replayed.message)"))
    }

    func writeSummary() throws(Failure) {
        let verb = store == nil ? "would be accepted" : "accepted"
        try surroundings.output.writeLine(
            "\(accepted) \(verb), \(refused) refused"
                + (impossible > 0 ? ", \(impossible) cannot be run again" : ""))
    }
}

extension ReplayError {
    fileprivate var sentence: String {
        switch self {
        case .unsigned: "its signature was not right, so nothing of it was kept"
        case .accepted: "it was accepted already"
        case .bodyGone: "its message is not kept, or not any more"
        case .bodyChanged: "its message is not the one that was recorded"
        case .unknownPlugin(let name): "the settings have no plugin '\(name)', which it came for"
        case .registry(let error): "\(error)"
        }
    }

    fileprivate var cure: String {
        switch self {
        case .unsigned: "look at the secrets on both sides, then have the sender deliver again"
        case .accepted: "'results list' shows its result"
        case .bodyGone, .bodyChanged: "have the learning platform send it again"
        case .unknownPlugin: "put the plugin back into the settings while you replay"
        case .registry: "try again"
        }
    }
}
