import Glibc
import HTTP
import Net
import Server
import Testing

/// Too many, too much: connections, addresses, memory.
@Suite struct ServerLimitsTests {
    private let request = "GET /who HTTP/1.1\r\nHost: a\r\n\r\n"
    private let later = "POST /later HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\n1"

    @Test func atTheLimitTheOldestConnectionWithoutACompleteRequestMakesRoom() async throws {
        try await withTestServer(limits: { $0.connections = 3 }) { server, address, desk in
            let busy = try TestClient(address)
            busy.send(later)
            await desk.noted("admit /later")
            let halfSent = try TestClient(address)
            halfSent.send("POST /echo HT")
            let idle = try TestClient(address)
            #expect(try idle.ask(request).code == 200)

            let newcomer = try TestClient(address)
            #expect(try newcomer.ask(request).code == 200)
            #expect(try halfSent.readToEnd(toleratesReset: true) == "")
            let another = try TestClient(address)
            #expect(try another.ask(request).code == 200)
            #expect(try idle.readToEnd() == "")

            try await desk.open(1)
            #expect(try busy.answer().code == 200)
            #expect(server.openConnections == 3)
        }
    }

    @Test func whoeverMakesRoomWithItsContentUnderWayIsAnswered503() async throws {
        try await withTestServer(limits: { $0.connections = 1 }) { server, address, desk in
            let sending = try TestClient(address)
            sending.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n123")
            await desk.noted("admit /echo")
            let newcomer = try TestClient(address)
            #expect(try newcomer.ask(request).code == 200)
            let answer = try sending.answer()
            #expect(answer.code == 503)
            #expect(answer.closes)
            #expect(try sending.readToEnd() == "")
        }
    }

    @Test func whereNoneCanMakeRoomTheNewcomerIsAnswered503() async throws {
        try await withTestServer(limits: { $0.connections = 2 }) { server, address, desk in
            let first = try TestClient(address)
            let second = try TestClient(address)
            first.send(later)
            second.send(later)
            await desk.noted("admit /later", count: 2)
            for _ in 0..<100 {
                let newcomer = try TestClient(address)
                newcomer.send(request)
                let answer = try newcomer.answer()
                #expect(answer.code == 503)
                #expect(answer.closes)
                #expect(try newcomer.readToEnd() == "")
            }
            try await desk.open(2)
            #expect(try first.answer().code == 200)
            #expect(try second.answer().code == 200)
            let next = try TestClient(address)
            #expect(try next.ask(request).code == 200)
        }
    }

    @Test func anotherLaneMakesRoomWhereTheNewcomersHasNone() async throws {
        try await withTestServer(lanes: 2, limits: { $0.connections = 4 }) { server, address, _ in
            var clients: [TestClient] = []
            for _ in 0..<40 {
                let client = try TestClient(address)
                #expect(try client.ask(request).code == 200)
                clients.append(client)
            }
            try await eventually { server.openConnections <= 4 }
        }
    }

    @Test func oneAddressHasNoMoreConnectionsThanItsLimit() async throws {
        try await withTestServer(limits: { $0.connectionsPerAddress = 2 }) { server, address, desk in
            let first = try TestClient(address, from: "127.0.0.2")
            let second = try TestClient(address, from: "127.0.0.2")
            #expect(try first.ask(request).content == "127.0.0.2")
            #expect(try second.ask(request).code == 200)

            let third = try TestClient(address, from: "127.0.0.2")
            #expect(try third.answer().code == 503)
            #expect(try third.readToEnd() == "")
            #expect(desk.count("refuse tooManyConnections -") == 1)

            let neighbour = try TestClient(address, from: "127.0.0.3")
            #expect(try neighbour.ask(request).code == 200)

            first.close()
            try await eventually { server.openConnections <= 2 }
            let fourth = try TestClient(address, from: "127.0.0.2")
            #expect(try fourth.ask(request).code == 200)
        }
    }

    @Test func connectionsOfTheMachineItselfDoNotCount() async throws {
        try await withTestServer(on: ["[::1]:0"], limits: { $0.connectionsPerAddress = 1 }) { _, address, _ in
            var clients: [TestClient] = []
            for _ in 0..<5 {
                let client = try TestClient(address)
                #expect(try client.ask(request).code == 200)
                clients.append(client)
            }
        }
    }

    @Test func halfSentHeadsAndIdleConnectionsSlowNobody() async throws {
        raiseDescriptorLimit()
        try await withTestServer(limits: { $0.headerTime = .seconds(600) }) { server, address, _ in
            var crowd: [TestClient] = []
            for index in 0..<800 {
                let client = try TestClient(address)
                if index < 300 { client.send("POST /echo HTTP/1.1\r\nHost: a\r\nX-Slow: ") }
                crowd.append(client)
            }
            try await eventually { server.openConnections >= 800 }
            let client = try TestClient(address)
            let start = ContinuousClock.now
            for _ in 0..<100 { #expect(try client.ask(request).code == 200) }
            #expect(ContinuousClock.now - start < .seconds(2))
            #expect(server.openConnections == 801)
        }
    }

    // MARK: Memory

    @Test func beyondTheBudgetTheSlowestLargeContentIsCut() async throws {
        try await withTestServer(limits: { $0.inFlightBytes = 1 << 20 }) { server, address, desk in
            let half = [UInt8](repeating: 0x78, count: 200_000)
            var slow: [TestClient] = []
            for _ in 0..<12 {
                let client = try TestClient(address)
                client.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n")
                client.send(half)
                slow.append(client)
                // Small messages have their reserve all the while.
                let small = try TestClient(address)
                let answer = try small.ask(
                    "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 16000\r\n\r\n"
                        + String(repeating: "y", count: 16000))
                #expect(answer.code == 200)
                #expect(server.inFlightBytes <= 1 << 20)
            }
            await desk.noted("refuse contentEvicted /echo")
            var cut = 0
            for client in slow where client.awaitsSomething(milliseconds: 0) {
                #expect(try client.answer().code == 503)
                cut += 1
            }
            #expect(cut >= 6)
            #expect(cut < 12)
        }
    }

    @Test func ofTwoLargeContentsTheSlowerOneIsCutFirst() async throws {
        try await withTestServer(limits: { $0.inFlightBytes = 1 << 20 }) { server, address, desk in
            let slow = try TestClient(address)
            slow.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n")
            slow.send([UInt8](repeating: 0x78, count: 20_000))
            await desk.noted("admit /echo")
            let fast = try TestClient(address)
            fast.send("POST /later HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n")
            fast.send([UInt8](repeating: 0x78, count: 900_000))
            #expect(try slow.answer().code == 503)
            #expect(desk.notes.first { $0.hasPrefix("refuse contentEvicted") } == "refuse contentEvicted /echo")
        }
    }

    @Test func smallContentsHaveAReserveThatLargeOnesCannotTake() async throws {
        try await withTestServer(limits: { $0.inFlightBytes = 1 << 20 }) { server, address, desk in
            // Three quarters are taken by large ones, whole and being handled: they cannot be cut.
            var large: [TestClient] = []
            for _ in 0..<3 {
                let client = try TestClient(address)
                client.send("POST /later HTTP/1.1\r\nHost: a\r\nContent-Length: 200000\r\n\r\n")
                client.send([UInt8](repeating: 0x78, count: 200_000))
                large.append(client)
            }
            await desk.noted("admit /later", count: 3)
            let fourth = try TestClient(address)
            fourth.send("POST /later HTTP/1.1\r\nHost: a\r\nContent-Length: 210000\r\n\r\n")
            fourth.send([UInt8](repeating: 0x78, count: 200_000))
            #expect(try fourth.answer().code == 503)
            // These would not fit beside the large ones if they counted as such.
            var small: [TestClient] = []
            for _ in 0..<14 {
                let client = try TestClient(address)
                client.send("POST /later HTTP/1.1\r\nHost: a\r\nContent-Length: 16384\r\n\r\n")
                client.send([UInt8](repeating: 0x79, count: 16_383))
                small.append(client)
            }
            await desk.noted("admit /later", count: 18)
            for client in small { client.send("y") }
            try await desk.open(17)
            for client in small + large { #expect(try client.answer().code == 200) }
            try await eventually { server.inFlightBytes == 0 }
        }
    }

    /// In a process of its own, because memory and descriptors are the process's.
    @Test(.disabled(if: runsUnderSanitizer(), "its memory would be counted too"))
    func anIdleConnectionTakesNoMoreThan8KiB() async {
        await #expect(processExitsWith: .success) {
            raiseDescriptorLimit()
            try await withTestServer(limits: { $0.connections = 2000 }) { server, address, _ in
                var clients: [TestClient] = []
                func open(_ count: Int) throws {
                    for _ in 0..<count {
                        let client = try TestClient(address)
                        _ = try client.ask(
                            "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 30000\r\n\r\n"
                                + String(repeating: "y", count: 30000))
                        // A long head takes a long buffer, too.
                        _ = try client.ask(
                            "GET /who HTTP/1.1\r\nHost: a\r\nX: \(String(repeating: "x", count: 15_000))\r\n\r\n")
                        clients.append(client)
                    }
                }
                try open(50)
                let before = try residentBytes()
                try open(500)
                let each = (try residentBytes() - before) / 500
                // The test's own client is part of it.
                guard each <= 8 * 1024 else { exit(CInt(min(each / 1024, 100))) }
                // The last answer is there a moment before the lane has put its connection to rest.
                try await eventually { server.inFlightBytes == 0 }
            }
        }
    }
}

/// Both ends of many connections are this process's.
func raiseDescriptorLimit() {
    var limit = rlimit()
    unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    limit.rlim_cur = min(limit.rlim_max, 8192)
    unsafe setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
}

private func residentBytes() throws -> Int {
    // The second number of statm: resident pages (proc(5)).
    guard let file = unsafe fopen("/proc/self/statm", "r") else { return 0 }
    defer { unsafe fclose(file) }
    var line = [CChar](repeating: 0, count: 200)
    unsafe fgets(&line, 200, file)
    let text = String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    return (Int(text.split(separator: " ")[1]) ?? 0) * 4096
}
