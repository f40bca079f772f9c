import HTTP
package import Registry
import Results
import Schema
import Signature

/// What became of a message that was run again, or would become of it.
package struct Replayed: Sendable {
    package var reason: Reason
    /// The answer's message.
    package var message: String
    /// The result that the message has now; nil where it has none, and for a trial.
    package var resultID: Int64?
    /// The reference of the new delivery; nil for a trial, and where it could not be recorded.
    package var reference: String?

    package var isAccepted: Bool { reason.status == .ok }

    fileprivate var unrecorded: Replayed {
        var copy = self
        copy.reference = nil
        return copy
    }
}

/// Why a recorded delivery cannot be run again at all.
package enum ReplayError: Error, Sendable, Equatable {
    /// Nothing vouches for its body, so none was kept.
    case unsigned
    /// It was accepted: its result is registered.
    case accepted
    /// The body is not kept, or not any more.
    case bodyGone
    /// The body is not the one that was recorded.
    case bodyChanged
    /// The settings have no plugin of this name.
    case unknownPlugin(String)
    case registry(RegistryError)
}

/// Runs recorded messages along the road once more, from validation on: their signatures were right when they came.
///
/// Not `Sendable`: one owner at a time.
package final class Replayer {
    private let settings: ReceiverSettings
    private let language: Language
    private let registry: RegistryAccess
    private let preview: RulePreview
    private var integrations: [String: Integration] = [:]
    private var references = ReferenceSource()
    /// How long a replay waits for another process that writes.
    private static let patience = Duration.seconds(10)

    /// `settings` have the plugins as they are now, whose secrets are not used; the deliveries are in `registry`. The
    /// messages are in `language`.
    package init(
        settings: ReceiverSettings, language: Language, registry: RegistryAccess
    ) throws(RegistryError) {
        self.settings = settings
        self.language = language
        self.registry = registry
        preview = try RulePreview(registry)
    }

    /// What `run` would give now. Stores nothing.
    package func trial(of delivery: DeliveryRow) throws(ReplayError) -> Replayed {
        let (payload, integration) = try material(of: delivery)
        do throws(Rejection) {
            let completion = try integration.validate(payload).completion(in: settings.zone)
            let entry = entry(completion, payload, integration.plugin, delivery, reference: "")
            switch try judge(entry) {
            case .registers: return Replayed(reason: .registered, message: Acceptance.registeredMessage(in: language))
            case .redelivers(let registration): return replayed(.redelivered(registration), reference: nil)
            case .refused(let violation): throw .violation(violation, of: completion)
            case .maintenance(let message): throw .maintenance(message: message)
            }
        } catch {
            return replayed(error, reference: nil)
        }
    }

    /// Runs the message again and records that, linked to its original.
    package func run(_ delivery: DeliveryRow, in store: any Store) throws(ReplayError) -> Replayed {
        let (payload, integration) = try material(of: delivery)
        let reference = references.next()
        var message: Completion?
        do throws(Rejection) {
            let completion = try integration.validate(payload).completion(in: settings.zone)
            message = completion
            let entry = entry(completion, payload, integration.plugin, delivery, reference: reference)
            let acceptance = try apply(entry, in: store).acceptance(of: completion)
            return replayed(acceptance, reference: reference)
        } catch {
            let replayed = replayed(error, reference: reference)
            let record = DeliveryRecord(
                reference: reference, receivedAt: .now(), plugin: integration.plugin.name,
                code: error.reason.status.code, reason: error.reason.rawValue, message: replayed.message,
                student: message?.student.text, course: message?.course.text, part: message?.part?.text,
                bytes: payload.bytes.count, digest: payload.digest,
                body: settings.keepsBodies ? payload.bytes : nil, replayOf: delivery.id)
            return note(record, in: store) ? replayed : replayed.unrecorded
        }
    }

    private func material(of delivery: DeliveryRow) throws(ReplayError) -> (VerifiedPayload, Integration) {
        guard let digest = delivery.digest, let name = delivery.plugin else { throw .unsigned }
        guard delivery.code != 200 else { throw .accepted }
        let body: [UInt8]?
        do throws(RegistryError) { body = try registry.body(ofDelivery: delivery.id) } catch { throw .registry(error) }
        guard let body else { throw .bodyGone }
        guard let payload = VerifiedPayload(recorded: body, digest: digest) else { throw .bodyChanged }
        return (payload, try integration(name))
    }

    private func integration(_ name: String) throws(ReplayError) -> Integration {
        if let known = integrations[name] { return known }
        guard let plugin = settings.plugins.first(where: { $0.name == name }) else { throw .unknownPlugin(name) }
        let integration = Integration(plugin)
        integrations[name] = integration
        return integration
    }

    private func entry(
        _ completion: Completion, _ payload: VerifiedPayload, _ plugin: Plugin, _ delivery: DeliveryRow,
        reference: String
    ) -> Entry {
        Entry(
            completion, payload, plugin, settings, reference: reference, began: .now, client: nil,
            replayOf: delivery.id)
    }

    private func judge(_ entry: Entry) throws(Rejection) -> Preview {
        do throws(RegistryError) { return try preview.preview(of: entry) } catch {
            throw error.isBusy ? .registryBusy : .registryUnreachable
        }
    }

    private func apply(_ entry: Entry, in store: any Store) throws(Rejection) -> Outcome {
        let end = ContinuousClock.now + Self.patience
        while true {
            do throws(StoreError) {
                return try store.apply([entry]).first ?? .failed("the store gave no outcome")
            } catch {
                // The store itself waits a little for whoever holds the lock.
                guard error == .busy, .now < end else { throw Rejection(error) }
            }
        }
    }

    /// - Returns: false: the replay did nothing, and no record of it could be written either.
    private func note(_ record: DeliveryRecord, in store: any Store) -> Bool {
        let end = ContinuousClock.now + Self.patience
        while true {
            do throws(StoreError) {
                _ = try store.record([record], turnedAway: [])
                return true
            } catch {
                guard error == .busy, .now < end else { return false }
            }
        }
    }

    private func replayed(_ acceptance: Acceptance, reference: String?) -> Replayed {
        Replayed(
            reason: acceptance.reason, message: acceptance.message(in: language, zone: settings.zone),
            resultID: acceptance.registration.resultID, reference: reference)
    }

    private func replayed(_ rejection: Rejection, reference: String?) -> Replayed {
        Replayed(
            reason: rejection.reason, message: rejection.message(in: language, zone: settings.zone),
            reference: reference)
    }
}
