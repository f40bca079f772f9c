internal import CHMAC

/// The hash below the HMAC of a signature.
package enum Algorithm: String, CaseIterable, Sendable {
    /// What aNewSpring signs with.
    case sha1
    case sha256
    /// What Coachview takes unless told otherwise.
    case sha512

    /// The length of a MAC, by which the algorithms are told apart.
    package var byteCount: Int {
        switch self {
        case .sha1: 20
        case .sha256: 32
        case .sha512: 64
        }
    }

    /// The algorithm whose MACs have this length.
    init?(byteCount: Int) {
        guard let algorithm = Self.allCases.first(where: { $0.byteCount == byteCount }) else { return nil }
        self = algorithm
    }

    var hash: chmac_hash {
        switch self {
        case .sha1: CHMAC_SHA1
        case .sha256: CHMAC_SHA256
        case .sha512: CHMAC_SHA512
        }
    }
}
