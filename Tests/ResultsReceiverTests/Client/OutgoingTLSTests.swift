import Client
import Foundation
import Testing

/// Against `openssl s_server`.
struct OutgoingTLSTests {
    /// A server with a certificate of its own making for `localhost`.
    private final class Server {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("tls-\(UUID().uuidString)")
        let port: Int
        private let process = Process()

        var certificate: String { folder.appendingPathComponent("certificate.pem").path }

        init() throws {
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
            let key = folder.appendingPathComponent("key.pem").path
            let certificate = folder.appendingPathComponent("certificate.pem").path
            let maker = Process()
            maker.executableURL = URL(fileURLWithPath: "/usr/bin/openssl")
            maker.arguments = [
                "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
                "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-keyout", key,
                "-out", certificate,
            ]
            maker.standardError = FileHandle.nullDevice
            try maker.run()
            maker.waitUntilExit()
            let output = Pipe()
            process.executableURL = URL(fileURLWithPath: "/usr/bin/openssl")
            process.arguments = [
                "s_server", "-accept", "127.0.0.1:0", "-key", key, "-cert", certificate, "-www",
            ]
            process.standardInput = FileHandle.nullDevice
            process.standardOutput = output
            process.standardError = FileHandle.nullDevice
            try process.run()
            // Once listening it says `ACCEPT 127.0.0.1:PORT`.
            var text = ""
            var port: Int?
            while port == nil {
                let more = output.fileHandleForReading.availableData
                guard !more.isEmpty else { break }
                text += String(decoding: more, as: UTF8.self)
                let line = text.split(separator: "\n", omittingEmptySubsequences: false).dropLast()
                    .first { $0.hasPrefix("ACCEPT") }
                port = line?.split(separator: ":").last.flatMap { Int($0) }
            }
            self.port = try #require(port)
        }

        deinit {
            // Not SIGTERM: a process that is started from a thread of Dispatch inherits that it is blocked.
            kill(process.processIdentifier, SIGKILL)
            process.waitUntilExit()
            try? FileManager.default.removeItem(at: folder)
        }
    }

    private func error(_ request: OutgoingRequest) -> OutgoingError.Kind? {
        do throws(OutgoingError) {
            _ = try request.perform()
            return nil
        } catch {
            return error.kind
        }
    }

    @Test func certificatesAreVerified() throws {
        let server = try Server()
        var request = OutgoingRequest(url: "https://localhost:\(server.port)/", method: "GET")
        #expect(error(request) == .untrusted)
        request.authorityFile = server.certificate
        #expect(try request.perform().status == 200)
        request.url = "https://127.0.0.1:\(server.port)/"
        #expect(error(request) == .untrusted)
        request.authorityFile = server.certificate + ".none"
        #expect(error(request) == .tls)
    }
}
