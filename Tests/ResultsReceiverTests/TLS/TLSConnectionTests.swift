import Foundation
import Glibc
import Log
import Net
import Server
import Synchronization
import TLS
import Testing

/// TLS on the listeners of a server, spoken to by `openssl s_client`.
@Suite(.timeLimit(.minutes(5)))
struct TLSConnectionTests {
    private static let authority = Result { try TestAuthority().issue("server").issue("rsa", key: .rsa) }
    private static func shared() throws -> TestAuthority { try authority.get() }

    private static func post(_ content: String, to path: String = "/echo", fields: String = "") -> String {
        "POST \(path) HTTP/1.1\r\nHost: a\r\n\(fields)Content-Length: \(content.utf8.count)\r\n\r\n\(content)"
    }

    private func withServer<R>(
        _ name: String = "server", asksClients: Bool = false, logger: Logger = Logger(format: .json) { _ in },
        limits: (inout ServerLimits) -> Void = { _ in },
        _ body: (_ server: Server, _ address: SocketAddress, _ desk: TestDesk, _ entry: TLSEntry) async throws -> R
    ) async throws -> R {
        let entry = TLSEntry(try Self.shared().identity(name, asksClients: asksClients))
        return try await withTestServer(security: entry, logger: logger, limits: limits) { server, address, desk in
            try await body(server, address, desk, entry)
        }
    }

    private func expectFailure(_ failure: HandshakeFailure, of server: Server) async throws {
        try await eventually { !server.failedHandshakes.isEmpty }
        #expect(server.failedHandshakes == [failure: 1])
        try await eventually { server.openConnections == 0 }
    }

    // MARK: What is spoken

    @Test(arguments: ["-tls1_2", "-tls1_3"]) func version12And13AreSpoken(version: String) async throws {
        try await withServer { server, address, _, _ in
            let client = try SecureClient(
                address, [version, "-verify_return_error", "-CAfile", try Self.shared().certificate])
            for content in ["one", "two"] { #expect(try client.inside.ask(Self.post(content)).content == content) }
            #expect(server.failedHandshakes.isEmpty)
        }
    }

    @Test(arguments: ["-tls1", "-tls1_1"]) func olderVersionsAreRefused(version: String) async throws {
        try await withServer { server, address, _, _ in
            let ended = try await SecureClient.run(address, [version, "-cipher", "DEFAULT@SECLEVEL=0"])
            #expect(ended.code == 1)
            #expect(ended.output.contains("alert protocol version"))
            try await expectFailure(.noCommonVersion, of: server)
        }
    }

    /// CBC, no forward secrecy, finite fields, no authentication, no encryption.
    @Test(arguments: [
        "ECDHE-RSA-AES128-SHA256", "ECDHE-RSA-AES256-SHA", "AES128-GCM-SHA256", "AES256-SHA",
        "DHE-RSA-AES128-GCM-SHA256",
        "ADH-AES128-GCM-SHA256", "AECDH-AES128-SHA", "NULL-SHA256",
    ])
    func weakCiphersAreRefused(cipher: String) async throws {
        try await withServer("rsa") { server, address, _, _ in
            let ended = try await SecureClient.run(address, ["-tls1_2", "-cipher", "\(cipher)@SECLEVEL=0"])
            #expect(ended.code == 1)
            #expect(ended.output.contains("handshake failure"), "\(ended.output)")
            try await expectFailure(.noCommonCipher, of: server)
        }
    }

    @Test(arguments: [
        ("server", "ECDHE-ECDSA-AES128-GCM-SHA256"), ("server", "ECDHE-ECDSA-CHACHA20-POLY1305"),
        ("rsa", "ECDHE-RSA-AES128-GCM-SHA256"), ("rsa", "ECDHE-RSA-AES256-GCM-SHA384"),
    ])
    func theClientChoosesAmongTheStrongOnes(_ name: String, _ cipher: String) async throws {
        try await withServer(name) { _, address, _, _ in
            let others = "ECDHE+AESGCM:ECDHE+CHACHA20"
            let ended = try await SecureClient.run(address, ["-tls1_2", "-cipher", "\(cipher):\(others)"])
            #expect(ended.output.contains("Cipher is \(cipher)"))
        }
    }

    @Test(arguments: [("h2", nil), ("h2,http/1.1", "http/1.1"), ("http/1.1", "http/1.1"), ("", "none")])
    func theProtocolIsHTTP11(_ offered: String, _ chosen: String?) async throws {
        try await withServer { server, address, _, _ in
            let ended = try await SecureClient.run(address, offered.isEmpty ? [] : ["-alpn", offered])
            if let chosen {
                #expect(ended.output.contains(chosen == "none" ? "No ALPN negotiated" : "ALPN protocol: \(chosen)"))
            } else {
                #expect(ended.output.contains("no application protocol"))
                try await expectFailure(.noCommonProtocol, of: server)
            }
        }
    }

    @Test func thereIsNoRenegotiationAndTheConnectionStays() async throws {
        try await withServer { _, address, _, _ in
            let line = "openssl s_client -tls1_2 -connect \(address) 2>&1"
            let ended = try await BuiltProgram.shell("(sleep 0.3; echo R; sleep 1) | \(line)")
            #expect(ended.output.contains("RENEGOTIATING"))
            #expect(ended.output.contains("no renegotiation"))
        }
    }

    @Test(arguments: ["-tls1_2", "-tls1_3"]) func nothingIsResumedOrCompressed(version: String) async throws {
        try await withServer { _, address, _, _ in
            let ended = try await SecureClient.run(address, [version, "-reconnect", "-comp"])
            #expect(!ended.output.contains("Reused"))
            #expect(!ended.output.contains("TLS session ticket:"))
            #expect(ended.output.contains("Compression: NONE"))
            #expect(ended.output.matches(of: #/New, TLSv1\.[23], Cipher is/#).count >= 1)
        }
    }

    @Test func newKeysInTheMiddleAreTaken() async throws {
        try await withServer { _, address, _, _ in
            // s_client sends a KeyUpdate for K, and asks for one in return for k.
            let request = "GET / HTTP/1.1\\r\\nHost: a\\r\\nConnection: close\\r\\n\\r\\n"
            let ended = try await BuiltProgram.shell(
                "(sleep 0.3; echo K; sleep 0.2; echo k; sleep 0.2; printf '\(request)'; sleep 1)"
                    + " | openssl s_client -tls1_3 -connect \(address) 2>&1")
            #expect(ended.output.matches(of: #/KEYUPDATE/#).count == 2)
            #expect(ended.output.contains("HTTP/1.1 403"))
        }
    }

    // MARK: Records

    @Test(arguments: ["-tls1_2", "-tls1_3"]) func requestsInOneRecordAreAllAnswered(version: String) async throws {
        try await withServer { _, address, _, _ in
            let client = try SecureClient(address, [version])
            // Longer together than what is read at once, shorter than a record.
            let contents = (0..<40).map { String(repeating: "\($0 % 10)", count: 200) }
            client.inside.send(contents.map { Self.post($0) }.joined())
            for content in contents { #expect(try client.inside.answer().content == content) }
        }
    }

    /// They come in one piece and are read from the socket at once: of the second nothing will be announced.
    @Test(arguments: ["-tls1_2", "-tls1_3"])
    func aRecordThatWasReadWithAnotherIsNotForgotten(version: String) async throws {
        try await withServer { _, address, _, _ in
            let relay = try HoldingRelay(to: address)
            let client = try SecureClient(relay.address, [version])
            #expect(try client.inside.ask(Self.post("first")).content == "first")
            relay.hold()
            for count in 1...5 {
                client.inside.send(Self.post("record \(count)"))
                try await eventually { relay.heldRecords == count }
            }
            relay.release()
            for count in 1...5 { #expect(try client.inside.answer().content == "record \(count)") }
        }
    }

    @Test func aRequestThatComesWithTheEndOfTheHandshakeIsAnswered() async throws {
        try await withServer { _, address, _, _ in
            let relay = try HoldingRelay(to: address)
            relay.hold()
            let client = try SecureClient(relay.address, ["-tls1_3"])
            client.inside.send(Self.post("early"))
            // The client hello; then change of cipher, Finished and the request.
            try await eventually { relay.heldRecords == 1 }
            relay.release(holdsOn: true)
            try await eventually { relay.heldRecords == 3 }
            relay.release()
            #expect(try client.inside.answer().content == "early")
        }
    }

    @Test(arguments: ["-tls1_2", "-tls1_3"])
    func aBodyOfManyRecordsArrives(version: String) async throws {
        try await withServer { _, address, _, _ in
            let client = try SecureClient(address, [version])
            let content = String((0..<300_000).map { Character(UnicodeScalar(UInt8(97 + $0 % 26))) })
            #expect(try client.inside.ask(Self.post(content)).content == content)
        }
    }

    @Test(arguments: ["-tls1_2", "-tls1_3"])
    func anAnswerOfManyRecordsReachesASlowReader(version: String) async throws {
        try await withServer { _, address, desk, _ in
            let client = try SecureClient(address, [version], patience: 30)
            client.inside.send("GET /huge HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            await desk.noted("admit /huge")
            // Long enough for every buffer between to be full.
            #expect(client.inside.awaitsSomething(milliseconds: 5000))
            // Nothing tells a client that the other side stopped writing; were it too short, less would be tried.
            try await Task.sleep(for: .milliseconds(300))
            let text = try client.inside.readToEnd()
            #expect(text.utf8.count > 8 << 20)
            #expect(text.hasSuffix(String(repeating: "x", count: 1000)))
            #expect(desk.count("undelivered") == 0)
        }
    }

    /// OpenSSL goes on reading while nothing but these comes, and the lane with it.
    @Test func whoeverChangesKeysForEverIsCutOff() async throws {
        try await withServer { server, address, _, _ in
            // s_client takes a line of its own for a command; it ends with the connection, and the loop with it.
            let ended = try await BuiltProgram.shell(
                "(for i in $(seq 300); do echo k || exit; sleep 0.02; done) | openssl s_client -connect \(address) -tls1_3 2>&1"
            )
            let updates = ended.output.split(separator: "\n").count { $0.hasSuffix("KEYUPDATE") }
            #expect((33...60).contains(updates), "\(updates): \(ended.output.suffix(300))")
            try await eventually { server.openConnections == 0 }
        }
    }

    @Test func aReaderThatNeverReadsIsCutOff() async throws {
        try await withServer(limits: { $0.writeTime = .milliseconds(200) }) { server, address, desk, _ in
            let client = try SecureClient(address)
            client.inside.send("GET /huge HTTP/1.1\r\nHost: a\r\n\r\n")
            await desk.noted("undelivered")
            try await eventually { server.openConnections == 0 }
        }
    }

    @Test func theEndIsSaidSoThatNothingCanBeCutOffUnnoticed() async throws {
        try await withServer(limits: { $0.idleTime = .milliseconds(100) }) { _, address, _, _ in
            for request in ["GET /close HTTP/1.1\r\nHost: a\r\n\r\n", ""] {
                let client = try SecureClient(address)
                client.inside.send(request)
                _ = try client.inside.readToEnd()
                let (code, errors) = client.ended()
                #expect(code == 0)
                #expect(!errors.contains("unexpected eof"), "\(errors)")
            }
        }
    }

    @Test func whoeverHasFinishedSendingIsStillAnswered() async throws {
        try await withServer { _, address, desk, _ in
            let line = "openssl s_client -quiet -no_ign_eof -connect \(address) 2>/dev/null"
            let ended = try await BuiltProgram.shell(
                "printf 'POST /echo HTTP/1.1\\r\\nHost: a\\r\\nContent-Length: 5\\r\\n\\r\\nwh' | \(line)")
            #expect(ended.code == 0)
            await desk.noted("refuse contentTimedOut /echo")
        }
    }

    // MARK: Handshakes that fail

    @Test func aHandshakeThatTricklesInIsClosedAtTheHeaderTime() async throws {
        try await withServer(limits: { $0.headerTime = .milliseconds(200) }) { server, address, _, _ in
            let client = try TestClient(address)
            // The start of a record with a client hello (RFC 8446, sections 5.1 and 4.1.2), and what might follow.
            client.send([0x16, 3, 1, 2, 0, 1, 0, 1, 0xFC, 3, 3])
            let start = ContinuousClock.now
            while !client.awaitsSomething(milliseconds: 20), ContinuousClock.now - start < .seconds(3) {
                client.send([0x61])
            }
            #expect(ContinuousClock.now - start < .seconds(3))
            #expect(try client.readToEnd(toleratesReset: true) == "")
            try await expectFailure(.timedOut, of: server)
        }
    }

    @Test func theHeaderTimeOfAHandshakeStartsWithTheConnection() async throws {
        try await withServer(limits: { $0.headerTime = .milliseconds(100) }) { server, address, _, _ in
            let client = try TestClient(address)
            #expect(try client.readToEnd() == "")
            try await expectFailure(.timedOut, of: server)
        }
    }

    @Test func afterTheHandshakeAConnectionMayBeIdle() async throws {
        try await withServer(limits: { $0.headerTime = .milliseconds(300) }) { _, address, _, _ in
            let client = try SecureClient(address)
            #expect(try client.inside.ask(Self.post("a")).code == 200)
            #expect(!client.inside.awaitsSomething(milliseconds: 700))
            #expect(try client.inside.ask(Self.post("b")).code == 200)
        }
    }

    @Test func whoConnectsAndGoesWithoutAWordIsNoFailure() async throws {
        try await withServer { server, address, _, _ in
            for resets in [true, false] {
                let client = try TestClient(address)
                try await eventually { server.openConnections == 1 }
                if resets { client.reset() } else { client.close() }
                try await eventually { server.openConnections == 0 }
            }
            #expect(server.failedHandshakes.isEmpty)
            let client = try TestClient(address)
            client.send([0x16, 3, 1, 2, 0])
            client.endSending()
            #expect(try client.readToEnd(toleratesReset: true).utf8.count < 10)
            try await expectFailure(.closed, of: server)
        }
    }

    @Test(arguments: [
        ("POST /results HTTP/1.1\r\nHost: a\r\nContent-Length: 20000\r\n\r\n", HandshakeFailure.plainHTTP),
        ("GET / HTTP/1.1\r\n\r\n", .plainHTTP), ("\u{0}\u{1}\u{2}\u{3}\u{4}\u{5}\u{6}\u{7}", .noTLS),
        ("EHLO example.nl\r\n", .noTLS),
    ])
    func whatIsNoTLSEndsWithALineInTheLog(_ text: String, _ failure: HandshakeFailure) async throws {
        let lines = Mutex("")
        let logger = Logger(format: .json) { octets in lines.withLock { $0 += String(decoding: octets, as: UTF8.self) }
        }
        try await withServer(logger: logger) { server, address, desk, _ in
            let client = try TestClient(address)
            client.send(text + String(repeating: "x", count: 20_000))
            client.endSending()
            // Without a reset, by which the alert could be lost.
            _ = try client.readToEnd()
            try await expectFailure(failure, of: server)
            logger.flush()
            let log = lines.withLock { $0 }
            #expect(log.split(separator: "\n").count == 1)
            #expect(log.contains("\"message\":\"closed a connection: \(failure.sentence)\",\"client\":\"127.0.0.1\""))
            #expect(desk.notes.isEmpty)
        }
    }

    @Test func failedHandshakesAreLoggedAtALimitedRate() async throws {
        let lines = Mutex("")
        let logger = Logger(format: .json) { octets in lines.withLock { $0 += String(decoding: octets, as: UTF8.self) }
        }
        try await withServer(logger: logger) { server, address, _, _ in
            for _ in 0..<25 {
                let client = try TestClient(address)
                client.send("GET / HTTP/1.1\r\n\r\n")
                _ = try client.readToEnd(toleratesReset: true)
            }
            try await eventually { server.failedHandshakes == [.plainHTTP: 25] }
            logger.flush()
            let log = lines.withLock { $0 }
            #expect(log.split(separator: "\n").count == 11)
            #expect(log.contains("\"repeated\":15"))
        }
    }

    /// OpenSSL's errors are a queue of the thread: what one connection left there must not be taken for another's.
    @Test func aFailureOnOneConnectionIsNoneOnAnother() async throws {
        try await withServer { server, address, _, _ in
            let client = try SecureClient(address)
            for count in 1...20 {
                let other = try TestClient(address)
                other.send("EHLO example.nl\r\n")
                _ = try other.readToEnd(toleratesReset: true)
                #expect(try client.inside.ask(Self.post("\(count)")).content == "\(count)")
            }
            #expect(server.failedHandshakes == [.noTLS: 20])
        }
    }

    // MARK: Clients' certificates

    @Test(arguments: ["-tls1_2", "-tls1_3"]) func aClientWithARightCertificateIsServed(version: String) async throws {
        try await withServer(asksClients: true) { _, address, _, _ in
            let authority = try Self.shared()
            let client = try SecureClient(
                address, [version, "-cert", authority.file("server"), "-key", authority.keyFile("server")])
            #expect(try client.inside.ask(Self.post("mine")).content == "mine")
        }
    }

    @Test(arguments: ["-tls1_2", "-tls1_3"]) func aClientWithoutOneIsNot(version: String) async throws {
        try await withServer(asksClients: true) { server, address, desk, _ in
            let client = try SecureClient(address, [version])
            client.inside.send(Self.post("mine"))
            #expect(try client.inside.readToEnd(toleratesReset: true) == "")
            // What the alert says arrives, although a request was on its way.
            #expect(client.ended().errors.contains(version == "-tls1_3" ? "certificate required" : "handshake failure"))
            #expect(desk.notes.isEmpty)
            try await expectFailure(.noClientCertificate, of: server)
        }
    }

    /// Octets that were not read when the connection ends would reset the alert away.
    @Test func whoSendsARequestWithItsHandshakeIsStillToldThatACertificateIsWanted() async throws {
        try await withServer(asksClients: true) { _, address, desk, _ in
            let relay = try HoldingRelay(to: address)
            relay.hold()
            let client = try SecureClient(relay.address, ["-tls1_3"])
            client.inside.send(Self.post(String(repeating: "x", count: 60_000)))
            try await eventually { relay.heldRecords == 1 }
            relay.release(holdsOn: true)
            // Change of cipher, Certificate and Finished, which say that there is none, and the request.
            try await eventually { relay.heldRecords >= 6 }
            relay.release()
            _ = try client.inside.readToEnd(toleratesReset: true)
            #expect(client.ended().errors.contains("certificate required"))
            #expect(desk.notes.isEmpty)
        }
    }

    @Test(arguments: ["-tls1_2", "-tls1_3"], ["another authority's", "expired"])
    func aClientWithAWrongOneIsNot(version: String, kind: String) async throws {
        let strangers = try TestAuthority().issue("client")
        let authority = try Self.shared()
        if kind == "expired" { try authority.issue("old", days: -1) }
        let files =
            kind == "expired"
            ? ["-cert", authority.file("old"), "-key", authority.keyFile("old")]
            : ["-cert", strangers.file("client"), "-key", strangers.keyFile("client")]
        try await withServer(asksClients: true) { server, address, desk, _ in
            let client = try SecureClient(address, [version] + files)
            client.inside.send(Self.post("mine"))
            #expect(try client.inside.readToEnd(toleratesReset: true) == "")
            #expect(desk.notes.isEmpty)
            try await expectFailure(.badClientCertificate, of: server)
        }
    }

    @Test func aClientThatDoesNotTrustTheServerIsCounted() async throws {
        try await withServer { server, address, _, _ in
            let ended = try await SecureClient.run(address, ["-verify_return_error", "-tls1_2"])
            #expect(ended.code == 1)
            try await expectFailure(.refusedByClient, of: server)
        }
    }

    // MARK: Limits

    @Test func beyondTheLimitTheNewcomerIsAnswered503OverTLS() async throws {
        try await withServer(limits: { $0.connections = 1 }) { _, address, desk, _ in
            let first = try SecureClient(address)
            first.inside.send(Self.post("a", to: "/later"))
            await desk.noted("admit /later")
            let newcomer = try SecureClient(address)
            #expect(try newcomer.inside.answer().code == 503)
            #expect(try newcomer.inside.readToEnd() == "")
            try await desk.open(1)
            #expect(try first.inside.answer().code == 200)
        }
    }

    @Test func aHandshakeThatIsNotFinishedMakesRoom() async throws {
        try await withServer(limits: { $0.connections = 1 }) { server, address, _, _ in
            let idler = try TestClient(address)
            try await eventually { server.openConnections == 1 }
            let client = try SecureClient(address)
            #expect(try client.inside.ask(Self.post("a")).code == 200)
            #expect(try idler.readToEnd(toleratesReset: true) == "")
        }
    }

    @Test func connectionsOfOneAddressAreCounted() async throws {
        let limits: (inout ServerLimits) -> Void = {
            $0.connectionsPerAddress = 1
            $0.uncountedAddresses = []
        }
        try await withServer(limits: limits) { server, address, _, _ in
            let first = try TestClient(address)
            try await eventually { server.openConnections == 1 }
            let second = try SecureClient(address)
            #expect(try second.inside.answer().code == 503)
            first.close()
        }
    }

    @Test func whoIsAmidAHandshakeWhenTheServerEndsHasASecondToAsk() async throws {
        let entry = TLSEntry(try Self.shared().identity("server"))
        let desk = TestDesk()
        try await withTestServer(security: entry, desk: desk) { server, address, _ in
            let relay = try HoldingRelay(to: address)
            relay.hold()
            let client = try SecureClient(relay.address)
            let silent = try TestClient(address)
            try await eventually { relay.heldRecords == 1 && server.openConnections == 2 }
            async let drained: Void = server.drain(within: .seconds(10))
            relay.release()
            #expect(try client.inside.ask(Self.post("last")).closes)
            #expect(try silent.readToEnd(toleratesReset: true) == "")
            await drained
        }
    }

    @Test func anIdleConnectionIsNotCountedAsMemoryInFlight() async throws {
        try await withServer { server, address, _, _ in
            let client = try SecureClient(address)
            #expect(try client.inside.ask(Self.post("a")).code == 200)
            try await eventually { server.inFlightBytes == 0 }
        }
    }

    // MARK: Another certificate

    @Test func anotherCertificateIsForNewConnectionsAndTheOldOnesStay() async throws {
        let authority = try TestAuthority().issue("first").issue("second")
        let entry = TLSEntry(try authority.identity("first"))
        try await withTestServer(security: entry) { _, address, _ in
            func subject() async throws -> String { try await SecureClient.run(address, []).output }
            let old = try SecureClient(address)
            #expect(try old.inside.ask(Self.post("a")).code == 200)
            #expect(try await subject().contains("subject=CN = first"))
            entry.change(to: try authority.identity("second"))
            #expect(try await subject().contains("subject=CN = second"))
            #expect(try old.inside.ask(Self.post("b")).code == 200)
        }
    }

    @Test func theExpiryIsThatOfTheFirstOfTheChainToExpire() throws {
        let authority = try TestAuthority().issue("short", days: 3).issue("long", days: 300)
        let now = Int64(Date().timeIntervalSince1970)
        let short = try authority.identity("short").expiry - now
        #expect(abs(short - (3 * 86_400 + 3600)) < 60)
        // The authority's own is in the chain, and holds for 30 days.
        let long = try authority.identity("long").expiry - now
        #expect(abs(long - 30 * 86_400) < 60)
    }
}
