import Foundation
import Results
import Testing

@testable import ResultsReceiver

/// The files that a listener names: what is wrong with one is a line with its place and the cure.
@Suite(.timeLimit(.minutes(2)))
struct ListenerFilesTests {
    private static let authority = Result {
        try TestAuthority().issue("server", days: 100).issue("other").issue("short", key: .shortRSA)
    }

    private func check(
        _ change: (TestAuthority, CommandFixture) throws -> String, environment: [String: String] = [:]
    ) async throws -> CommandFixture.Ended {
        let authority = try Self.authority.get()
        var fixture = try CommandFixture()
        for name in ["server", "other", "short"] {
            try fixture.write("\(name).pem", String(contentsOfFile: authority.file(name), encoding: .utf8))
            try fixture.write("\(name).key", String(contentsOfFile: authority.keyFile(name), encoding: .utf8))
        }
        try fixture.write("ca.pem", String(contentsOfFile: authority.certificate, encoding: .utf8))
        try fixture.write("secret", "a secret for tests only")
        let keys = try change(authority, fixture)
        let file = try fixture.write(
            "x.conf", "[listener public]\naddress = 127.0.0.1:0\n\(keys)\n[plugin default]\nsecret-file = secret\n")
        fixture.environment = environment
        return try await fixture.run(
            "config", "check", "--config", file, "--database", fixture.folder.file("results.db"))
    }

    private func lines(_ keys: String) -> (TestAuthority, CommandFixture) throws -> String { { _, _ in keys } }

    @Test func rightFilesAreNoMistake() async throws {
        let ended = try await check(lines("certificate = server.pem\nkey = server.key\nclient-ca = ca.pem"))
        #expect(ended.code == 0 && ended.errors == "", "\(ended.errors)")
    }

    /// `FOLDER/` is taken away.
    @Test(arguments: [
        (
            "certificate = none.pem\nkey = server.key",
            "x.conf:3:1: certificate: none.pem: no such file; name a file in PEM form"
        ),
        (
            "certificate = server.pem\nkey = none.key",
            "x.conf:4:1: key: there is no key file none.key; put the private key of the certificate into it"
        ),
        (
            "certificate = server.pem\nkey = server.key\nclient-ca = none",
            "x.conf:5:1: client-ca: none: no such file; name a file in PEM form"
        ),
        (
            "certificate = secret\nkey = server.key",
            "x.conf:3:1: certificate: secret holds no certificate in PEM form; it begins with "
                + "-----BEGIN CERTIFICATE-----"
        ),
        (
            "certificate = server.key\nkey = server.key",
            "x.conf:3:1: certificate: server.key holds no certificate in PEM form; it begins with "
                + "-----BEGIN CERTIFICATE-----"
        ),
        (
            "certificate = broken.pem\nkey = server.key",
            "x.conf:3:1: certificate: broken.pem holds a certificate that cannot be read; have it issued anew"
        ),
        (
            "certificate = server.pem\nkey = secret",
            "x.conf:4:1: key: secret holds no private key in PEM form that can be read; it begins with "
                + "-----BEGIN PRIVATE KEY-----"
        ),
        (
            "certificate = server.pem\nkey = locked.key",
            "x.conf:4:1: key: locked.key is protected by a password; take it off: openssl pkey -in locked.key -out "
                + "NEW, and keep others out"
        ),
        (
            "certificate = server.pem\nkey = other.key",
            "x.conf:4:1: key: other.key is not the key of server.pem; name the key for which the certificate was "
                + "issued"
        ),
        (
            "certificate = short.pem\nkey = short.key",
            "x.conf:3:1: certificate: short.pem holds a certificate whose key or signature is too short to be safe; "
                + "have one issued for RSA of 2048 bits or more, or an elliptic curve, signed with SHA-256"
        ),
        (
            "certificate = server.pem\nkey = server.key\nclient-ca = secret",
            "x.conf:5:1: client-ca: secret holds no certificate in PEM form; it begins with "
                + "-----BEGIN CERTIFICATE-----"
        ),
        (
            "certificate = server.pem\nkey = server.key\nclient-ca = broken.pem",
            "x.conf:5:1: client-ca: broken.pem holds a certificate that cannot be read; have it exported anew"
        ),
        (
            "certificate = server.pem\nkey = open.key",
            "x.conf:4:1: key: the key file open.key has mode 0644: other users can read it; chmod 600 open.key"
        ),
        (
            "certificate = server.pem\nkey = credential:tls",
            "x.conf:4:1: key: there is no credential tls, because systemd did not start the program; "
                + "name a file, or give the unit LoadCredential=tls:FILE"
        ),
    ])
    func everyWrongFileIsALineWithItsPlaceAndTheCure(_ keys: String, _ line: String) async throws {
        var folder = ""
        let ended = try await check { authority, fixture in
            folder = fixture.folder.path
            let whole = try String(contentsOfFile: authority.file("server"), encoding: .utf8)
            let rest = whole.split(separator: "\n", omittingEmptySubsequences: false)
            try fixture.write("broken.pem", ([rest[0], "MIIB"] + rest.dropFirst(4)).joined(separator: "\n"))
            try fixture.write("open.key", String(contentsOfFile: authority.keyFile("server"), encoding: .utf8))
            try FileManager.default.setAttributes(
                [.posixPermissions: 0o644], ofItemAtPath: fixture.folder.file("open.key"))
            try TestAuthority.openssl([
                "pkey", "-in", authority.keyFile("server"), "-aes256", "-passout", "pass:word", "-out",
                fixture.folder.file("locked.key"),
            ])
            try FileManager.default.setAttributes(
                [.posixPermissions: 0o600], ofItemAtPath: fixture.folder.file("locked.key"))
            return keys
        }
        #expect(ended.code == 78)
        let errors = ended.errors.replacing(folder + "/", with: "").split(separator: "\n").filter {
            $0.hasPrefix("results-receiver: error: ")
        }
        #expect(errors == ["results-receiver: error: \(line)"])
    }

    @Test func aCredentialOfSystemdIsTakenAsItIs() async throws {
        let credentials = try TemporaryFolder()
        let authority = try Self.authority.get()
        for (name, path) in [("tls-key", authority.keyFile("server")), ("tls-cert", authority.file("server"))] {
            try FileManager.default.copyItem(atPath: path, toPath: credentials.file(name))
            try FileManager.default.setAttributes([.posixPermissions: 0o444], ofItemAtPath: credentials.file(name))
        }
        let ended = try await check(
            lines("certificate = credential:tls-cert\nkey = credential:tls-key"),
            environment: ["CREDENTIALS_DIRECTORY": credentials.path])
        #expect(ended.code == 0, "\(ended.errors)")
    }

    @Test(arguments: [(3, "expires in 3 days"), (0, "expires in 0 days"), (-2, "has expired: clients refuse it")])
    func aCertificateThatExpiresSoonIsAWarning(_ days: Int, _ words: String) async throws {
        let ended = try await check { authority, fixture in
            try authority.issue("soon", days: days)
            try fixture.write("soon.pem", String(contentsOfFile: authority.file("soon"), encoding: .utf8))
            try fixture.write("soon.key", String(contentsOfFile: authority.keyFile("soon"), encoding: .utf8))
            return "certificate = soon.pem\nkey = soon.key"
        }
        #expect(ended.code == 0)
        #expect(ended.errors.contains("x.conf:3:1: certificate: the certificate of [listener public] \(words) (2"))
    }

    @Test func fifteenDaysBeforeNothingIsSaid() {
        let now: Int64 = 1_800_000_000
        func notice(_ seconds: Int64) -> ExpiryNotice? {
            ExpiryNotice(listener: "a", expiry: now + seconds, now: .init(milliseconds: now * 1000))
        }
        #expect(notice(15 * 86_400) == nil)
        #expect(notice(14 * 86_400 + 1) == nil)
        #expect(notice(14 * 86_400)?.message == "the certificate of [listener a] expires in 14 days")
        #expect(notice(86_400 + 1)?.message == "the certificate of [listener a] expires in 1 day")
        #expect(notice(1)?.hasExpired == false)
        #expect(notice(0)?.hasExpired == true)
    }
}
