internal import CHMAC

/// Decides whether a body was signed with one of the secrets of an integration.
///
/// Belongs to one lane: it keeps keyed MACs that only one thread may use at a time. It never gives out a right MAC.
package final class Verifier {
    /// What the settings accept. A signature by another algorithm never matches, after as much work as one that might.
    package let algorithms: Set<Algorithm>
    private let macs: [Algorithm: [KeyedMAC]]
    /// Under the secrets that end with white space, without it.
    private let trimmedMACs: [KeyedMAC]
    private let digest = Digest()

    /// Without secrets (an integration that does not exist) nothing ever matches, after as much work as with one.
    package init(secrets: [Secret], algorithms: Set<Algorithm> = Set(Algorithm.allCases)) {
        self.algorithms = algorithms
        let keys = secrets.isEmpty ? [Secret.random()] : secrets
        macs = Dictionary(
            uniqueKeysWithValues: Algorithm.allCases.map { algorithm in
                (algorithm, keys.map { KeyedMAC($0, algorithm) })
            })
        trimmedMACs = secrets.compactMap(\.withoutTrailingWhiteSpace).flatMap { secret in
            algorithms.map { KeyedMAC(secret, $0) }
        }
    }

    /// The body as one that is proved to come from someone who knows a secret; nil when it does not match.
    ///
    /// Every secret is tried whatever the others gave, so that the time shows neither which one matched nor how near
    /// a wrong signature came.
    package func verify(_ body: [UInt8], against signature: Signature) -> VerifiedPayload? {
        var position = -1
        for (index, mac) in (macs[signature.algorithm] ?? []).enumerated() {
            let matches = mac.matches(body, signature.mac) & (position < 0 ? 1 : 0)
            position += matches * (index + 1)
        }
        guard position >= 0, algorithms.contains(signature.algorithm) else { return nil }
        return VerifiedPayload(
            bytes: body, match: .init(algorithm: signature.algorithm, position: position),
            digest: digest.digest(of: body))
    }

    /// Whether the body would match a secret without the white space at that secret's end: its file probably has an
    /// end of line too many. For the log only, after `verify` gave nil.
    package func matchesWithoutTrailingWhiteSpace(_ body: [UInt8], _ signature: Signature) -> Bool {
        trimmedMACs.contains { $0.algorithm == signature.algorithm && $0.matches(body, signature.mac) == 1 }
    }
}

/// A body whose signature matched. Only `Verifier.verify` makes one, and from what it made once, a record of it.
package struct VerifiedPayload: Sendable {
    package let bytes: [UInt8]
    /// Nil: the signature was right when the body came, which was recorded.
    package let match: Match?
    /// The 32 octets of the SHA-256 of `bytes`, by which identical messages are known.
    package let digest: [UInt8]

    /// What the signature was made with.
    package struct Match: Sendable {
        package let algorithm: Algorithm
        /// Which of the integration's secrets matched, from 0; of several equal ones the first.
        package let position: Int
    }

    fileprivate init(bytes: [UInt8], match: Match?, digest: [UInt8]) {
        self.bytes = bytes
        self.match = match
        self.digest = digest
    }

    /// A body that was verified when it came and kept with its digest; nil where it is not the same any more.
    package init?(recorded bytes: [UInt8], digest: [UInt8]) {
        guard Digest().digest(of: bytes) == digest else { return nil }
        self.init(bytes: bytes, match: nil, digest: digest)
    }
}

/// The sender's side, for the commands that sign.
package enum Signing {
    /// The value of the signature header for this body.
    package static func fieldValue(for body: [UInt8], secret: Secret, algorithm: Algorithm) -> String {
        Base64.encode(KeyedMAC(secret, algorithm).mac(of: body))
    }
}
