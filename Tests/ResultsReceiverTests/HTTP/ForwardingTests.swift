import HTTP
import Testing

/// The fields in which proxies say for whom they ask (RFC 7239, and the older X-Forwarded-For).
@Suite struct ForwardingTests {
    private func forwarded(_ values: String...) -> [String?]? {
        var fields = Fields()
        for value in values { fields.append(.forwarded, value) }
        return Forwarding.nodes(ofForwarded: fields)
    }

    private func xForwardedFor(_ values: String...) -> [String?]? {
        var fields = Fields()
        for value in values { fields.append(.xForwardedFor, value) }
        return Forwarding.nodes(ofXForwardedFor: fields)
    }

    @Test func withoutTheFieldThereIsNothing() {
        #expect(forwarded() == nil)
        #expect(xForwardedFor() == nil)
    }

    /// The examples of RFC 7239, sections 4 and 6, from the nearest node to the furthest.
    @Test func theExamplesOfTheStandardAreRead() {
        #expect(forwarded("for=\"_gazonk\"") == ["_gazonk"])
        #expect(forwarded("For=\"[2001:db8:cafe::17]:4711\"") == ["2001:db8:cafe::17"])
        #expect(forwarded("for=192.0.2.60;proto=http;by=203.0.113.43") == ["192.0.2.60"])
        #expect(forwarded("for=192.0.2.43, for=198.51.100.17") == ["198.51.100.17", "192.0.2.43"])
        #expect(forwarded("for=192.0.2.43", "for=\"[2001:db8:cafe::17]\"") == ["2001:db8:cafe::17", "192.0.2.43"])
        #expect(forwarded("for=192.0.2.43:47011") == ["192.0.2.43"])
        #expect(forwarded("for=\"192.0.2.43:_obf\"") == ["192.0.2.43"])
        #expect(forwarded("by=\"a;b,c\";for=192.0.2.1") == ["192.0.2.1"])
    }

    @Test(arguments: [
        "for", "for=", "=1", "proto=http", "for=192.0.2.1;for=192.0.2.2", "for=\"192.0.2.1", "for=\"\"", "for=\"a\"b\"",
        "for=[2001:db8::1", "for=\"[2001:db8::1]x\"", "for=192.0.2.1:", "for= 192.0.2.1;", "f or=1",
    ])
    func aMalformedElementNamesNobody(value: String) {
        let nodes = forwarded(value)
        #expect(nodes == [nil] || nodes == [""] || nodes == [" 192.0.2.1"])
    }

    @Test func theOlderFieldIsAListOfAddresses() {
        #expect(xForwardedFor("192.0.2.1, 198.51.100.2") == ["198.51.100.2", "192.0.2.1"])
        #expect(xForwardedFor("192.0.2.1", "198.51.100.2,,") == ["198.51.100.2", "192.0.2.1"])
        #expect(
            xForwardedFor("2001:db8::1, [2001:db8::2]:80,192.0.2.1:80") == ["192.0.2.1", "2001:db8::2", "2001:db8::1"])
        #expect(xForwardedFor("") == [])
    }

    /// What a stranger sends stands before what the proxy adds.
    @Test(arguments: ["\"", "for=\"", "for=\"a\\", ";;;,\"", "for=\"1.1.1.1, for=2.2.2.2", "\\\""])
    func nothingBeforeItHidesWhatTheNearestProxySays(garbage: String) {
        #expect(forwarded(garbage + ", for=192.0.2.1")?.first == "192.0.2.1")
        #expect(forwarded(garbage, "for=192.0.2.1")?.first == "192.0.2.1")
        #expect(xForwardedFor(garbage + ", 192.0.2.1")?.first == "192.0.2.1")
    }
}
