import Net
import Testing

@Suite struct SocketAddressTests {
    @Test(arguments: [
        ("127.0.0.1:8080", "127.0.0.1:8080"), ("[::1]:8080", "[::1]:8080"), ("0.0.0.0:0", "0.0.0.0:0"),
        ("[2001:DB8:0:0::1]:65535", "[2001:db8::1]:65535"),
    ])
    func numericAddressesAreReadAndShown(text: String, shown: String) throws {
        #expect(try SocketAddress(parsing: text).description == shown)
    }

    @Test func aNameIsResolved() throws {
        let all = try SocketAddress.resolve("localhost:80")
        #expect(all.contains { $0.ip == .loopback4 || $0.ip == .loopback6 })
        #expect(all.allSatisfy { $0.port == 80 })
        #expect(Set(all).count == all.count)
    }

    @Test(arguments: [
        ("127.0.0.1", SocketAddressError.missingPort("127.0.0.1")), ("127.0.0.1:", .missingPort("127.0.0.1:")),
        (":80", .malformed(":80")), ("127.0.0.1:65536", .invalidPort("65536")), ("127.0.0.1:+80", .invalidPort("+80")),
        ("127.0.0.1: 80", .invalidPort(" 80")), ("127.0.0.1:http", .invalidPort("http")), ("::1", .unbracketed("::1")),
        ("::1:8080", .unbracketed("::1:8080")), ("[::1:8080", .malformed("[::1:8080")),
        ("[127.0.0.1]:80", .malformed("[127.0.0.1]:80")), ("a b:80", .malformed("a b:80")),
    ])
    func whatIsNoAddressIsRefusedWithItsReason(text: String, error: SocketAddressError) {
        #expect(throws: error) { try SocketAddress(parsing: text) }
    }

    @Test func anUnknownHostIsNamed() throws {
        let error = #expect(throws: SocketAddressError.self) { try SocketAddress(parsing: "no-such-host.invalid:80") }
        #expect(error?.description.contains("no-such-host.invalid") == true)
    }

    @Test func oneSubscriberIsAnAddressOfVersion4OrANetworkOfVersion6() throws {
        func subscriber(_ text: String) throws -> IPAddress { try #require(IPAddress(text)).subscriber }
        #expect(try subscriber("192.0.2.1") != subscriber("192.0.2.2"))
        #expect(try subscriber("2001:db8::1") == subscriber("2001:db8::ffff:2"))
        #expect(try subscriber("2001:db8::1") != subscriber("2001:db8:0:1::1"))
    }
}
