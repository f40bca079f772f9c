import HTTP
import Net
import Server
import Testing

/// Who is served, and for whom a trusted proxy asks.
@Suite struct AccessTests {
    private static func request(_ fields: String = "", path: String = "/who") -> String {
        "GET \(path) HTTP/1.1\r\nHost: a\r\n\(fields)\r\n"
    }

    private static func ranges(_ texts: String...) throws -> [AddressRange] {
        try texts.map { text throws(AddressRangeError) in try AddressRange(text) }
    }

    // MARK: The rules

    private func sender(_ lines: (FieldName, String)..., proxies: String = "10.0.0.0/8") throws -> AccessRules.Sender {
        var fields = Fields()
        for (name, value) in lines { fields.append(name, value) }
        return AccessRules(trustedProxies: try Self.ranges(proxies)).sender(of: fields)
    }

    private func client(_ address: String) throws -> AccessRules.Sender { .client(try #require(IPAddress(address))) }

    @Test func theNearestAddressThatIsNoProxysIsTheClient() throws {
        #expect(try sender((.xForwardedFor, "1.1.1.1, 192.0.2.9, 10.1.1.1")) == client("192.0.2.9"))
        #expect(try sender((.forwarded, "for=1.1.1.1, for=192.0.2.9, for=10.1.1.1")) == client("192.0.2.9"))
        #expect(try sender((.xForwardedFor, "::ffff:192.0.2.9")) == client("192.0.2.9"))
        #expect(try sender((.xForwardedFor, "10.2.2.2, 10.1.1.1")) == client("10.2.2.2"), "all are proxies")
        #expect(try sender() == .proxy)
    }

    @Test func garbageBehindTheClientDoesNotMatter() throws {
        #expect(try sender((.xForwardedFor, "\", unknown, 192.0.2.9")) == client("192.0.2.9"))
    }

    @Test(arguments: ["unknown", "_hidden", "", "192.0.2.1.1", "1.1.1.1, unknown", "1.1.1.1, x, 10.0.0.1"])
    func whoCannotBeToldIsUnclear(value: String) throws {
        #expect(try sender((.xForwardedFor, value)) == .unclear)
    }

    /// Most proxies set one of the two, and let the other one through as the stranger sent it.
    @Test func whereTheTwoFieldsContradictEachOtherNeitherIsBelieved() throws {
        #expect(try sender((.forwarded, "for=1.1.1.1"), (.xForwardedFor, "192.0.2.9")) == .unclear)
        #expect(try sender((.forwarded, "x"), (.xForwardedFor, "192.0.2.9")) == .unclear)
        #expect(try sender((.forwarded, "for=192.0.2.9"), (.xForwardedFor, "192.0.2.9")) == client("192.0.2.9"))
    }

    // MARK: The server

    @Test func whoIsNotAllowedIsClosedWithoutAnAnswerAndCounted() async throws {
        let allowed = try Self.ranges("127.0.0.2", "2001:db8::/32")
        try await withTestServer(limits: { $0.access.allowed = allowed }) { server, address, desk in
            let own = try TestClient(address)
            own.send(Self.request())
            #expect(try own.readToEnd(toleratesReset: true) == "", "the own machine is not exempt")
            let other = try TestClient(address, from: "127.0.0.3")
            #expect(try other.readToEnd(toleratesReset: true) == "")
            #expect(desk.notes.isEmpty)
            #expect(server.connectionsNotAllowed == 2)
            #expect(server.openConnections == 0)
            let guest = try TestClient(address, from: "127.0.0.2")
            #expect(try guest.ask(Self.request()).content == "127.0.0.2")
        }
    }

    @Test func forwardingFieldsOfOthersAreNotBelieved() async throws {
        let proxies = try Self.ranges("127.0.0.2")
        try await withTestServer(limits: { $0.access.trustedProxies = proxies }) { _, address, _ in
            let stranger = try TestClient(address, from: "127.0.0.3")
            #expect(try stranger.ask(Self.request("X-Forwarded-For: 192.0.2.9\r\n")).content == "127.0.0.3")
            let proxy = try TestClient(address, from: "127.0.0.2")
            #expect(try proxy.ask(Self.request("X-Forwarded-For: 192.0.2.9\r\n")).content == "192.0.2.9")
            #expect(try proxy.ask(Self.request("Forwarded: for=\"[2001:db8::9]\"\r\n")).content == "2001:db8::9")
            #expect(try proxy.ask(Self.request("X-Forwarded-For: nobody\r\n")).content == "127.0.0.2")
            // The next request on the connection is another client's.
            #expect(try proxy.ask(Self.request()).content == "127.0.0.2")
        }
    }

    @Test func behindAProxyTheClientIsWhoMustBeAllowed() async throws {
        let allowed = try Self.ranges("192.0.2.0/24")
        let proxies = try Self.ranges("127.0.0.2")
        try await withTestServer(limits: {
            $0.access = AccessRules(allowed: allowed, trustedProxies: proxies)
        }) { server, address, desk in
            let proxy = try TestClient(address, from: "127.0.0.2")
            #expect(try proxy.ask(Self.request("X-Forwarded-For: 192.0.2.9\r\n")).content == "192.0.2.9")
            proxy.send(Self.request("X-Forwarded-For: 198.51.100.9\r\n"))
            #expect(try proxy.readToEnd(toleratesReset: true) == "")
            for fields in ["", "X-Forwarded-For: 192.0.2.9, unknown\r\n"] {
                let unnamed = try TestClient(address, from: "127.0.0.2")
                unnamed.send(Self.request(fields))
                #expect(try unnamed.readToEnd(toleratesReset: true) == "", "the proxy itself is not allowed")
            }
            #expect(desk.count("admit /who") == 1)
            #expect(server.connectionsNotAllowed == 3)
        }
    }

    /// A connection stays over a reload; what it was let in for does not.
    @Test func newRulesHoldForTheNextRequestOfConnectionsThatStay() async throws {
        var limits = ServerLimits()
        limits.access.trustedProxies = try Self.ranges("127.0.0.2")
        try await withTestServer(limits: { $0 = limits }) { server, address, desk in
            let request = Self.request("X-Forwarded-For: 192.0.2.9\r\n")
            let first = try TestClient(address, from: "127.0.0.2")
            let second = try TestClient(address, from: "127.0.0.3")
            #expect(try first.ask(request).content == "192.0.2.9")
            #expect(try second.ask(request).content == "127.0.0.3")
            limits.access.trustedProxies = try Self.ranges("127.0.0.3")
            await server.change(to: limits) { _ in TestService(desk) }
            #expect(try first.ask(request).content == "127.0.0.2", "it is no proxy any more")
            #expect(try second.ask(request).content == "192.0.2.9")
            limits.access = AccessRules(allowed: try Self.ranges("127.0.0.3"))
            await server.change(to: limits) { _ in TestService(desk) }
            #expect(try second.ask(request).content == "127.0.0.3")
            first.send(request)
            #expect(try first.readToEnd(toleratesReset: true) == "", "it is not allowed any more")
            #expect(server.connectionsNotAllowed == 1)
        }
    }

    @Test func connectionsOfTrustedProxiesDoNotCountPerAddress() async throws {
        let proxies = try Self.ranges("127.0.0.2")
        try await withTestServer(limits: {
            $0.connectionsPerAddress = 1
            $0.access.trustedProxies = proxies
        }) { server, address, _ in
            let clients = try (0..<5).map { _ in try TestClient(address, from: "127.0.0.2") }
            for client in clients { #expect(try client.ask(Self.request()).code == 200) }
            #expect(server.openConnections == 5)
        }
    }

    @Test func requestsUnderWayCountForTheClientBehindTheProxy() async throws {
        let proxies = try Self.ranges("127.0.0.2")
        try await withTestServer(limits: {
            $0.connectionsPerAddress = 2
            $0.access.trustedProxies = proxies
        }) { _, address, desk in
            let later = "POST /later HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 192.0.2.9\r\nContent-Length: 1\r\n\r\n1"
            let busy = try (0..<2).map { _ in try TestClient(address, from: "127.0.0.2") }
            for client in busy { client.send(later) }
            await desk.noted("admit /later", count: 2)
            let third = try TestClient(address, from: "127.0.0.2")
            let refused = try third.ask(Self.request("X-Forwarded-For: 192.0.2.9\r\n"))
            #expect(refused.code == 503)
            #expect(refused.closes)
            let neighbour = try TestClient(address, from: "127.0.0.2")
            #expect(try neighbour.ask(Self.request("X-Forwarded-For: 192.0.2.10\r\n")).code == 200)
            try await desk.open(2)
            for client in busy { #expect(try client.answer().code == 200) }
            // Answered requests do not count, though their connections stay.
            for _ in 0..<5 {
                #expect(try neighbour.ask(Self.request("X-Forwarded-For: 192.0.2.9\r\n")).content == "192.0.2.9")
            }
        }
    }
}
