import Configuration
import Signature
import TLS

extension ListenerSettings {
    /// What its TLS needs, read and checked; nil where it has none.
    ///
    /// Fails with exit code 78, or 77 where a file may not be read, or the key may be read by others.
    func loadIdentity(in surroundings: Surroundings) throws(Failure) -> ServerIdentity? {
        guard let certificate = certificate.value, let key = key.value else { return nil }
        let chain = try read(certificate, self.certificate.origin, "certificate", in: surroundings)
        let authorities = try clientAuthority.value.map { source throws(Failure) in
            try read(source, clientAuthority.origin, "client-ca", in: surroundings)
        }
        let wrongKey = { (message: String, cure: String?) in
            Failure(.configuration, Mistake(self.key.origin, key: "key", message, cure: cure).description)
        }
        let secret = try Secret.read(
            key.place(in: surroundings, wrongKey), called: "key file",
            cure: "put the private key of the certificate into it", wrongKey)
        do throws(IdentityFault) {
            return try unsafe secret.withOctets { octets throws(IdentityFault) in
                try unsafe ServerIdentity(chain: chain, key: octets, authorities: authorities)
            }
        } catch {
            throw Failure(.configuration, mistake(error, certificate, key).description)
        }
    }

    private func read(
        _ source: SecretSource, _ origin: Origin, _ key: String, in surroundings: Surroundings
    ) throws(Failure) -> [UInt8] {
        let (path, _) = try source.place(in: surroundings) { message, cure in
            Failure(.configuration, Mistake(origin, key: key, message, cure: cure).description)
        }
        do throws(InputFileError) {
            return try InputFile.read(path, limit: 1 << 20)
        } catch {
            let isPermission = error == .notPermitted
            throw Failure(
                isPermission ? .notPermitted : .configuration,
                Mistake(
                    origin, key: key, "\(path): \(error.message)",
                    cure: isPermission ? "check the owner and mode of the file" : "name a file in PEM form"
                ).description)
        }
    }

    private func mistake(_ fault: IdentityFault, _ certificate: SecretSource, _ key: SecretSource) -> Mistake {
        func wrongCertificate(_ message: String, _ cure: String) -> Mistake {
            Mistake(self.certificate.origin, key: "certificate", "\(certificate) \(message)", cure: cure)
        }
        func wrongKey(_ message: String, _ cure: String) -> Mistake {
            Mistake(self.key.origin, key: "key", "\(key) \(message)", cure: cure)
        }
        func wrongAuthority(_ message: String, _ cure: String) -> Mistake {
            let file = clientAuthority.value.map { "\($0)" } ?? ""
            return Mistake(clientAuthority.origin, key: "client-ca", "\(file) \(message)", cure: cure)
        }
        let pem = "it begins with -----BEGIN CERTIFICATE-----"
        switch fault {
        case .noCertificate: return wrongCertificate("holds no certificate in PEM form", pem)
        case .badCertificate: return wrongCertificate("holds a certificate that cannot be read", "have it issued anew")
        case .weakCertificate:
            return wrongCertificate(
                "holds a certificate whose key or signature is too short to be safe",
                "have one issued for RSA of 2048 bits or more, or an elliptic curve, signed with SHA-256")
        case .noKey:
            return wrongKey(
                "holds no private key in PEM form that can be read", "it begins with -----BEGIN PRIVATE KEY-----")
        case .encryptedKey:
            return wrongKey(
                "is protected by a password", "take it off: openssl pkey -in \(key) -out NEW, and keep others out")
        case .keyMismatch:
            return wrongKey("is not the key of \(certificate)", "name the key for which the certificate was issued")
        case .noAuthority: return wrongAuthority("holds no certificate in PEM form", pem)
        case .badAuthority: return wrongAuthority("holds a certificate that cannot be read", "have it exported anew")
        case .refused: return wrongCertificate("is not accepted by OpenSSL", "try it with openssl s_server")
        }
    }
}
