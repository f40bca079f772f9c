import Signature
import Testing

@Suite struct VerifierTests {
    private let body = Array("<message/>\n".utf8)

    private func secret(_ text: String) throws -> Secret { try #require(Secret(Array(text.utf8))) }

    private func signature(_ body: [UInt8], _ text: String, _ algorithm: Algorithm = .sha1) throws -> Signature {
        try Signature(fieldValues: [Signing.fieldValue(for: body, secret: secret(text), algorithm: algorithm)])
    }

    @Test(arguments: Algorithm.allCases)
    func everySecretOfARotationIsAccepted(algorithm: Algorithm) throws {
        let verifier = Verifier(secrets: [try secret("the first"), try secret("the second"), try secret("the third")])
        for (position, text) in ["the first", "the second", "the third"].enumerated() {
            let payload = try #require(verifier.verify(body, against: signature(body, text, algorithm)))
            #expect(payload.match?.position == position)
            #expect(payload.match?.algorithm == algorithm)
            #expect(payload.bytes == body)
        }
        #expect(verifier.verify(body, against: try signature(body, "the fourth", algorithm)) == nil)
    }

    @Test func ofEqualSecretsTheFirstMatches() throws {
        let verifier = Verifier(secrets: [try secret("old"), try secret("same"), try secret("same")])
        #expect(verifier.verify(body, against: try signature(body, "same"))?.match?.position == 1)
    }

    @Test(arguments: Algorithm.allCases)
    func aSingleChangedBitNeverMatches(algorithm: Algorithm) throws {
        let key = try secret("0123456789abcdef")
        let verifier = Verifier(secrets: [key])
        let right = try signature(body, "0123456789abcdef", algorithm)
        for bit in 0..<body.count * 8 {
            var changed = body
            changed[bit / 8] ^= 1 << (bit % 8)
            #expect(verifier.verify(changed, against: right) == nil)
        }
        let value = Array(Signing.fieldValue(for: body, secret: key, algorithm: algorithm).utf8)
        for position in value.indices {
            for octet in "AB/z".utf8 where octet != value[position] {
                var changed = value
                changed[position] = octet
                guard let wrong = try? Signature(fieldValues: [String(decoding: changed, as: UTF8.self)]) else {
                    continue
                }
                #expect(verifier.verify(body, against: wrong) == nil)
            }
        }
        #expect(verifier.verify(Array(body.dropLast()), against: right) == nil)
        #expect(verifier.verify(body + [0], against: right) == nil)
        #expect(verifier.verify(body, against: right) != nil)
    }

    @Test func theBytesAreSignedNotTheText() throws {
        let verifier = Verifier(secrets: [try secret("0123456789abcdef")])
        let latin: [UInt8] = [0x3c, 0x61, 0x3e, 0xe9, 0x00, 0xff, 0x0d, 0x0a]
        #expect(verifier.verify(latin, against: try signature(latin, "0123456789abcdef"))?.bytes == latin)
        let repaired = Array(String(decoding: latin, as: UTF8.self).utf8)
        #expect(verifier.verify(repaired, against: try signature(latin, "0123456789abcdef")) == nil)
    }

    @Test func anEmptyBodyHasASignatureToo() throws {
        let verifier = Verifier(secrets: [try secret("0123456789abcdef")])
        #expect(verifier.verify([], against: try signature([], "0123456789abcdef"))?.bytes == [])
        #expect(verifier.verify([], against: try signature(body, "0123456789abcdef")) == nil)
    }

    @Test func anAlgorithmThatTheSettingsDoNotAllowNeverMatches() throws {
        let verifier = Verifier(secrets: [try secret("0123456789abcdef")], algorithms: [.sha256, .sha512])
        #expect(verifier.verify(body, against: try signature(body, "0123456789abcdef", .sha1)) == nil)
        #expect(verifier.verify(body, against: try signature(body, "0123456789abcdef", .sha256)) != nil)
        #expect(verifier.verify(body, against: try signature(body, "0123456789abcdef", .sha512)) != nil)
        #expect(!verifier.algorithms.contains(.sha1))
    }

    @Test func withoutSecretsNothingMatches() throws {
        let verifier = Verifier(secrets: [], algorithms: Set(Algorithm.allCases))
        for algorithm in Algorithm.allCases {
            #expect(verifier.verify(body, against: try signature(body, "\0", algorithm)) == nil)
            let zeros = Base64Text.make(.init(repeating: 0, count: algorithm.byteCount))
            #expect(verifier.verify(body, against: try Signature(fieldValues: [zeros])) == nil)
            #expect(!verifier.matchesWithoutTrailingWhiteSpace(body, try signature(body, "\0", algorithm)))
        }
    }

    @Test(arguments: ["the secret\n", "the secret\r\n\r\n", "the secret \t"])
    func whiteSpaceAtTheEndOfTheSecretIsHintedAt(stored: String) throws {
        let verifier = Verifier(secrets: [try secret("another"), try secret(stored)])
        for algorithm in Algorithm.allCases {
            let sent = try signature(body, "the secret", algorithm)
            #expect(verifier.verify(body, against: sent) == nil)
            #expect(verifier.matchesWithoutTrailingWhiteSpace(body, sent))
            #expect(!verifier.matchesWithoutTrailingWhiteSpace(body, try signature(body, "the secre", algorithm)))
            #expect(!verifier.matchesWithoutTrailingWhiteSpace(body, try signature(body, "another", algorithm)))
        }
    }

    @Test func aSecretOfWhiteSpaceOnlyIsASecretWithoutAHint() throws {
        let verifier = Verifier(secrets: [try secret(" \n ")])
        #expect(verifier.verify(body, against: try signature(body, " \n ")) != nil)
        #expect(!verifier.matchesWithoutTrailingWhiteSpace(body, try signature(body, "x")))
    }
}
