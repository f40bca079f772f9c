import HTTP
import Schema
import Signature
import Synchronization

/// A plugin with its lane's tools.
final class Integration {
    let plugin: Plugin
    let verifier: Verifier
    let validator: Validator
    /// Nil: there are no retired secrets.
    private let retired: Verifier?
    private let counts: [Algorithm: [SignatureTally.Cell]]

    /// `tally` is where signatures that fit are counted; nil where nobody asks.
    init(_ plugin: Plugin, tally: SignatureTally? = nil) {
        self.plugin = plugin
        counts = tally?.cells(of: plugin) ?? [:]
        verifier = Verifier(secrets: plugin.secrets, algorithms: plugin.algorithms)
        validator = Validator(schema: plugin.schema)
        retired =
            plugin.retiredSecrets.isEmpty
            ? nil : Verifier(secrets: plugin.retiredSecrets, algorithms: plugin.algorithms)
    }

    /// The body as one that a secret of the plugin signed; nil when none did.
    func verify(_ body: [UInt8], _ signature: Signature) -> VerifiedPayload? {
        guard let payload = verifier.verify(body, against: signature) else { return nil }
        if let match = payload.match, let row = counts[match.algorithm] { row[match.position].add() }
        return payload
    }

    /// Why the signature, which is not the body's, is none.
    func mismatch(_ body: [UInt8], _ signature: Signature) -> Rejection.Mismatch {
        if !verifier.algorithms.contains(signature.algorithm) { return .algorithmNotAllowed }
        if verifier.matchesWithoutTrailingWhiteSpace(body, signature) { return .secretEndsInWhiteSpace }
        guard body.count <= MismatchHints.largestBody, plugin.hints.take() else { return .noSecretFits }
        if retired?.verify(body, against: signature) != nil { return .retiredSecretFits }
        for trimmed in [body.dropLast(1), body.dropLast(2)] where body.dropFirst(trimmed.count).isLineEnd {
            if verifier.verify(Array(trimmed), against: signature) != nil { return .bodyHasLineEnd }
        }
        for lineEnd in ["\n", "\r\n"] where verifier.verify(body + lineEnd.utf8, against: signature) != nil {
            return .bodyLacksLineEnd
        }
        return .noSecretFits
    }
}

extension ArraySlice<UInt8> {
    fileprivate var isLineEnd: Bool { elementsEqual("\n".utf8) || elementsEqual("\r\n".utf8) }
}

/// When a wrong signature may be looked at more closely, for the log: strangers can cause any number of them.
final class MismatchHints: Sendable {
    /// In octets.
    static let largestBody = 64 << 10
    private static let pause = Duration.seconds(1)
    private let last = Mutex<ContinuousClock.Instant?>(nil)

    /// True once a second.
    func take() -> Bool {
        let now = ContinuousClock.now
        return last.withLock { last in
            if let last, now - last < Self.pause { return false }
            last = now
            return true
        }
    }
}

/// Which integration a delivery is meant for.
struct Directory {
    enum Addressee {
        case integration(Integration)
        /// One whose secrets never match.
        case nobody(Rejection.Mismatch)
    }

    /// Never matches.
    let nobody = Verifier(secrets: [])
    private let integrations: [String: Integration]
    /// Where there is exactly one.
    private let only: Integration?

    init(_ plugins: [Plugin], tally: SignatureTally?) {
        integrations = Dictionary(
            plugins.map { ($0.name, Integration($0, tally: tally)) }, uniquingKeysWith: { first, _ in first })
        only = integrations.count == 1 ? integrations.values.first : nil
    }

    /// By `?plugin=NAME`, which may be left out where there is only one.
    func addressee(of query: String?) -> Addressee {
        let names = query == nil ? [] : Query(query).values("plugin")
        guard let name = names.first else {
            return only.map { .integration($0) } ?? .nobody(.noPluginNamed)
        }
        guard names.count == 1 else { return .nobody(.severalPluginsNamed) }
        guard let integration = integrations[name] else { return .nobody(.unknownPlugin) }
        return .integration(integration)
    }
}
