import Registry
import Results
import Schema
import Signature

// The steps of the road behind the signature, as a delivery takes them, and a replay and an explanation too. Each takes
// what only the step before can make.

extension Integration {
    func validate(_ payload: VerifiedPayload) throws(Rejection) -> ValidDocument {
        guard !payload.bytes.isEmpty else { throw .emptyBody }
        do { return try validator.validate(payload.bytes) } catch { throw .message(error) }
    }
}

extension ValidDocument {
    func completion(in zone: CivilTime) throws(Rejection) -> Completion {
        do { return try decode(in: zone) } catch { throw .message(error) }
    }
}

extension Entry {
    init(
        _ completion: Completion, _ payload: VerifiedPayload, _ plugin: Plugin, _ settings: ReceiverSettings,
        reference: String, began: ContinuousClock.Instant, client: String?, replayOf: Int64? = nil
    ) {
        self.init(
            completion: completion, approvedOn: settings.zone.date(of: completion.completed), receivedAt: .now(),
            reference: reference, plugin: plugin.name, personKey: plugin.personKey,
            externalSource: plugin.externalSource, digest: payload.digest,
            acknowledgesRedelivery: settings.acknowledgesRedelivery, bytes: payload.bytes.count, began: began,
            client: client, replayOf: replayOf)
    }
}

extension Outcome {
    func acceptance(of completion: Completion) throws(Rejection) -> Acceptance {
        switch self {
        case .registered(let registration): return .registered(registration)
        case .redelivered(let registration): return .redelivered(registration)
        case .refused(let violation): throw .violation(violation, of: completion)
        case .maintenance(let message): throw .maintenance(message: message)
        case .failed(let failure): throw .internal(failure)
        }
    }
}

extension Rejection {
    /// What a store says that did nothing.
    init(_ error: StoreError) {
        switch error {
        case .busy: self = .registryBusy
        case .unavailable: self = .registryUnreachable
        }
    }
}
