import Foundation
import Log
import Net
import Synchronization
import TLS
import Testing

@testable import ResultsReceiver

/// The real binary with `[listener NAME]`.
@Suite(.timeLimit(.minutes(5)))
struct TLSServerTests {
    private static let plugin = "[plugin default]\nsecret-file = secret\n"

    private let authority: TestAuthority
    private let settings: SettingsFolder

    init() throws {
        authority = try TestAuthority().issue("server")
        settings = try SettingsFolder()
        try install("server")
        try write()
    }

    /// Puts the certificate of this name where the settings look for it.
    private func install(_ name: String) throws {
        try settings.write(String(contentsOfFile: authority.file(name), encoding: .utf8), to: "tls.pem")
        try settings.write(String(contentsOfFile: authority.keyFile(name), encoding: .utf8), to: "tls.key")
    }

    private func write(_ more: String = "", listener: String = "", to file: String = "x.conf") throws {
        try settings.write(
            "\(more)\n[listener public]\naddress = 127.0.0.1:0\ncertificate = tls.pem\nkey = tls.key\n\(listener)\n"
                + Self.plugin, to: file)
    }

    private func subject(_ server: RunningServer) async throws -> String {
        let output = try await SecureClient.run(server.address, []).output
        return output.firstMatch(of: #/subject=CN = (.*)/#).map { String($0.1) } ?? output
    }

    private static let get = "GET /results HTTP/1.1\r\nHost: a\r\n\r\n"

    // MARK: Deliveries

    @Test
    func curlPostsASignedMessage() async throws {
        let server = try await settings.start(enrolments: RunningServer.enrolments(["p1"]))
        let url = "https://\(server.address)/results"
        #expect(server.errors.contains("\"message\":\"listening on \(url)\""))
        let message = RunningServer.message(student: "p1")
        try settings.write(message, to: "m.xml")
        let ended = try await BuiltProgram.shell(
            "curl -sS --cacert \(authority.certificate) -w ' %{http_code} %{http_version}' --data-binary @m.xml "
                + "-H 'X-WebHook-Signature: \(try RunningServer.sign(message))' \(url)",
            folder: settings.folder.path)
        #expect(ended.output.contains("\"reason\":\"registered\""))
        #expect(ended.output.hasSuffix(" 200 1.1"), "\(ended.output)\(ended.errors)")
        try await eventually { server.errors.contains("\"reason\":\"registered\"") }
        #expect(server.errors.contains("\"client\":\"127.0.0.1\",\"code\":200"))
    }

    @Test func sendAndSelftestSpeakTLS() async throws {
        let server = try await settings.start(enrolments: RunningServer.enrolments(["p1"]))
        let url = "https://\(server.address)/results"
        try settings.write(RunningServer.message(student: "p1"), to: "m.xml")
        let common = ["--url", url, "--secret-file", "secret"]
        let folder = settings.folder.path
        let untrusting = try await BuiltProgram.run(["send", "m.xml"] + common, folder: folder)
        #expect(untrusting.code == 69)
        #expect(untrusting.errors.contains("--cacert"))
        let trusting = common + ["--cacert", authority.certificate]
        let sent = try await BuiltProgram.run(["send", "m.xml"] + trusting, folder: folder)
        #expect(sent.code == 0 && sent.output.hasPrefix("HTTP 200\n"), "\(sent.errors)")
        let tried = try await BuiltProgram.run(["selftest"] + trusting, folder: folder)
        #expect(tried.code == 0 && tried.output.contains(" 0 differ"), "\(tried.output)\(tried.errors)")
        let missing = try await BuiltProgram.run(["send", "m.xml", "--cacert", "none"] + common, folder: folder)
        #expect(missing.code == 66)
    }

    @Test func besideAPlainListenerEachSpeaksItsOwn() async throws {
        try write("[server]\nlisten = 127.0.0.1:0\n[listener inner]\naddress = 127.0.0.1:0")
        let server = try await settings.start(places: 3)
        let schemes = server.errors.matches(of: #/listening on (https?):/#).map { String($0.1) }
        #expect(schemes == ["http", "http", "https"])
        for address in server.addresses.prefix(2) {
            #expect(try TestClient(address).ask(Self.get).code == 405)
        }
        #expect(try SecureClient(server.addresses[2]).ask(Self.get).code == 405)
        let lost = try TestClient(server.addresses[2])
        lost.send(Self.get)
        _ = try lost.readToEnd(toleratesReset: true)
        try await eventually {
            server.errors.contains("closed a connection: plain HTTP came to a listener that speaks TLS")
        }
    }

    @Test func clientsMustShowACertificateWhereTheSettingsSaySo() async throws {
        try settings.write(String(contentsOfFile: authority.certificate, encoding: .utf8), to: "ca.pem")
        try write(listener: "client-ca = ca.pem")
        let server = try await settings.start()
        let stranger = try SecureClient(server.address)
        stranger.inside.send(Self.get)
        #expect(try stranger.inside.readToEnd(toleratesReset: true) == "")
        try authority.issue("client")
        let client = try SecureClient(
            server.address, ["-cert", authority.file("client"), "-key", authority.keyFile("client")])
        #expect(try client.inside.ask(Self.get).code == 405)
        try await eventually { server.errors.contains("\"reason\":\"no-client-certificate\"") }
    }

    // MARK: Starts that fail

    @Test func aPortThatIsTakenNamesTheKeyThatChoosesAnother() async throws {
        let taken = try Listener(SocketAddress(parsing: "127.0.0.1:0"))
        try settings.write(
            "[listener public]\naddress = \(taken.address)\ncertificate = tls.pem\nkey = tls.key\n" + Self.plugin,
            to: "x.conf")
        let ended = try await BuiltProgram.run(
            ["serve", "--config", settings.file], folder: settings.folder.path, limit: 20)
        #expect(ended.code == 69)
        #expect(ended.errors.contains("error: cannot listen on \(taken.address): the port is in use\n"))
        #expect(ended.errors.contains("hint: address in [listener public] chooses another\n"))
    }

    @Test func wrongFilesKeepItFromStartingBeforeThereIsADatabase() async throws {
        let other = try TestAuthority().issue("server")
        try settings.write(String(contentsOfFile: other.keyFile("server"), encoding: .utf8), to: "tls.key")
        let ended = try await BuiltProgram.run(
            ["serve", "--config", settings.file, "--database", "results.db"], folder: settings.folder.path, limit: 20)
        #expect(ended.code == 78)
        #expect(ended.errors.contains("is not the key of"))
        #expect(!FileManager.default.fileExists(atPath: settings.folder.file("results.db")))
        try FileManager.default.setAttributes(
            [.posixPermissions: 0o644], ofItemAtPath: settings.folder.file("tls.key"))
        let exposed = try await BuiltProgram.run(
            ["serve", "--config", settings.file], folder: settings.folder.path, limit: 20)
        #expect(exposed.code == 77)
        #expect(exposed.errors.contains("chmod 600"))
    }

    // MARK: Reload

    @Test func aReloadTakesANewCertificateForNewConnections() async throws {
        let server = try await settings.start()
        let old = try SecureClient(server.address)
        #expect(try old.inside.ask(Self.get).code == 405)
        #expect(try await subject(server) == "server")
        try authority.issue("renewed")
        try install("renewed")
        #expect(try await subject(server) == "server")
        #expect(try await server.reload().contains("\"message\":\"reloaded\""))
        #expect(try await subject(server) == "renewed")
        #expect(try old.inside.ask(Self.get).code == 405)
    }

    @Test(arguments: ["certificate", "key", "client-ca", "setting"])
    func aReloadWithAnythingWrongChangesNothingAndSaysWhy(_ what: String) async throws {
        try write("[admin]\nlisten = 127.0.0.1:0")
        let manager = try FakeManager()
        let server = try await settings.start(environment: ["NOTIFY_SOCKET": manager.address])
        try manager.awaits("READY=1")
        let name = "results_receiver_tls_certificate_expiry_seconds"
        let before = try server.metrics()
        try authority.issue("renewed", days: 15)
        try install("renewed")
        var reason = "klingon"
        switch what {
        case "certificate":
            try settings.write("nothing", to: "tls.pem")
            reason = "holds no certificate"
        case "key":
            try settings.write(String(contentsOfFile: authority.keyFile("server"), encoding: .utf8), to: "tls.key")
            reason = "is not the key of"
        case "client-ca":
            try write("[admin]\nlisten = 127.0.0.1:0", listener: "client-ca = none")
            reason = "none: no such file"
        default: try write("[server]\nlanguage = klingon\n[admin]\nlisten = 127.0.0.1:0")
        }
        let line = try await server.reload()
        #expect(line.contains("not reloaded: all is as it was") && line.contains(reason), "\(line)")
        try manager.awaits("RELOADING=1")
        #expect(
            try manager.awaits("READY=1").contains { $0.contains("failed, all is as it was") && $0.contains(reason) })
        #expect(try await subject(server) == "server")
        let after = try server.metrics()
        #expect(after.value("results_receiver_reload_success") == 0)
        #expect(after.value(name, ["listener": "public"]) == before.value(name, ["listener": "public"]))
        // Put right, the next one takes it.
        try install("renewed")
        try write("[admin]\nlisten = 127.0.0.1:0")
        #expect(try await server.reload().contains("\"message\":\"reloaded\""))
        #expect(try await subject(server) == "renewed")
        #expect(try server.metrics().value("results_receiver_reload_success") == 1)
    }

    @Test func whatAReloadCannotChangeWaitsForARestart() async throws {
        let server = try await settings.start()
        try settings.write(
            "[listener public]\naddress = 127.0.0.1:1\n[listener more]\naddress = 127.0.0.1:2\n" + Self.plugin,
            to: "x.conf")
        #expect(try await server.reload().contains("\"message\":\"reloaded\""))
        for key in ["address", "certificate", "[listener more]"] {
            #expect(
                server.errors.contains("\"a changed setting waits for a restart\",\"setting\":\"\(key)\""), "\(key)")
        }
        // It does not become a plain one unasked.
        #expect(try await subject(server) == "server")
    }

    // MARK: Expiry

    @Test func metricAndLogTellOfACertificateThatExpiresSoon() async throws {
        try authority.issue("short", days: 5).issue("late", days: -1)
        try install("short")
        try write("[admin]\nlisten = 127.0.0.1:0")
        let server = try await settings.start()
        try await eventually { server.errors.contains("the certificate of [listener public] expires in 5 days") }
        #expect(server.errors.contains("\"level\":\"warning\",\"message\":\"the certificate of [listener public]"))
        let name = "results_receiver_tls_certificate_expiry_seconds"
        let expiry = try #require(try server.metrics().value(name, ["listener": "public"]))
        #expect(abs(expiry - Date().timeIntervalSince1970 - 5 * 86_400 - 3600) < 120)
        try install("late")
        _ = try await server.reload()
        try await eventually { server.errors.contains("has expired: clients refuse it") }
        #expect(try #require(try server.metrics().value(name, ["listener": "public"])) < Date().timeIntervalSince1970)
        #expect(try server.metrics().value("results_receiver_tls_handshake_failures_total", ["reason": "other"]) == 0)
    }

    @Test func itIsSaidAgainEveryDayUntilItIsRenewed() async throws {
        try authority.issue("short", days: 5)
        let entry = TLSEntry(try authority.identity("short"))
        let lines = Mutex("")
        let logger = Logger(format: .json) { octets in lines.withLock { $0 += String(decoding: octets, as: UTF8.self) }
        }
        func count() -> Int { lines.withLock { $0.matches(of: #/expires in 5 days/#).count } }
        let watch = CertificateWatch([("public", entry)], logger, every: .milliseconds(20))
        watch.start()
        try await eventually { count() >= 3 }
        entry.change(to: try authority.identity("server"))
        watch.stop()
        logger.flush()
        let before = count()
        let next = CertificateWatch([("public", entry)], logger, every: .milliseconds(20))
        next.look()
        logger.flush()
        #expect(count() == before)
    }

    // MARK: Inherited sockets

    private func socket() throws -> Listener { try Listener(SocketAddress(parsing: "127.0.0.1:0")) }

    @Test func aSocketOfTheListenersNameTakesThePlaceOfItsAddressAndSpeaksItsTLS() async throws {
        let taken = try socket()
        try settings.write(
            "[server]\nlisten = 127.0.0.1:0\n[listener public]\naddress = \(taken.address)\ncertificate = tls.pem\n"
                + "key = tls.key\n" + Self.plugin, to: "x.conf")
        let sockets = [try socket(), try socket()]
        let server = try await settings.start(
            environment: ["LISTEN_FDNAMES": "public:results-receiver.socket"], sockets: sockets)
        // Those without TLS come first.
        #expect(server.addresses == [sockets[1].address, sockets[0].address])
        #expect(server.errors.contains("listening on https://\(sockets[0].address)/results"))
        #expect(try SecureClient(sockets[0].address).ask(Self.get).code == 405)
        #expect(try TestClient(sockets[1].address).ask(Self.get).code == 405)
        try authority.issue("renewed")
        try install("renewed")
        _ = try await server.reload()
        #expect(try await SecureClient.run(sockets[0].address, []).output.contains("subject=CN = renewed"))
    }

    @Test func severalSocketsMayHaveTheListenersNameAndListenIsStillUsed() async throws {
        try write("[server]\nlisten = 127.0.0.1:0")
        let sockets = [try socket(), try socket()]
        let server = try await settings.start(
            environment: ["LISTEN_FDNAMES": "public:public"], sockets: sockets, places: 3)
        #expect(server.addresses.dropFirst() == sockets.map(\.address)[...])
        for socket in sockets { #expect(try SecureClient(socket.address).ask(Self.get).code == 405) }
        #expect(try TestClient(server.address).ask(Self.get).code == 405)
    }

    @Test func aSocketCalledAdminTakesThePlaceOfTheAdminAddress() async throws {
        let taken = try socket()
        for admin in ["", "[admin]\nlisten = \(taken.address)\n"] {
            try settings.write("[server]\nlisten = 127.0.0.1:0\n\(admin)" + Self.plugin, to: "x.conf")
            let socket = try socket()
            let server = try await settings.start(environment: ["LISTEN_FDNAMES": "admin"], sockets: [socket])
            #expect(server.adminAddress == socket.address)
            #expect(try server.ask("/healthz").code == 200)
            #expect(try TestClient(server.address).ask(Self.get).code == 405)
            #expect(server.address != socket.address)
        }
    }

    @Test func anAdminSocketForEverybodyIsRefusedUntilTheSettingsSaySo() async throws {
        let socket = try Listener(SocketAddress(parsing: "0.0.0.0:0"))
        try settings.write("[server]\nlisten = 127.0.0.1:0\n" + Self.plugin, to: "x.conf")
        await #expect {
            try await settings.start(environment: ["LISTEN_FDNAMES": "admin"], sockets: [socket])
        } throws: { error in
            (error as? RunningServer.DidNotListen)?.errors.contains("write public = yes in [admin]") == true
        }
        try settings.write("[server]\nlisten = 127.0.0.1:0\n[admin]\npublic = yes\n" + Self.plugin, to: "x.conf")
        let server = try await settings.start(environment: ["LISTEN_FDNAMES": "admin"], sockets: [socket])
        #expect(server.adminAddress?.port == socket.address.port)
    }
}
