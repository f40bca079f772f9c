import Signature
import Testing

@Suite struct SignatureFieldTests {
    private static let sha1 = "WpG3OrjmBdfOjgq5WKG6e6XW9Q8="

    private func error(_ values: String...) -> SignatureError? {
        do throws(SignatureError) {
            _ = try Signature(fieldValues: values)
            return nil
        } catch {
            return error
        }
    }

    @Test(arguments: Algorithm.allCases)
    func theAlgorithmIsToldByTheDecodedLength(algorithm: Algorithm) throws {
        for octet in UInt8.min...UInt8.max {
            let text = Base64Text.make(.init(repeating: octet, count: algorithm.byteCount))
            #expect(try Signature(fieldValues: [text]).algorithm == algorithm)
        }
    }

    @Test func noHeaderIsMissing() { #expect(error() == .missing) }

    @Test func twoHeadersAreRefusedEvenWhenEqual() {
        #expect(error(Self.sha1, Self.sha1) == .repeated)
        #expect(error("", "") == .repeated)
    }

    @Test(arguments: [" \(sha1)", "\(sha1) ", "\t \(sha1)\t\t "])
    func surroundingSpacesAndTabsAreNotPartOfTheValue(value: String) { #expect(error(value) == nil) }

    @Test(arguments: [
        "5a91b73ab8e605d7ce8e0ab958a1ba7ba5d6f50f", "5A91B73AB8E605D7CE8E0AB958A1BA7BA5D6F50F",
        " 5a91b73ab8e605d7ce8e0ab958a1ba7ba5d6f50f ",
        "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7",
        "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea2505549758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b"
            + "636e070a38bce737",
    ])
    func aHexadecimalSignatureIsToldApart(value: String) { #expect(error(value) == .hexadecimal) }

    @Test(arguments: [
        "", " ", "\t",
        // No padding, too much of it, or at the wrong place.
        "WpG3OrjmBdfOjgq5WKG6e6XW9Q8", "WpG3OrjmBdfOjgq5WKG6e6XW9Q8==", "WpG3OrjmBdfOjgq5WKG6e6XW9Q==",
        "WpG3OrjmBdfOjgq5WKG6e6XW9Q=8", "=pG3OrjmBdfOjgq5WKG6e6XW9Q8=", "WpG3OrjmBdfOjgq5WKG6e6XW9===", "====", "=",
        // The URL-safe alphabet.
        "-_G3OrjmBdfOjgq5WKG6e6XW9Q8=", "WpG3OrjmBdfOjgq5WKG6e6XW9_8=", "WpG3OrjmBdfOjgq5WKG6e6XW9-8=",
        // Prefixes.
        "sha1=WpG3OrjmBdfOjgq5WKG6e6XW9Q8=", "sha1=5a91b73ab8e605d7ce8e0ab958a1ba7ba5d6f50f",
        "hmac WpG3OrjmBdfOjgq5WKG6e6XW9Q8=",
        // Two values, quotes, white space inside.
        "WpG3OrjmBdfOjgq5WKG6e6XW9Q8=, WpG3OrjmBdfOjgq5WKG6e6XW9Q8=", "WpG3OrjmBdfOjgq5WKG6e6XW9Q8=,",
        "WpG3OrjmBdfOjgq5WKG6e6XW9Q8= WpG3OrjmBdfOjgq5WKG6e6XW9Q8=", "\"WpG3OrjmBdfOjgq5WKG6e6XW9Q8=\"",
        "WpG3OrjmBdfO jgq5WKG6e6XW9Q8=", "WpG3OrjmBdfO\njgq5WKG6e6XW9Q8=", "WpG3OrjmBdfOjgq5WKG6e6XW9Q8=\n",
        "WpG3OrjmBdfOjgq5WKG6e6XW9Q8=\r", "\u{a0}WpG3OrjmBdfOjgq5WKG6e6XW9Q8=", "WpG3OrjmBdfOjgq5WKG6e6XW9Qé=",
        // Bits that no encoder sets (RFC 4648, section 3.5).
        "WpG3OrjmBdfOjgq5WKG6e6XW9Q9=", "WpG3OrjmBdfOjgq5WKG6e6XW9Q+=",
        // Other lengths: 0, 16, 19, 21, 28, 48, 63, 65 octets.
        "AAAAAAAAAAAAAAAAAAAAAA==", "AAAAAAAAAAAAAAAAAAAAAAAAAA==", "zAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA==", "gggggggggggggggggggggggggggggggggggggggggggggggggggggggggggggggg",
        String(repeating: "/", count: 84), String(repeating: "/", count: 86) + "8=", "Zm9v", "Zg==",
    ])
    func anythingElseIsMalformed(value: String) { #expect(error(value) == .malformed) }

    @Test func everySingleChangedCharacterIsReadStrictly() throws {
        // Whatever one octet is replaced with, the value is refused or is the only text of what it decodes to.
        let octets = Array(Self.sha1.utf8)
        for position in octets.indices {
            for octet in UInt8.min...0x7f where octet != octets[position] {
                var changed = octets
                changed[position] = octet
                let text = String(decoding: changed, as: UTF8.self)
                let trimmed = text.trimmingPrefix { $0 == " " || $0 == "\t" }
                let isAlphabet =
                    octet == 0x2b || (0x2f...0x39).contains(octet)
                    || (0x41...0x5a).contains(octet) || (0x61...0x7a).contains(octet)
                let digits = "AEIMQUYcgkosw048".utf8
                let readable =
                    trimmed.count == 28 && position < 27 && isAlphabet
                    && (position != 26 || digits.contains(octet))
                #expect((error(text) == nil) == readable, "\(text)")
            }
        }
    }

    @Test func aSignatureShowsNothingOfItself() throws {
        let signature = try Signature(fieldValues: [Self.sha1])
        var dumped = ""
        dump(signature, to: &dumped)
        for text in ["\(signature)", String(reflecting: signature), String(describing: [signature]), dumped] {
            #expect(!text.contains("90") && !text.contains("WpG3"), "\(text)")
        }
        #expect(Mirror(reflecting: signature).children.isEmpty)
    }
}
