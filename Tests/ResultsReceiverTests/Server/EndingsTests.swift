import Dispatch
import Glibc
import HTTP
import Net
import Server
import Testing

/// Time-outs, clients that go, and the server's own end.
@Suite struct ServerEndingsTests {
    private let request = "GET /who HTTP/1.1\r\nHost: a\r\n\r\n"
    private let later = "POST /later HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\n1"

    // MARK: Time-outs

    @Test func aHeadThatDoesNotComeInTimeIsClosedSilently() async throws {
        try await withTestServer(limits: { $0.headerTime = .milliseconds(80) }) { _, address, desk in
            let client = try TestClient(address)
            client.send("POST /echo HTTP/1.1\r\nHost")
            #expect(try client.readToEnd() == "")
            #expect(desk.notes.isEmpty)
        }
    }

    @Test func theHeaderTimeIsAbsoluteHoweverMuchTricklesIn() async throws {
        try await withTestServer(limits: { $0.headerTime = .milliseconds(150) }) { _, address, _ in
            let client = try TestClient(address)
            client.send("POST /echo HTTP/1.1\r\nHost: a\r\nX: ")
            let start = ContinuousClock.now
            while !client.awaitsSomething(milliseconds: 20), ContinuousClock.now - start < .seconds(3) {
                client.send("x")
            }
            #expect(ContinuousClock.now - start < .seconds(3))
            #expect(try client.readToEnd(toleratesReset: true) == "")
        }
    }

    @Test func theHeaderClockStartsWithTheFirstOctet() async throws {
        try await withTestServer(limits: { $0.headerTime = .milliseconds(50) }) { _, address, _ in
            let client = try TestClient(address)
            #expect(!client.awaitsSomething(milliseconds: 200))
            #expect(try client.ask(request).code == 200)
            #expect(!client.awaitsSomething(milliseconds: 200))
            #expect(try client.ask(request).code == 200)
        }
    }

    @Test func aContentThatDoesNotComeInTimeIs400AndClose() async throws {
        try await withTestServer(limits: { $0.bodyTime = .milliseconds(80) }) { _, address, desk in
            let client = try TestClient(address)
            client.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc")
            let answer = try client.answer()
            #expect(answer.code == 400)
            #expect(answer.closes)
            #expect(try client.readToEnd() == "")
            #expect(desk.count("refuse contentTimedOut /echo") == 1)
        }
    }

    @Test func aSilentConnectionIsClosedAfterTheIdleTime() async throws {
        try await withTestServer(limits: { $0.idleTime = .milliseconds(80) }) { _, address, _ in
            let silent = try TestClient(address)
            let used = try TestClient(address)
            #expect(try used.ask(request).code == 200)
            #expect(try silent.readToEnd() == "")
            #expect(try used.readToEnd() == "")
        }
    }

    @Test func aServiceThatTakesLongIsNotTimedOut() async throws {
        try await withTestServer(
            limits: {
                $0.idleTime = .milliseconds(30)
                $0.headerTime = .milliseconds(30)
                $0.bodyTime = .milliseconds(30)
            }
        ) { _, address, desk in
            let client = try TestClient(address)
            client.send(later)
            #expect(!client.awaitsSomething(milliseconds: 200))
            try await desk.open(1)
            #expect(try client.answer().code == 200)
        }
    }

    @Test func aReaderThatNeverReadsIsCutOff() async throws {
        try await withTestServer(limits: { $0.writeTime = .milliseconds(80) }) { server, address, desk in
            let client = try TestClient(address, receiveBuffer: 4096)
            client.send("POST /huge HTTP/1.1\r\nHost: a\r\n\r\n")
            await desk.noted("undelivered")
            try await eventually { server.openConnections <= 0 }
            #expect(desk.count("undelivered") == 1)
        }
    }

    @Test func whoeverSendsOnAfterTheLastAnswerIsCutOff() async throws {
        try await withTestServer(
            limits: {
                $0.lingerTime = .milliseconds(100)
                $0.lingerBytes = 1 << 30
            }
        ) { server, address, _ in
            let client = try TestClient(address)
            client.send("POST /close HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(try client.answer().closes)
            while client.send("x") && server.openConnections > 0 {}
            try await eventually { server.openConnections <= 0 }
        }
    }

    @Test func noMoreIsReadAfterTheLastAnswerThanTheLimit() async throws {
        try await withTestServer(
            limits: {
                $0.lingerTime = .seconds(60)
                $0.lingerBytes = 100_000
            }
        ) { server, address, _ in
            let client = try TestClient(address)
            client.send("POST /close HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(try client.answer().closes)
            while client.send([UInt8](repeating: 0x78, count: 50_000)) {}
            try await eventually { server.openConnections <= 0 }
        }
    }

    // MARK: Clients that go

    @Test func anAnswerThatCannotReachItsClientIsSaidToBeUndeliveredOnce() async throws {
        try await withTestServer { server, address, desk in
            let client = try TestClient(address)
            client.send(later)
            await desk.noted("admit /later")
            client.reset()
            try await eventually { server.openConnections <= 0 }
            try await desk.open(1)
            await desk.noted("undelivered")
            let next = try TestClient(address)
            #expect(try next.ask(request).code == 200)
            #expect(desk.count("undelivered") == 1)
        }
    }

    @Test func aClientThatResetsWhileTheAnswerIsWrittenIsNoticed() async throws {
        try await withTestServer { _, address, desk in
            let client = try TestClient(address, receiveBuffer: 4096)
            client.send("POST /huge HTTP/1.1\r\nHost: a\r\n\r\n")
            _ = client.awaitsSomething(milliseconds: 5000)
            client.reset()
            await desk.noted("undelivered")
        }
    }

    /// It looks like one that has finished sending, until the answer comes back as undeliverable.
    ///
    /// In a process of its own: another test that starts a process holds a copy of the client's socket for a moment.
    @Test func aClientThatClosedBeforeItsAnswerCameIsNoticed() async {
        await #expect(processExitsWith: .success) {
            try await withTestServer { server, address, desk in
                let client = try TestClient(address)
                client.send("POST /later HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\n1")
                await desk.noted("admit /later")
                client.close()
                try await desk.open(1)
                await desk.noted("undelivered")
                try await eventually { server.openConnections <= 0 }
                guard desk.count("undelivered") == 1 else { exit(1) }
            }
        }
    }

    // MARK: The server's end

    @Test func drainingFinishesWhatWasBegunAndClosesTheRest() async throws {
        try await withTestServer(limits: { $0.headerTime = .seconds(600) }) { server, address, desk in
            let idle = try TestClient(address)
            #expect(try idle.ask(request).code == 200)
            let busy = try TestClient(address)
            busy.send(later)
            await desk.noted("admit /later")
            let halfSent = try TestClient(address)
            halfSent.send("POST /echo HTTP/1.1\r\nHo")
            try await eventually { server.openConnections >= 3 }

            let begun = ContinuousClock.now
            async let drained: Void = server.drain(within: .seconds(120))
            // Without blocking a thread that the drain may want to begin on.
            try await eventually { idle.awaitsSomething(milliseconds: 0) }
            #expect(try idle.readToEnd() == "")
            #expect(throws: TestClient.Refused.self) { try TestClient(address) }
            halfSent.send("st: a\r\nContent-Length: 2\r\n\r\nok")
            let answer = try halfSent.answer()
            #expect(answer.content == "ok")
            #expect(answer.closes)
            try await desk.open(1)
            #expect(try busy.answer().closes)
            #expect(try busy.readToEnd() == "")
            #expect(try halfSent.readToEnd() == "")
            busy.close()
            halfSent.close()
            await drained
            #expect(ContinuousClock.now - begun < .seconds(120))
            #expect(server.openConnections == 0)
        }
    }

    @Test func drainingEndsInTimeWhateverTheServiceDoes() async throws {
        try await withTestServer { server, address, desk in
            let busy = try TestClient(address)
            busy.send(later)
            await desk.noted("admit /later")
            await server.drain(within: .milliseconds(50))
            #expect(try busy.readToEnd(toleratesReset: true) == "")
            try await desk.open(1)
            await desk.noted("undelivered")
        }
    }

    // MARK: Descriptors

    /// In a process of its own, which runs out of descriptors.
    @Test func outOfDescriptorsIdleConnectionsMakeRoom() async {
        await #expect(processExitsWith: .success) {
            try await withTestServer { server, address, _ in
                var idle: [TestClient] = []
                for _ in 0..<5 {
                    let client = try TestClient(address)
                    _ = try client.ask("GET /who HTTP/1.1\r\nHost: a\r\n\r\n")
                    idle.append(client)
                }
                var taken = takeAllDescriptors()
                close(taken.removeLast())
                // The only free one is the client's own end.
                let client = try TestClient(address)
                let answer = try client.ask("GET /who HTTP/1.1\r\nHost: a\r\n\r\n")
                guard answer.code == 200, try idle[0].readToEnd() == "" else { exit(1) }
                for number in taken { close(number) }
            }
        }
    }

    /// In a process of its own, which runs out of descriptors.
    @Test(.timeLimit(.minutes(1)))
    func outOfDescriptorsTheServerNeitherSpinsNorForgetsWhoWaits() async {
        await #expect(processExitsWith: .success) {
            try await withTestServer { server, address, desk in
                var busy: [TestClient] = []
                for _ in 0..<3 {
                    let client = try TestClient(address)
                    client.send("POST /later HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\n1")
                    busy.append(client)
                }
                // Not `noted`, whose timer would be the first.
                while desk.count("admit /later") < 3 { await Task.yield() }
                var taken = takeAllDescriptors()
                close(taken.removeLast())
                let waiting = try TestClient(address)
                waiting.send("GET /who HTTP/1.1\r\nHost: a\r\n\r\n")
                let before = processorMilliseconds()
                guard !waiting.awaitsSomething(milliseconds: 700) else { exit(1) }
                // Timers of the program go on; they are Dispatch's, which wants a descriptor for the first.
                await withCheckedContinuation { continuation in
                    DispatchQueue.global().asyncAfter(deadline: .now() + 0.01) { continuation.resume() }
                }
                let used = processorMilliseconds() - before
                guard used < 200 else { exit(2) }
                // One that ends makes room at once; so does one that someone else in the process gives back.
                close(taken.removeLast())
                guard try waiting.answer().code == 200 else { exit(3) }
                for number in taken { close(number) }
                desk.open()
            }
        }
    }
}

private func takeAllDescriptors() -> [CInt] {
    var limit = rlimit()
    unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    // The process that it came from may have left it many.
    let next = dup(STDERR_FILENO)
    close(next)
    limit.rlim_cur = rlim_t(next + 100)
    unsafe setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    var taken: [CInt] = []
    while true {
        let number = dup(STDERR_FILENO)
        if number < 0 { return taken }
        taken.append(number)
    }
}

private func processorMilliseconds() -> Int {
    var usage = rusage()
    unsafe getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
    return (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000
        + (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1000
}
