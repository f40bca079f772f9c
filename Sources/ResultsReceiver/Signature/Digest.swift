internal import CHMAC

/// SHA-256 of any number of messages. Belongs to one lane: it is not Sendable.
@safe package final class Digest {
    private let context: UnsafeMutableRawPointer

    package init() {
        // At the start of a lane: without SHA-256 no message could be told from another, and nothing may be registered.
        guard let context = unsafe chmac_digest_create() else { fatalError("OpenSSL has no memory or no SHA-256") }
        unsafe self.context = context
    }

    deinit { unsafe chmac_digest_free(context) }

    /// The 32 octets.
    package func digest(of message: [UInt8]) -> [UInt8] {
        var digest = [UInt8](repeating: 0, count: 32)
        let done = unsafe message.withUnsafeBytes { message in
            unsafe chmac_digest_compute(context, message.baseAddress, message.count, &digest)
        }
        // The context is there already, so only memory can be wanting; a digest that is none would break the rule that the
        // same bytes register once.
        guard done == 1 else { fatalError("OpenSSL has no memory for a SHA-256") }
        return digest
    }
}
