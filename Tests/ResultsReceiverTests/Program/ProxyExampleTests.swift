import Foundation
import Glibc
import Net
import Testing

/// The examples of README.md for a proxy that speaks TLS in front of the receiver, run as they stand there but for
/// addresses and files. Only where the proxy is installed: `scripts/test --all` installs them.
@Suite(.timeLimit(.minutes(2)))
struct ProxyExampleTests {
    private static let nginx = "/usr/sbin/nginx"
    private static let caddy = "/usr/bin/caddy"

    /// A proxy as a process that ends with the last reference.
    private final class Proxy {
        private let process = Process()

        init(_ program: String, _ arguments: [String], folder: TemporaryFolder) throws {
            process.executableURL = URL(fileURLWithPath: program)
            process.arguments = arguments
            process.environment = ["HOME": folder.path, "XDG_DATA_HOME": folder.path, "XDG_CONFIG_HOME": folder.path]
            process.currentDirectoryURL = URL(fileURLWithPath: folder.path)
            try Data().write(to: URL(filePath: folder.file("proxy.log")))
            process.standardError = FileHandle(forWritingAtPath: folder.file("proxy.log"))
            process.standardOutput = FileHandle.nullDevice
            process.standardInput = FileHandle.nullDevice
            try process.run()
        }

        deinit {
            // SIGQUIT has nginx end its workers too; SIGKILL would leave them.
            kill(process.processIdentifier, SIGTERM)
            process.waitUntilExit()
        }
    }

    /// The block of this language in README.md that speaks of a proxy.
    private static func example(_ language: String) throws -> String {
        let text = try String(
            contentsOf: DocumentationPage.repository.appending(path: "README.md"), encoding: .utf8)
        let blocks = text.components(separatedBy: "```\(language)\n").dropFirst()
            .compactMap { $0.components(separatedBy: "\n```").first }
        return try #require(blocks.first { $0.contains("results.example.nl {") || $0.contains("proxy_pass") })
    }

    /// Nobody listens there for now.
    private static func freePort() throws -> UInt16 {
        try Listener(SocketAddress(parsing: "127.0.0.1:0")).address.port
    }

    private static func isReached(_ port: UInt16) -> Bool {
        (try? TestClient(SocketAddress(parsing: "127.0.0.1:\(port)"))) != nil
    }

    /// Posts a message through the proxy from another address, and looks what the receiver made of it.
    private func expectDelivery(
        through start: (_ receiver: SocketAddress, _ port: UInt16, TestAuthority, TemporaryFolder) throws -> Proxy
    ) async throws {
        let authority = try TestAuthority().issue("proxy", key: .rsa)
        let settings = try SettingsFolder("trusted-proxies = 127.0.0.1")
        let server = try await settings.start(enrolments: RunningServer.enrolments(["p1"]))
        let port = try Self.freePort()
        let proxy = try start(server.address, port, authority, settings.folder)
        try await eventually { Self.isReached(port) }
        let message = RunningServer.message(student: "p1")
        try settings.write(message, to: "m.xml")
        let post =
            "curl -sS --interface 127.0.0.2 --cacert \(authority.certificate) --data-binary @m.xml"
            + " -H 'X-WebHook-Signature: \(try RunningServer.sign(message))' -H 'Forwarded: for=192.0.2.66'"
            + " -H 'X-Forwarded-For: 192.0.2.77' https://localhost:\(port)/results"
        let ended = try await BuiltProgram.shell(post, folder: settings.folder.path)
        let log = (try? String(contentsOfFile: settings.folder.file("proxy.log"), encoding: .utf8)) ?? ""
        #expect(ended.output.contains("\"reason\":\"registered\""), "\(ended.output)\(ended.errors)\(log)")
        // The client is the proxy's, not what a stranger wrote.
        try await eventually { server.errors.contains("\"message\":\"delivery accepted\"") }
        #expect(server.errors.contains("\"client\":\"127.0.0.2\""), "\(server.errors)")
        #expect(!server.errors.contains("cannot tell for whom"))
        let again = try await BuiltProgram.shell(post, folder: settings.folder.path)
        #expect(again.output.contains("\"reason\":\"duplicate\""))
        withExtendedLifetime(proxy) {}
    }

    @Test(.enabled(if: FileManager.default.isExecutableFile(atPath: nginx), "scripts/test --all installs nginx"))
    func nginxInFrontAsTheReadmeHasIt() async throws {
        let example = try Self.example("nginx")
        try await expectDelivery { receiver, port, authority, folder in
            let block = example.replacing("127.0.0.1:8080", with: "\(receiver)")
                .replacing(#/listen 443 ssl/#, with: "listen 127.0.0.1:\(port) ssl")
                .replacing(#/listen \[::\]:443 ssl;\n/#, with: "")
                .replacing(#/ssl_certificate \S+;/#, with: "ssl_certificate \(authority.file("proxy"));")
                .replacing(#/ssl_certificate_key \S+;/#, with: "ssl_certificate_key \(authority.keyFile("proxy"));")
            let paths = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
                .map { "\($0)_temp_path \(folder.path)/\($0);" }.joined(separator: "\n")
            let whole = """
                daemon off;
                pid \(folder.path)/nginx.pid;
                error_log stderr;
                events {}
                http {
                access_log off;
                \(paths)
                \(block)
                }
                """
            try Data(whole.utf8).write(to: URL(filePath: folder.file("nginx.conf")))
            return try Proxy(
                Self.nginx, ["-e", "stderr", "-p", folder.path, "-c", folder.file("nginx.conf")], folder: folder)
        }
    }

    @Test(.enabled(if: FileManager.default.isExecutableFile(atPath: caddy), "scripts/test --all installs Caddy"))
    func caddyInFrontAsTheReadmeHasIt() async throws {
        let example = try Self.example("text")
        try await expectDelivery { receiver, port, authority, folder in
            let files = "\(authority.file("proxy")) \(authority.keyFile("proxy"))"
            let block = example.replacing("127.0.0.1:8080", with: "\(receiver)")
                .replacing("results.example.nl {", with: "https://localhost:\(port) {\n    tls \(files)")
            // It would take the ports 80 and 2019 besides.
            let whole = "{\n    admin off\n    auto_https disable_redirects\n}\n\(block)\n"
            try Data(whole.utf8).write(to: URL(filePath: folder.file("Caddyfile")))
            return try Proxy(
                Self.caddy, ["run", "--adapter", "caddyfile", "--config", folder.file("Caddyfile")], folder: folder)
        }
    }
}
