import HTTP
import Schema
import Signature

/// A plugin with its lane's tools.
final class Integration {
    let plugin: Plugin
    let verifier: Verifier
    let validator: Validator

    init(_ plugin: Plugin) {
        self.plugin = plugin
        verifier = Verifier(secrets: plugin.secrets, algorithms: plugin.algorithms)
        validator = Validator(schema: plugin.schema)
    }

    /// Why the signature, which is not the body's, is none.
    func mismatch(_ body: [UInt8], _ signature: Signature) -> Rejection.Mismatch {
        if !verifier.algorithms.contains(signature.algorithm) { return .algorithmNotAllowed }
        return verifier.matchesWithoutTrailingWhiteSpace(body, signature) ? .secretEndsInWhiteSpace : .noSecretFits
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

    init(_ plugins: [Plugin]) {
        integrations = Dictionary(plugins.map { ($0.name, Integration($0)) }, uniquingKeysWith: { first, _ in first })
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
