import Net
import Testing

@Suite struct AddressRangeTests {
    @Test(arguments: [
        ("10.0.0.0/8", "10.0.0.0/8"), ("192.0.2.7", "192.0.2.7/32"), ("0.0.0.0/0", "0.0.0.0/0"), ("::/0", "::/0"),
        ("2001:DB8::/32", "2001:db8::/32"), ("::1", "::1/128"), ("::ffff:10.0.0.0/104", "10.0.0.0/8"),
        ("2001:db8:0:0:8000::/65", "2001:db8:0:0:8000::/65"),
    ])
    func rangesAreReadAndShown(text: String, shown: String) throws {
        #expect(try AddressRange(text).description == shown)
    }

    @Test(arguments: [
        ("10.0.0.0/8", "10.255.255.255", true), ("10.0.0.0/8", "11.0.0.0", false),
        ("10.0.0.0/8", "9.255.255.255", false),
        ("192.0.2.128/25", "192.0.2.127", false), ("192.0.2.128/25", "192.0.2.128", true),
        ("192.0.2.7", "192.0.2.7", true), ("192.0.2.7", "192.0.2.6", false), ("0.0.0.0/0", "255.255.255.255", true),
        ("0.0.0.0/0", "::1", false), ("::/0", "127.0.0.1", false), ("::/0", "ffff::1", true),
        ("2001:db8::/32", "2001:db8:ffff::1", true), ("2001:db8::/32", "2001:db9::", false),
        ("2001:db8::/64", "2001:db8::ffff:0:0:1", true), ("2001:db8::/64", "2001:db8:0:1::", false),
        ("2001:db8:0:0:8000::/65", "2001:db8::8000:0:0:1", true), ("2001:db8:0:0:8000::/65", "2001:db8::1", false),
        ("::1", "::1", true), ("::1", "::2", false),
    ])
    func aRangeHoldsWhatAgreesInItsPrefix(range: String, address: String, isInside: Bool) throws {
        let address = try #require(IPAddress(address))
        #expect(try AddressRange(range).contains(address) == isInside)
    }

    @Test(arguments: [
        "", "a", "localhost", "10.0.0", "010.0.0.1", "10.0.0.0.0/8", "[::1]", "::1%lo", "/8", " 10.0.0.0/8",
    ])
    func whatIsNoAddressIsNoRange(text: String) {
        #expect(throws: AddressRangeError.notAnAddress) { try AddressRange(text) }
    }

    @Test(arguments: [
        ("10.0.0.0/", 32), ("10.0.0.0/33", 32), ("10.0.0.0/-1", 32), ("10.0.0.0/+8", 32), ("10.0.0.0/8/8", 32),
        ("10.0.0.0/255.0.0.0", 32), ("::/129", 128), ("::/0x8", 128), ("::/99999999999999999999", 128),
    ])
    func theLengthIsAWholeNumberWithinTheAddress(text: String, longest: Int) {
        #expect(throws: AddressRangeError.badLength(longest: longest)) { try AddressRange(text) }
    }

    @Test(arguments: [
        ("10.0.0.1/8", "10.0.0.0/8"), ("2001:db8::1/64", "2001:db8::/64"), ("192.0.2.255/0", "0.0.0.0/0"),
    ])
    func bitsBehindThePrefixAreToldWithWhatWasMeant(text: String, meant: String) throws {
        let meant = try AddressRange(meant)
        #expect(throws: AddressRangeError.hostBits(meant: meant)) { try AddressRange(text) }
    }
}
