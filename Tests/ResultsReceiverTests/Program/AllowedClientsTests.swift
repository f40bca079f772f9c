import Foundation
import Registry
import Testing

/// `allow` and `trusted-proxies`, as the program that runs obeys them.
@Suite(.timeLimit(.minutes(2)))
struct AllowedClientsTests {
    private func start(_ settings: String) async throws -> RunningServer {
        let folder = try TemporaryFolder()
        try Data("[server]\nlisten = 127.0.0.1:0\n\(settings)".utf8).write(
            to: URL(fileURLWithPath: folder.file("x.conf")))
        return try await RunningServer.start(
            enrolments: RunningServer.enrolments(["p1", "p2"]), folder: folder,
            arguments: ["--config", folder.file("x.conf")])
    }

    @Test func onlyAllowedClientsArePostedFor() async throws {
        let server = try await start("allow = 127.0.0.2, 2001:db8::/32\n[admin]\nlisten = 127.0.0.1:0\n")
        let request = try RunningServer.request(RunningServer.message(student: "p1"))
        let stranger = try TestClient(server.address)
        stranger.send(request)
        #expect(try stranger.readToEnd(toleratesReset: true) == "")
        let guest = try TestClient(server.address, from: "127.0.0.2")
        #expect(try guest.ask(request).code == 200)
        try await eventually { server.errors.contains("closed a connection: not allowed\",\"client\":\"127.0.0.1\"") }
        #expect(try server.metrics().value("results_receiver_connections_not_allowed_total") == 1)
    }

    @Test func theClientBehindATrustedProxyStandsInLogAndDeliveryLog() async throws {
        let server = try await start("trusted-proxies = 127.0.0.2\n")
        let field = "X-Forwarded-For: 203.0.113.7\r\n"
        let request = try RunningServer.request(RunningServer.message(student: "p1"), fields: field)
        #expect(try TestClient(server.address, from: "127.0.0.2").ask(request).code == 200)
        let other = try RunningServer.request(RunningServer.message(student: "p2"), fields: field)
        #expect(try TestClient(server.address, from: "127.0.0.3").ask(other).code == 200)
        let list = try await BuiltProgram.run(["deliveries", "list", "--format", "csv", "--database", server.database])
        #expect(list.output.contains(",203.0.113.7,"))
        #expect(list.output.contains(",127.0.0.3,"))
        try await eventually { server.errors.contains("\"client\":\"203.0.113.7\"") }
    }

    @Test(arguments: [
        ("allow = 10.0.0.1/8", "2:9: allow: '10.0.0.1/8' has bits set behind its prefix; did you mean '10.0.0.0/8'?"),
        (
            "allow = 10.0.0.0/33",
            "2:9: allow: '10.0.0.0/33' has no prefix length behind the slash; write a whole number from 0 to 32"
        ),
        (
            "trusted-proxies = ::1, localhost",
            "2:24: trusted-proxies: 'localhost' is no range of addresses; write 192.0.2.0/24, 2001:db8::/32 or a single "
                + "address, for instance"
        ),
        ("allow = ::1, ::1/128", "2:14: allow: '::1/128' is given twice"),
    ])
    func aWrongRangeIsOneLineWithPlaceKeyAndCure(line: String, mistake: String) async throws {
        let folder = try TemporaryFolder()
        try Data("[server]\n\(line)\n".utf8).write(to: URL(fileURLWithPath: folder.file("x.conf")))
        let ended = try await BuiltProgram.run(
            ["serve", "--config", "x.conf"], environment: ["RESULTS_RECEIVER_SECRET": RunningServer.secret],
            folder: folder.path, limit: 20)
        #expect(ended.code == 78)
        #expect(ended.errors.hasPrefix("results-receiver: error: x.conf:\(mistake)\n"))
    }
}
