import Foundation
import Glibc
import Net
import Registry
import Testing

@testable import ResultsReceiver

/// Sockets that a service manager made: the test holds them, and starts the real binary with them.
@Suite(.timeLimit(.minutes(5)))
struct SocketActivationTests {
    private func listener(_ address: String = "127.0.0.1:0") throws -> Listener {
        try Listener(SocketAddress(parsing: address))
    }

    @Test func severalSocketsTakeThePlaceOfListen() async throws {
        let sockets = [try listener(), try listener("127.0.0.2:0")]
        let taken = try listener()
        let settings = try SettingsFolder()
        // Where somebody else listens already.
        try settings.write(
            "[server]\nlisten = \(taken.address)\n[plugin default]\nsecret-file = secret\n", to: "x.conf")
        let server = try await settings.start(
            environment: ["LISTEN_FDNAMES": "results:inner"], sockets: sockets)
        #expect(server.addresses == sockets.map(\.address))
        for socket in sockets {
            let client = try TestClient(socket.address)
            #expect(try client.ask(RunningServer.request("<a/>")).code == 400)
        }
        #expect(server.errors.contains("listen is not used"))
        // So that a change of it waits for nothing.
        try settings.write("lanes = 2")
        #expect(try await server.reload().contains("\"message\":\"reloaded\""))
        #expect(server.errors.contains("\"setting\":\"lanes\""))
        #expect(!server.errors.contains("\"setting\":\"listen\""))
    }

    @Test func aSocketForBothVersionsTellsAVersion4ClientByItsOwnAddress() async throws {
        let number = socket(AF_INET6, CInt(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        try #require(number >= 0)
        var six = sockaddr_in6()
        six.sin6_family = sa_family_t(AF_INET6)
        let bound = unsafe withUnsafePointer(to: six) {
            unsafe bind(
                number, UnsafeRawPointer($0).assumingMemoryBound(to: sockaddr.self),
                socklen_t(MemoryLayout<sockaddr_in6>.size))
        }
        try #require(bound == 0 && listen(number, 5) == 0)
        let inherited = Listener(inheriting: Descriptor(owning: number))
        let both = try #require(inherited)
        let server = try await SettingsFolder().start(sockets: [both])
        let client = try TestClient(SocketAddress(parsing: "127.0.0.1:\(both.address.port)"))
        #expect(try client.ask(RunningServer.request("<a/>", signature: "no")).code == 403)
        for await line in server.lines where line.contains("request refused") {
            #expect(line.contains("\"client\":\"127.0.0.1\""))
            break
        }
    }

    /// /proc tells the flags in octal; 02000000 is O_CLOEXEC.
    @Test func noProcessInheritsTheSocketsFromIt() async throws {
        let server = try await SettingsFolder().start(sockets: [try listener(), try listener()])
        for number in [3, 4] {
            let text = try String(contentsOfFile: "/proc/\(server.processID)/fdinfo/\(number)", encoding: .utf8)
            let flags = text.firstMatch(of: #/flags:\s+([0-7]+)/#).flatMap { Int($0.1, radix: 8) } ?? 0
            #expect(flags & 0o2000000 != 0, "\(text)")
        }
    }

    @Test func theVariablesAreGoneFromTheEnvironmentAfterwards() async {
        await #expect(processExitsWith: .success) {
            let names = InheritedSocket.variables + Supervisor.variables
            for name in names { unsafe setenv(name, "x", 1) }
            let surroundings = Surroundings(
                environment: ["LISTEN_PID": "\(getpid())", "LISTEN_FDS": "x"], standardFile: "",
                output: OutputChannel(), errors: OutputChannel())
            let code = await Program.run(["serve"], in: surroundings)
            guard code == .configuration, surroundings.errors.collected.contains("LISTEN_FDS is 'x'") else { exit(1) }
            for name in names where unsafe getenv(name) != nil { exit(2) }
        }
    }

    @Test func socketsForAnotherProcessAreLeftAlone() throws {
        let environment = ["LISTEN_PID": "1", "LISTEN_FDS": "x"]
        #expect(try InheritedSocket.take(from: environment).isEmpty)
        #expect(try InheritedSocket.take(from: [:]).isEmpty)
    }

    @Test(arguments: [
        ("-1", "LISTEN_FDS is '-1'"), ("all", "LISTEN_FDS is 'all'"), ("2", "descriptor 4, which is not open"),
    ])
    func whatIsPromisedAndNotThereIsOneLineAndExitCode78(_ count: String, _ reason: String) async throws {
        let folder = try TemporaryFolder()
        let ended = try await BuiltProgram.shell(
            "export LISTEN_PID=$$; exec \"$PROGRAM\" serve 3</dev/null 4>&-",
            environment: ["LISTEN_FDS": count, "LISTEN_FDNAMES": "mine"], folder: folder.path)
        #expect(ended.code == 78)
        #expect(ended.errors.contains(count == "2" ? "the inherited socket 'mine' is no listening" : reason))
        #expect(ended.errors.contains("hint: give the socket unit ListenStream="))
        #expect(ended.errors.split(separator: "\n").count == 2)
    }

    // MARK: Starting anew

    /// The manager holds the socket, so that whoever connects while there is no server waits for the next one.
    @Test func restartsUnderLoadRefuseNoConnectionAndLoseNoResult() async throws {
        let persons = (0..<4000).map { "p\($0)" }
        let socket = try listener()
        let settings = try SettingsFolder("lanes = 2")
        var server = try await settings.start(
            enrolments: RunningServer.enrolments(persons), sockets: [socket])
        let load = Load(on: socket.address, clients: 8, persons: persons, reuses: false)
        for _ in 0..<4 {
            let count = load.count
            try await eventually { load.count > count + 20 || load.count == persons.count }
            #expect(await server.end() == 0)
            server = try await settings.start(sockets: [socket])
        }
        let count = load.count
        try await eventually { load.count > count + 20 || load.count == persons.count }
        let outcome = await load.stop()
        #expect(outcome.refused == [])
        #expect(outcome.failures == [])
        #expect(outcome.acknowledged.count > 100)
        let stored = try Connection(registry: server.database, creating: false)
            .prepare("SELECT count(*) FROM result").first { $0.integer(0) }
        #expect(stored == Int64(outcome.acknowledged.count))
    }

    @Test func whoConnectsWhileThereIsNoServerIsServedByTheNext() async throws {
        let socket = try listener()
        let settings = try SettingsFolder()
        let first = try await settings.start(sockets: [socket])
        #expect(await first.end() == 0)
        let client = try TestClient(socket.address, patience: 30)
        client.send(try RunningServer.request("<a/>"))
        let second = try await settings.start(sockets: [socket])
        #expect(try client.answer().code == 400)
        _ = second
    }
}
