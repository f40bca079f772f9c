internal import CTLS

/// Certificate, key and rules by which a server speaks TLS, read and checked. OpenSSL wipes the key with the last
/// connection that was made by it.
@safe package final class ServerIdentity: Sendable {
    // Sendable although a pointer: a context is not changed once it is made, OpenSSL counts its references atomically
    // and locks what its connections share (openssl-threads(7)).
    private nonisolated(unsafe) let context: UnsafeMutableRawPointer

    /// When the first certificate of the chain to expire does: seconds since 1970.
    package let expiry: Int64

    /// All of it is PEM. In the chain the server's own certificate comes first; the octets of the key are the caller's to
    /// wipe; where authorities are given, clients must show a certificate by one of them.
    package init(
        chain: [UInt8], key: UnsafeRawBufferPointer, authorities: [UInt8]?
    ) throws(IdentityFault) {
        var fault = CTLS_NO_FAULT
        let made = unsafe ctls_context_create(
            chain, chain.count, key.baseAddress, key.count, authorities, authorities?.count ?? 0, &fault)
        guard let made = unsafe made else { throw IdentityFault(fault) }
        unsafe context = made
        expiry = unsafe ctls_context_expiry(made)
    }

    deinit { unsafe ctls_context_free(context) }

    /// A connection over a socket that stays open as long as the connection is used. Owned by the caller; nil without
    /// memory.
    func connection(over socket: CInt) -> UnsafeMutableRawPointer? { unsafe ctls_create(context, socket) }
}

/// Why files are no identity.
package enum IdentityFault: Error, Sendable, Equatable {
    /// There is none in PEM form.
    case noCertificate, noKey, noAuthority
    /// There is one, and it cannot be read.
    case badCertificate, badAuthority
    /// Its key, or a signature in the chain, is too short to be safe.
    case weakCertificate
    case encryptedKey
    /// It is another certificate's.
    case keyMismatch
    case refused

    init(_ fault: ctls_fault) {
        self =
            switch fault {
            case CTLS_NO_CERTIFICATE: .noCertificate
            case CTLS_BAD_CERTIFICATE: .badCertificate
            case CTLS_WEAK_CERTIFICATE: .weakCertificate
            case CTLS_NO_KEY: .noKey
            case CTLS_ENCRYPTED_KEY: .encryptedKey
            case CTLS_KEY_MISMATCH: .keyMismatch
            case CTLS_NO_AUTHORITY: .noAuthority
            case CTLS_BAD_AUTHORITY: .badAuthority
            default: .refused
            }
    }
}
