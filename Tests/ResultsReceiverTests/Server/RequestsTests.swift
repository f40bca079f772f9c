import HTTP
import Log
import Net
import Server
import Testing

/// Requests and answers over real sockets.
@Suite struct ServerRequestsTests {
    @Test func aConnectionStaysForFurtherRequests() async throws {
        try await withTestServer { _, address, _ in
            let client = try TestClient(address)
            for index in 0..<5 {
                let answer = try client.ask("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\n\(index)")
                #expect(answer.code == 200)
                #expect(answer.content == "\(index)")
                #expect(!answer.closes)
            }
        }
    }

    @Test func connectionCloseIsObeyed() async throws {
        try await withTestServer { _, address, _ in
            let client = try TestClient(address)
            let answer = try client.ask("POST /echo HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            #expect(answer.closes)
            #expect(try client.readToEnd() == "")
        }
    }

    @Test func http10IsAnsweredAndClosed() async throws {
        try await withTestServer { _, address, _ in
            let client = try TestClient(address)
            let answer = try client.ask("POST /echo HTTP/1.0\r\nHost: a\r\n\r\n")
            #expect(answer.code == 200)
            #expect(try client.readToEnd() == "")
        }
    }

    @Test func pipelinedRequestsAreAnsweredInOrder() async throws {
        try await withTestServer { _, address, _ in
            let client = try TestClient(address)
            var text = ""
            for index in 0..<300 {
                text += "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\n\(100 + index)"
            }
            client.send(text)
            for index in 0..<300 { #expect(try client.answer().content == "\(100 + index)") }
        }
    }

    /// The service is still at work on the first: the second is not begun before the first is answered.
    @Test func onlyOneRequestOfAConnectionIsUnderWay() async throws {
        try await withTestServer { _, address, desk in
            let client = try TestClient(address)
            let request = "POST /later HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\n"
            client.send(request + "1" + request + "2")
            try await desk.open(1)
            #expect(try client.answer().content == "1")
            try await desk.open(1)
            #expect(try client.answer().content == "2")
        }
    }

    @Test func aRequestMayComeOctetByOctet() async throws {
        try await withTestServer { _, address, _ in
            let client = try TestClient(address)
            let request =
                "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"
            for byte in request.utf8 { client.send([byte]) }
            #expect(try client.answer().content == "abcde")
        }
    }

    @Test func headIsAnsweredWithoutContent() async throws {
        try await withTestServer { _, address, _ in
            let client = try TestClient(address)
            client.send("HEAD /who HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            let text = try client.readToEnd()
            #expect(text.contains("Content-Length: 9\r\n"))
            #expect(text.hasSuffix("\r\n\r\n"))
        }
    }

    @Test func aMalformedHeadIs400AndClose() async throws {
        try await withTestServer { _, address, desk in
            let client = try TestClient(address)
            let answer = try client.ask("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\n\r\nPOST /echo")
            #expect(answer.code == 400)
            #expect(answer.closes)
            #expect(try client.readToEnd() == "")
            #expect(desk.notes.count { $0.hasPrefix("admit") } == 0)
        }
    }

    @Test func continueIsSentOnlyAfterAdmission() async throws {
        try await withTestServer { _, address, _ in
            let client = try TestClient(address)
            let first = try client.ask(
                "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n")
            #expect(first.code == 100)
            #expect(try client.ask("ok").content == "ok")

            let refused = try client.ask(
                "POST /refused HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n")
            #expect(refused.code == 403)
            #expect(refused.closes)
            #expect(try client.readToEnd() == "")
        }
    }

    @Test func continueIsNotSentWhenContentIsThereAlready() async throws {
        try await withTestServer { _, address, _ in
            let client = try TestClient(address)
            let answer = try client.ask(
                "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\nok")
            #expect(answer.code == 200)
        }
    }

    @Test func aSmallUnreadRestIsDroppedAndTheConnectionStays() async throws {
        try await withTestServer { _, address, _ in
            let client = try TestClient(address)
            let refused = try client.ask("POST /refused HTTP/1.1\r\nHost: a\r\nContent-Length: 60000\r\n\r\nbegin")
            #expect(refused.code == 403)
            #expect(!refused.closes)
            client.send([UInt8](repeating: 0x78, count: 60000 - 5))
            #expect(try client.ask("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\ny").content == "y")
        }
    }

    /// Without lingering the reset that answers the unread octets destroys the answer (seen 20 times out of 20).
    @Test func theAnswerArrivesAlthoughTheContentWasNotRead() async throws {
        try await withTestServer { _, address, _ in
            for _ in 0..<20 {
                let client = try TestClient(address)
                client.send("POST /refused HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n")
                client.send([UInt8](repeating: 0x78, count: 1_000_000))
                let answer = try client.answer()
                #expect(answer.code == 403)
                #expect(answer.closes)
                #expect(try client.readToEnd() == "")
            }
        }
    }

    @Test func aContentBeyondTheLimitIsRefusedBeforeItCame() async throws {
        try await withTestServer(desk: TestDesk(contentLimit: 10)) { _, address, desk in
            let client = try TestClient(address)
            #expect(try client.ask("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 11\r\n\r\n").code == 400)
            #expect(desk.count("refuse contentTooLarge(limit: 10) /echo") == 1)
            let fitting = try TestClient(address)
            let answer = try fitting.ask("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n0123456789")
            #expect(answer.code == 200)
        }
    }

    @Test func aClientThatHalfClosesIsStillAnswered() async throws {
        try await withTestServer { _, address, desk in
            let client = try TestClient(address)
            client.send("POST /later HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nok")
            client.endSending()
            try await desk.open(1)
            #expect(try client.answer().content == "ok")
            #expect(try client.readToEnd() == "")
            #expect(desk.count("undelivered") == 0)
        }
    }

    @Test func aContentCutShortIs400() async throws {
        try await withTestServer { _, address, _ in
            let client = try TestClient(address)
            client.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 20\r\n\r\nshort")
            client.endSending()
            #expect(try client.answer().code == 400)
        }
    }

    @Test func aLargeAnswerArrivesWhole() async throws {
        try await withTestServer { _, address, desk in
            let client = try TestClient(address)
            let answer = try client.ask("POST /huge HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(answer.content.utf8.count == 8 << 20)
            #expect(try client.ask("POST /echo HTTP/1.1\r\nHost: a\r\n\r\n").code == 200)
            #expect(desk.count("undelivered") == 0)
        }
    }

    @Test func severalListenersAndLanesServeTheSame() async throws {
        try await withTestServer(lanes: 3, on: ["127.0.0.1:0", "[::1]:0"]) { server, address, _ in
            for _ in 0..<30 {
                let client = try TestClient(address)
                #expect(try client.ask("GET /who HTTP/1.1\r\nHost: a\r\n\r\n").content == "127.0.0.1")
            }
        }
    }

    @Test func aPortInUseIsToldApart() async throws {
        try await withTestServer { _, address, _ in
            _ = #expect(throws: ListenerError.inUse(address)) { try Listener(address) }
        }
    }
}
