import HTTP
import Log
import Results
import Signature

/// What the log says of deliveries: one line each, found by the reference. Never an id, a name, an e-mail address, a
/// mark, a body, a secret or a signature.
struct Journal {
    let logger: Logger

    func accepted(_ acceptance: Acceptance, _ passage: Passage, _ exchange: Exchange) {
        logger.log(
            .info, "delivery accepted",
            fields: head(acceptance.reason, exchange) + [("result", .integer(acceptance.registration.resultID))]
                + passage.fields)
    }

    /// Of a delivery whose signature is right.
    func refused(_ rejection: Rejection, _ passage: Passage, _ exchange: Exchange) {
        let level: Level =
            switch rejection.reason.status {
            case .internalServerError: .error
            default: .warning
            }
        logger.log(
            level, "delivery refused",
            fields: head(rejection.reason, exchange) + detail(rejection) + passage.fields)
    }

    /// Of anything else. Strangers can cause such lines, so that repeats are summed: by reason and true reason.
    func turnedAway(_ rejection: Rejection, _ exchange: Exchange, _ addressee: Directory.Addressee?, bytes: Int?) {
        logger.logLimited(
            rejection.repetitionKey, .warning, "request refused",
            fields: head(rejection.reason, exchange) + detail(rejection) + plugin(addressee)
                + (bytes.map { [("bytes", .count($0))] } ?? []))
    }

    private func head(_ reason: Reason, _ exchange: Exchange) -> [Logger.Field] {
        [
            ("reference", .text(exchange.reference)), ("client", .text(exchange.client.address)),
            ("code", .count(reason.status.code)), ("reason", .text(reason.rawValue)),
        ]
    }

    private func plugin(_ addressee: Directory.Addressee?) -> [Logger.Field] {
        guard case .integration(let integration) = addressee else { return [] }
        return [("plugin", .text(integration.plugin.name))]
    }

    private func detail(_ rejection: Rejection) -> [Logger.Field] {
        rejection.detail.map { [("detail", .text($0))] } ?? []
    }
}

/// How far a delivery came, and how long each stage took.
struct Passage {
    let began = ContinuousClock.now
    private let bytes: Int
    /// Nil until a secret of it was found to fit.
    private(set) var plugin: String?
    private var algorithm: Algorithm?
    private var secret = 0
    private var stages: [(name: String, end: ContinuousClock.Instant)] = []
    private var end: ContinuousClock.Instant?

    init(bytes: Int) {
        self.bytes = bytes
        stages.reserveCapacity(3)
    }

    /// From beginning to end; until now where it has not ended.
    var microseconds: Int64 { Passage.count(began, end ?? .now) }

    mutating func verified(_ payload: VerifiedPayload, by plugin: String) {
        self.plugin = plugin
        algorithm = payload.match?.algorithm
        secret = payload.match?.position ?? 0
        stages.append(("verify_us", .now))
    }

    mutating func validated() { stages.append(("validate_us", .now)) }

    mutating func committed() { ended(in: "commit_us") }

    /// It goes no further than the stage that it is in.
    mutating func ended() {
        ended(in: stages.count == 1 ? "validate_us" : "commit_us")
    }

    private mutating func ended(in stage: String) {
        let now = ContinuousClock.now
        stages.append((stage, now))
        end = now
    }

    /// Durations are in microseconds. `secret` counts the plugin's secrets from 1.
    var fields: [Logger.Field] {
        var fields: [Logger.Field] = []
        fields.reserveCapacity(9)
        if let plugin, let algorithm {
            fields.append(("plugin", .text(plugin)))
            fields.append(("algorithm", .text(algorithm.rawValue)))
            fields.append(("secret", .count(secret + 1)))
        }
        fields.append(("bytes", .count(bytes)))
        var last = began
        for (name, end) in stages {
            fields.append((name, Passage.microseconds(last, end)))
            last = end
        }
        if let end { fields.append(("total_us", Passage.microseconds(began, end))) }
        return fields
    }

    private static func microseconds(_ start: ContinuousClock.Instant, _ end: ContinuousClock.Instant) -> LogValue {
        .integer(count(start, end))
    }

    private static func count(_ start: ContinuousClock.Instant, _ end: ContinuousClock.Instant) -> Int64 {
        let (seconds, attoseconds) = (end - start).components
        return seconds * 1_000_000 + attoseconds / 1_000_000_000_000
    }
}
