package import HTTP
package import Log
package import Registry
import Results
import Schema
import Signature

/// The road of a delivery, from its head to its answer. `admit` judges the head, `receive` the body; the checks stand in
/// the order that senders may rely on, and the first that fails answers.
///
/// Belongs to one lane: its verifiers and validators are used without locks.
package final class ResultsService: Service {
    private let settings: ReceiverSettings
    private let endpoint: EndpointPath
    private let directory: Directory
    private let committer: Committer
    private let journal: Journal
    private let traffic: Traffic
    private let registryTime: Duration
    private var references = ReferenceSource()

    /// How long after a body's last octet the registry may take. Senders must hear within 8 seconds (aNewSpring listens
    /// for 10), of which one is left for all else.
    package static let registryTime = Duration.seconds(7)

    /// - Parameters:
    ///   - settings: what it judges by, for as long as it lives.
    ///   - committer: shared by all lanes.
    ///   - logger: told of every delivery.
    ///   - traffic: where answers are counted, with the other lanes' services.
    ///   - registryTime: another than the usual one in tests only.
    package init(
        settings: ReceiverSettings, committer: Committer, logger: Logger, traffic: Traffic = Traffic(),
        registryTime: Duration = ResultsService.registryTime
    ) {
        self.settings = settings
        self.committer = committer
        self.registryTime = registryTime
        endpoint = EndpointPath(settings.path)
        directory = Directory(settings.plugins, tally: traffic.signatures)
        journal = Journal(logger: logger)
        self.traffic = traffic
    }

    package func admit(_ head: RequestHead, from client: Client) -> Admission {
        let exchange = exchange(head, client)
        do throws(Rejection) {
            guard endpoint.matches(head.path) else { throw .noSuchPath }
            guard head.method == .post else { throw .methodNotAllowed }
            let signature = try signature(in: head)
            return .receive(
                Delivery(
                    service: self, limit: settings.bodyBytes, signature: signature,
                    addressee: directory.addressee(of: head.query), exchange: exchange))
        } catch {
            return .respond(refuse(error, exchange))
        }
    }

    package func refuse(_ refusal: Refusal, head: RequestHead?, from client: Client) -> Response {
        let rejection: Rejection =
            switch refusal {
            case .malformed(let error): .malformed(error)
            case .contentTooLarge(let limit): .tooLarge(limit: limit)
            case .contentTimedOut: .contentTimedOut
            case .contentEvicted: .overload(.contents)
            case .tooManyConnections: .overload(.connections)
            }
        var response = refuse(rejection, exchange(head, client))
        response.closes = true
        return response
    }

    /// A request whose head was admitted: what its body is judged by.
    private struct Delivery: ContentReceiver {
        let service: ResultsService
        let limit: Int
        let signature: Signature
        let addressee: Directory.Addressee
        let exchange: Exchange

        func receive(_ content: [UInt8]) async -> Response { await service.receive(content, of: self) }
    }

    private func receive(_ body: [UInt8], of delivery: Delivery) async -> Response {
        let exchange = delivery.exchange
        var passage = Passage(bytes: body.count)
        var verified: VerifiedPayload?
        var message: Completion?
        do throws(Rejection) {
            let (payload, integration) = try verify(body, delivery.signature, delivery.addressee)
            verified = payload
            passage.verified(payload, by: integration.plugin.name)
            let document = try integration.validate(payload)
            let completion = try document.completion(in: settings.zone)
            message = completion
            passage.validated()
            let acceptance = try await commit(completion, payload, integration.plugin, exchange, since: passage.began)
            passage.committed()
            journal.accepted(acceptance, passage, exchange)
            traffic.count(acceptance.reason, since: passage.began)
            return answer(acceptance, exchange)
        } catch {
            guard let verified else {
                return refuse(error, exchange, delivery.addressee, bytes: body.count, since: passage.began)
            }
            passage.ended()
            journal.refused(error, passage, exchange)
            traffic.count(error.reason, since: passage.began)
            let told = error.message(in: exchange.language, zone: settings.zone)
            committer.record(record(of: error, told, verified, message, passage, exchange))
            return exchange.response(error.reason, told)
        }
    }
}

// The steps. Each takes what only the step before can make.
extension ResultsService {
    private func signature(in head: RequestHead) throws(Rejection) -> Signature {
        do { return try Signature(fieldValues: head.fields.values(of: .xWebHookSignature)) } catch {
            throw .signature(error)
        }
    }

    private func verify(
        _ body: [UInt8], _ signature: Signature, _ addressee: Directory.Addressee
    ) throws(Rejection) -> (VerifiedPayload, Integration) {
        switch addressee {
        case .integration(let integration):
            if let payload = integration.verify(body, signature) { return (payload, integration) }
            throw .mismatch(integration.mismatch(body, signature))
        case .nobody(let mismatch):
            // The work of a plugin that exists, so that the time does not tell which ones do.
            _ = directory.nobody.verify(body, against: signature)
            throw .mismatch(mismatch)
        }
    }

    private func commit(
        _ completion: Completion, _ payload: VerifiedPayload, _ plugin: Plugin, _ exchange: Exchange,
        since began: ContinuousClock.Instant
    ) async throws(Rejection) -> Acceptance {
        let entry = Entry(
            completion, payload, plugin, settings, reference: exchange.reference, began: began,
            client: exchange.client.address)
        switch await committer.commit(entry, deadline: began + registryTime) {
        case .done(let outcome): return try outcome.acceptance(of: completion)
        case .overloaded: throw .overload(.queue)
        case .busy: throw .registryBusy
        case .unreachable: throw .registryUnreachable
        }
    }
}

// The answers.
extension ResultsService {
    private func exchange(_ head: RequestHead?, _ client: Client) -> Exchange {
        Exchange(
            reference: references.next(), client: client, language: head?.preferredLanguage ?? settings.language,
            format: head?.preferredFormat ?? .json)
    }

    /// Answers and logs what is refused before its signature was found to be right. `began`: when the body was complete,
    /// where that was read.
    private func refuse(
        _ rejection: Rejection, _ exchange: Exchange, _ addressee: Directory.Addressee? = nil, bytes: Int? = nil,
        since began: ContinuousClock.Instant? = nil
    ) -> Response {
        journal.turnedAway(rejection, exchange, addressee, bytes: bytes)
        let told = rejection.message(in: exchange.language, zone: settings.zone)
        note(rejection, told, exchange, addressee, bytes)
        traffic.count(rejection.reason, since: began ?? exchange.began)
        return exchange.response(rejection.reason, told)
    }

    /// Counts what no right signature vouches for, and has a few of them recorded without what they brought.
    private func note(
        _ rejection: Rejection, _ told: String, _ exchange: Exchange, _ addressee: Directory.Addressee?, _ bytes: Int?
    ) {
        let plugin: String? = if case .integration(let integration) = addressee { integration.plugin.name } else { nil }
        let reason = rejection.reason
        let now = Timestamp.now()
        guard committer.countTurnedAway(reason.rawValue, plugin: plugin ?? "", at: now) else { return }
        committer.record(
            DeliveryRecord(
                reference: exchange.reference, receivedAt: now, plugin: plugin, code: reason.status.code,
                reason: reason.rawValue, message: told, bytes: bytes, client: exchange.client.address))
    }

    /// What the delivery log keeps of a refused message whose signature is right.
    private func record(
        of rejection: Rejection, _ told: String, _ payload: VerifiedPayload, _ message: Completion?,
        _ passage: Passage, _ exchange: Exchange
    ) -> DeliveryRecord {
        DeliveryRecord(
            reference: exchange.reference, receivedAt: .now(), plugin: passage.plugin,
            code: rejection.reason.status.code, reason: rejection.reason.rawValue, message: told,
            student: message?.student.text, course: message?.course.text, part: message?.part?.text,
            bytes: payload.bytes.count, duration: passage.microseconds, client: exchange.client.address,
            digest: payload.digest, body: settings.keepsBodies ? payload.bytes : nil)
    }

    private func answer(_ acceptance: Acceptance, _ exchange: Exchange) -> Response {
        var response = exchange.response(
            acceptance.reason, acceptance.message(in: exchange.language, zone: settings.zone))
        let resultID = acceptance.registration.resultID
        response.undelivered = { [committer] in committer.markUndelivered(resultID) }
        return response
    }
}
