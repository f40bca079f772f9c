import Foundation
import Signature
import TLS
import Testing

/// Certificates that are made for a test, by the program `openssl`, in a folder of their own.
final class TestAuthority: Sendable {
    enum Key: String {
        case ellipticCurve = "ec:prime256v1"
        case rsa = "rsa:2048"
        case shortRSA = "rsa:1024"
    }

    struct Failed: Error { let errors: String }

    let folder: TemporaryFolder
    /// Of the authority itself.
    var certificate: String { file("ca") }

    init() throws {
        folder = try TemporaryFolder()
        try Self.openssl(
            ["req", "-x509"] + Self.newKey(.ellipticCurve) + [
                "-nodes", "-days", "30", "-subj", "/CN=An authority for tests", "-keyout", folder.file("ca.key"),
                "-out", folder.file("ca.pem"),
            ])
    }

    func file(_ name: String) -> String { folder.file(name + ".pem") }
    func keyFile(_ name: String) -> String { folder.file(name + ".key") }

    private static func newKey(_ key: Key) -> [String] {
        let words = key.rawValue.split(separator: ":").map(String.init)
        return words[0] == "ec"
            ? ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:\(words[1])"] : ["-newkey", key.rawValue]
    }

    /// Makes the files of a certificate for localhost and 127.0.0.1, with the authority's behind it as its chain. It holds
    /// for so many days, which may be over.
    @discardableResult
    func issue(_ name: String, days: Int = 20, key: Key = .ellipticCurve) throws -> TestAuthority {
        let request = folder.file(name + ".csr")
        try Self.openssl(
            ["req"] + Self.newKey(key) + [
                "-nodes", "-subj", "/CN=\(name)", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1",
                "-keyout", keyFile(name), "-out", request,
            ])
        // `x509` takes no negative number of days; `ca` takes dates.
        let index = folder.file("index")
        if !FileManager.default.fileExists(atPath: index) { try Data().write(to: URL(filePath: index)) }
        let settings = folder.file("ca.conf")
        try Data(
            """
            [ca]
            default_ca = own
            [own]
            database = \(index)
            new_certs_dir = \(folder.path)
            default_md = sha256
            rand_serial = yes
            policy = any
            copy_extensions = copy
            unique_subject = no
            [any]
            commonName = supplied
            """.utf8
        ).write(to: URL(filePath: settings))
        func date(_ days: Int) -> String {
            let formatter = DateFormatter()
            formatter.locale = Locale(identifier: "en_US_POSIX")
            formatter.timeZone = TimeZone(secondsFromGMT: 0)
            formatter.dateFormat = "yyyyMMddHHmmss'Z'"
            return formatter.string(from: Date(timeIntervalSinceNow: Double(days) * 86_400 + 3600))
        }
        try Self.openssl([
            "ca", "-batch", "-notext", "-config", settings, "-cert", certificate, "-keyfile",
            folder.file("ca.key"), "-startdate", date(-30), "-enddate", date(days), "-in", request, "-out", file(name),
        ])
        let chain = try String(contentsOfFile: file(name), encoding: .utf8)
        let own = try String(contentsOfFile: certificate, encoding: .utf8)
        try Data((chain + own).utf8).write(to: URL(filePath: file(name)))
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: keyFile(name))
        return self
    }

    /// Runs `openssl`, which must succeed.
    @discardableResult
    static func openssl(_ arguments: [String]) throws -> String {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/openssl")
        process.arguments = arguments
        let errors = Pipe()
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        process.standardError = errors
        try process.run()
        let text = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw Failed(errors: text) }
        return text
    }

    /// What a server needs that shows the certificate of this name. `asksClients`: for one of this authority.
    func identity(_ name: String, asksClients: Bool = false) throws -> ServerIdentity {
        func bytes(_ path: String) throws -> [UInt8] { Array(try Data(contentsOf: URL(filePath: path))) }
        let key = try #require(Secret(try bytes(keyFile(name))))
        return try unsafe key.withOctets { octets throws in
            try unsafe ServerIdentity(
                chain: bytes(file(name)), key: octets, authorities: asksClients ? bytes(certificate) : nil)
        }
    }
}
