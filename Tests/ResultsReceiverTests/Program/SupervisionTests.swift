import Foundation
import Glibc
import Net
import Testing

/// What the real binary tells a service manager, as a unit of Type=notify.
@Suite(.timeLimit(.minutes(5)))
struct SupervisionTests {
    private func start(
        _ manager: FakeManager, _ settings: SettingsFolder, _ environment: [String: String] = [:],
        enrolments: [UInt8]? = nil
    ) async throws -> RunningServer {
        try await settings.start(
            enrolments: enrolments,
            environment: environment.merging(["NOTIFY_SOCKET": manager.address], uniquingKeysWith: { $1 }))
    }

    @Test(arguments: [false, true]) func itSaysWhenItIsReadyReloadsAndEnds(inAbstractNamespace: Bool) async throws {
        let manager = try FakeManager(inAbstractNamespace: inAbstractNamespace)
        let server = try await start(manager, SettingsFolder())
        #expect(manager.next() == ["STATUS=starting"])
        #expect(manager.next() == ["READY=1", "STATUS=serving on \(server.address)"])

        let before = Moment.now()
        _ = try await server.reload()
        let reloading = try #require(manager.next())
        #expect(reloading.first == "RELOADING=1")
        let told = reloading.dropFirst().first?.firstMatch(of: #/^MONOTONIC_USEC=(\d+)$/#).flatMap { UInt64($0.1) }
        let microseconds = try #require(told)
        #expect((before.nanoseconds / 1000...Moment.now().nanoseconds / 1000).contains(microseconds))
        let reloaded = try #require(manager.next())
        #expect(reloaded.first == "READY=1")
        #expect(reloaded.last?.hasPrefix("STATUS=serving on \(server.address); settings reloaded at 20") == true)

        #expect(await server.end() == 0)
        #expect(manager.next() == ["STOPPING=1", "STATUS=ending: finishing what was begun"])
        #expect(manager.next(within: 0) == nil)
    }

    @Test func aReloadThatFailsIsToldWithItsReasonInOneLine() async throws {
        let manager = try FakeManager()
        let settings = try SettingsFolder()
        let server = try await start(manager, settings)
        try settings.write("language = klingon\nredelivery = perhaps")
        _ = try await server.reload()
        try manager.awaits("RELOADING=1")
        let lines = try manager.awaits("READY=1")
        #expect(lines.count == 2)
        #expect(lines[1].hasPrefix("STATUS=serving on \(server.address); reload at 20"))
        #expect(lines[1].contains("failed, all is as it was: \(settings.file):3:12: language: "))
        #expect(lines[1].hasSuffix("(and 1 more)"))
        try settings.write()
        _ = try await server.reload()
        try manager.awaits("RELOADING=1")
        #expect(try manager.awaits("READY=1")[1].contains("settings reloaded at"))
    }

    @Test func aStartThatFailsSaysWhy() async throws {
        let manager = try FakeManager()
        let ended = try await BuiltProgram.run(["serve"], environment: ["NOTIFY_SOCKET": manager.address], limit: 60)
        #expect(ended.code == 78)
        #expect(try manager.awaits("STATUS=cannot start: ").count == 1)
    }

    @Test func aManagerThatIsGoneOrElsewhereKeepsNobodyFromServing() async throws {
        for address in ["/nowhere/at/all", "vsock:2:1234", "relative", "@", String(repeating: "/long", count: 50)] {
            let settings = try SettingsFolder()
            let server = try await settings.start(environment: ["NOTIFY_SOCKET": address])
            #expect(try server.post("<a/>").code == 400)
            #expect(server.errors.contains("service manager"), "\(address)")
            #expect(await server.end() == 0)
        }
    }

    // MARK: The watchdog

    @Test func theWatchdogHearsThatItIsAliveWithinHalfItsPeriod() async throws {
        let manager = try FakeManager()
        let server = try await start(manager, SettingsFolder("lanes = 2"), ["WATCHDOG_USEC": "800000"])
        try manager.awaits("READY=1")
        for _ in 0..<8 { #expect(manager.next(within: 0.4) == ["WATCHDOG=1"]) }
        #expect(await server.end() == 0)
    }

    @Test func theWatchdogOfAnotherProcessHearsNothing() async throws {
        let manager = try FakeManager()
        let server = try await start(
            manager, SettingsFolder(), ["WATCHDOG_USEC": "20000", "WATCHDOG_PID": "\(getpid())"])
        try manager.awaits("READY=1")
        #expect(manager.next(within: 0.5) == nil)
        _ = server
    }

    @Test func whileTheDatabaseHangsTheWatchdogHearsNothingAndTheStatusSaysWhy() async throws {
        let faults = try await FaultLibrary()
        let manager = try FakeManager()
        let server = try await start(
            manager, SettingsFolder(), faults.environment().merging(["WATCHDOG_USEC": "1000000"]) { $1 },
            enrolments: RunningServer.enrolments(["p1"]))
        try manager.awaits("READY=1")
        try manager.awaits("WATCHDOG=1")
        try faults.begin("hang")
        let client = try TestClient(server.address, patience: 9)
        client.send(try RunningServer.request(RunningServer.message(student: "p1")))
        let sick = try manager.awaits("STATUS=NOT HEALTHY")
        #expect(sick == ["STATUS=NOT HEALTHY: the database hangs; serving on \(server.address)"])
        #expect(manager.next(within: 1.5) == nil)
        try faults.end()
        #expect(manager.next() == ["STATUS=serving on \(server.address)"])
        #expect(manager.next() == ["WATCHDOG=1"])
        try await eventually { server.errors.contains("healthy again") }
        #expect(server.errors.contains("\"message\":\"not healthy\",\"reason\":\"the database hangs\""))
    }

    @Test func aProcessThatIsStoppedIsSilent() async throws {
        let manager = try FakeManager()
        let server = try await start(manager, SettingsFolder(), ["WATCHDOG_USEC": "400000"])
        try manager.awaits("WATCHDOG=1")
        kill(server.processID, SIGSTOP)
        while manager.next(within: 0.3) != nil {}
        kill(server.processID, SIGCONT)
        try manager.awaits("WATCHDOG=1")
    }
}
