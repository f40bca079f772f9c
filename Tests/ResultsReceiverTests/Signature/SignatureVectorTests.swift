import CHMAC
import Signature
import Testing

/// The official vectors for HMAC-SHA1 (RFC 2202, section 3) and for HMAC-SHA-256 and HMAC-SHA-512 (RFC 4231, section 4).
@Suite struct SignatureVectorTests {
    struct Vector: Sendable, CustomTestStringConvertible {
        let name: String
        let key: [UInt8]
        let message: [UInt8]
        let macs: [(hash: Algorithm, hexadecimal: String)]
        var testDescription: String { name }
    }

    private static let longKey = "Test Using Larger Than Block-Size Key"
    private static let first25 = [UInt8](1...25)

    static let rfc2202: [Vector] = [
        Vector(
            name: "RFC 2202 SHA-1 case 1", key: .init(repeating: 0x0b, count: 20), message: .init("Hi There".utf8),
            macs: [(.sha1, "b617318655057264e28bc0b6fb378c8ef146be00")]),
        Vector(
            name: "RFC 2202 SHA-1 case 2", key: .init("Jefe".utf8),
            message: .init("what do ya want for nothing?".utf8),
            macs: [(.sha1, "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79")]),
        Vector(
            name: "RFC 2202 SHA-1 case 3", key: .init(repeating: 0xaa, count: 20),
            message: .init(repeating: 0xdd, count: 50),
            macs: [(.sha1, "125d7342b9ac11cd91a39af48aa17b4f63f175d3")]),
        Vector(
            name: "RFC 2202 SHA-1 case 4", key: first25, message: .init(repeating: 0xcd, count: 50),
            macs: [(.sha1, "4c9007f4026250c6bc8414f9bf50c86c2d7235da")]),
        Vector(
            name: "RFC 2202 SHA-1 case 5", key: .init(repeating: 0x0c, count: 20),
            message: .init("Test With Truncation".utf8),
            macs: [(.sha1, "4c1a03424b55e07fe7f27be1d58bb9324a9a5a04")]),
        Vector(
            name: "RFC 2202 SHA-1 case 6", key: .init(repeating: 0xaa, count: 80),
            message: .init("\(longKey) - Hash Key First".utf8),
            macs: [(.sha1, "aa4ae5e15272d00e95705637ce8a3b55ed402112")]),
        Vector(
            name: "RFC 2202 SHA-1 case 7", key: .init(repeating: 0xaa, count: 80),
            message: .init("\(longKey) and Larger Than One Block-Size Data".utf8),
            macs: [(.sha1, "e8e99d0f45237d786d6bbaa7965c7808bbff1a91")]),
    ]

    static let rfc4231: [Vector] = [
        Vector(
            name: "RFC 4231 case 1", key: .init(repeating: 0x0b, count: 20), message: .init("Hi There".utf8),
            macs: [
                (.sha256, "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"),
                (
                    .sha512,
                    "87aa7cdea5ef619d4ff0b4241a1d6cb02379f4e2ce4ec2787ad0b30545e17cde"
                        + "daa833b7d6b8a702038b274eaea3f4e4be9d914eeb61f1702e696c203a126854"
                ),
            ]),
        Vector(
            name: "RFC 4231 case 2", key: .init("Jefe".utf8), message: .init("what do ya want for nothing?".utf8),
            macs: [
                (.sha256, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"),
                (
                    .sha512,
                    "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea250554"
                        + "9758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737"
                ),
            ]),
        Vector(
            name: "RFC 4231 case 3", key: .init(repeating: 0xaa, count: 20), message: .init(repeating: 0xdd, count: 50),
            macs: [
                (.sha256, "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"),
                (
                    .sha512,
                    "fa73b0089d56a284efb0f0756c890be9b1b5dbdd8ee81a3655f83e33b2279d39"
                        + "bf3e848279a722c806b485a47e67c807b946a337bee8942674278859e13292fb"
                ),
            ]),
        Vector(
            name: "RFC 4231 case 4", key: first25, message: .init(repeating: 0xcd, count: 50),
            macs: [
                (.sha256, "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b"),
                (
                    .sha512,
                    "b0ba465637458c6990e5a8c5f61d4af7e576d97ff94b872de76f8050361ee3db"
                        + "a91ca5c11aa25eb4d679275cc5788063a5f19741120c4f2de2adebeb10a298dd"
                ),
            ]),
        Vector(
            name: "RFC 4231 case 6", key: .init(repeating: 0xaa, count: 131),
            message: .init("\(longKey) - Hash Key First".utf8),
            macs: [
                (.sha256, "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"),
                (
                    .sha512,
                    "80b24263c7c1a3ebb71493c1dd7be8b49b46d1f41b4aeec1121b013783f8f352"
                        + "6b56d037e05f2598bd0fd2215d6a1e5295e64f73f63f0aec8b915a985d786598"
                ),
            ]),
        Vector(
            name: "RFC 4231 case 7", key: .init(repeating: 0xaa, count: 131),
            message: .init(
                ("This is a test using a larger than block-size key and a larger than block-size data. "
                    + "The key needs to be hashed before being used by the HMAC algorithm.").utf8),
            macs: [
                (.sha256, "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2"),
                (
                    .sha512,
                    "e37b6a775dc87dbaa4dfa9f96e5e3ffddebd71f8867289865df5a32d20cdc944"
                        + "b6022cac3c4982b10d5eeb55c3e4de15134676fb6de0446065c97440fa8c6a58"
                ),
            ]),
    ]

    private static func octets(_ hexadecimal: String) -> [UInt8] {
        let digits = hexadecimal.compactMap(\.hexDigitValue)
        return stride(from: 0, to: digits.count, by: 2).map { UInt8(digits[$0] * 16 + digits[$0 + 1]) }
    }

    @Test(arguments: rfc2202 + rfc4231)
    func theOfficialVectorsSignAndVerify(vector: Vector) throws {
        let secret = try #require(Secret(vector.key))
        for (algorithm, hexadecimal) in vector.macs {
            let value = Signing.fieldValue(for: vector.message, secret: secret, algorithm: algorithm)
            let signature = try Signature(fieldValues: [value])
            #expect(signature.algorithm == algorithm)
            // Against the vector itself, through the strict reader: Base64 of the expected octets, made elsewhere.
            #expect(value == Base64Text.make(Self.octets(hexadecimal)))
            #expect(Verifier(secrets: [secret]).verify(vector.message, against: signature)?.bytes == vector.message)
        }
    }

    /// RFC 4231, case 5, tells only the first 128 bits.
    @Test func theTruncatedVectorIsTheBeginningOfTheWholeMAC() throws {
        let secret = try #require(Secret(.init(repeating: 0x0c, count: 20)))
        let message = Array("Test With Truncation".utf8)
        for (algorithm, hexadecimal) in [
            (Algorithm.sha256, "a3b6167473100ee06e0c796c2955552b"), (.sha512, "415fad6271580a531d4179bc891d87a6"),
        ] {
            let value = Signing.fieldValue(for: message, secret: secret, algorithm: algorithm)
            // 15 octets fill 20 characters; the sixteenth shares its group with what the RFC does not tell.
            #expect(value.hasPrefix(Base64Text.make(Array(Self.octets(hexadecimal).prefix(15)))))
        }
    }

    @Test func oneContextSignsManyMessagesOneAfterAnother() throws {
        let secret = try #require(Secret(Array("Jefe".utf8)))
        let verifier = Verifier(secrets: [secret])
        let question = Array("what do ya want for nothing?".utf8)
        let right = try Signature(fieldValues: [
            Base64Text.make(Self.octets("effcdf6ae5eb2fa2d27416d5f184df9c259a7c79"))
        ])
        for _ in 0..<3 {
            #expect(verifier.verify(question, against: right) != nil)
            #expect(verifier.verify(question + question, against: right) == nil)
            #expect(verifier.verify([], against: right) == nil)
        }
    }

    /// SHA-256 of FIPS 180-4's example "abc", and of the empty message.
    @Test func thePayloadCarriesItsSHA256() throws {
        let secret = try #require(Secret(Array("0123456789abcdef".utf8)))
        let verifier = Verifier(secrets: [secret])
        for (message, expected) in [
            ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
            ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
            ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        ] {
            let body = Array(message.utf8)
            let value = Signing.fieldValue(for: body, secret: secret, algorithm: .sha1)
            let payload = try #require(verifier.verify(body, against: Signature(fieldValues: [value])))
            #expect(payload.digest == Self.octets(expected))
        }
    }

    @Test func equalityLooksAtEveryOctet() {
        let octets = [UInt8](repeating: 7, count: 64)
        for position in octets.indices {
            var other = octets
            other[position] ^= 0x80
            #expect(unsafe chmac_equal(octets, other, 64) == 0)
        }
        #expect(unsafe chmac_equal(octets, octets, 64) == 1)
    }

    @Test func wipingLeavesNothing() {
        var octets = [UInt8](repeating: 7, count: 64)
        unsafe chmac_wipe(&octets, octets.count)
        #expect(octets == [UInt8](repeating: 0, count: 64))
    }
}
