import Testing

@testable import HTTP

struct FieldsTests {
    @Test func namesAreComparedWithoutRegardToCase() {
        #expect(FieldName("x-webhook-SIGNATURE") == FieldName.xWebHookSignature)
        #expect(FieldName("x-webhook-SIGNATURE")?.raw == "x-webhook-SIGNATURE")
        #expect(FieldName("X-WebHook-Signature")?.canonical == "x-webhook-signature")
    }

    @Test(arguments: ["", "a b", "a:", "\u{e9}", "a\r", "(a)"]) func whatIsNoTokenIsNoName(name: String) {
        #expect(FieldName(name) == nil)
        #expect(Method(name) == nil)
    }

    @Test func valuesKeepTheirOrderAndAreNeverJoined() {
        var fields = Fields()
        fields.append(.accept, "text/plain")
        fields.append(.host, "a")
        fields.append(.accept, "text/xml, */*")
        #expect(fields.values(of: .accept) == ["text/plain", "text/xml, */*"])
        #expect(fields.first(of: .accept) == "text/plain")
        #expect(fields.values(of: .date) == [])
        #expect(fields.count == 3)
        #expect(fields.map(\.name.raw) == ["Accept", "Host", "Accept"])
    }

    @Test func octetsAbove127AreReadAsLatin1() throws {
        var parser = RequestParser(limits: Limits())
        parser.append(
            Array("GET / HTTP/1.1\r\nHost: a\r\nAccept: ".utf8) + [0xe9, 0xff, 0x80] + Array("\r\n\r\n".utf8))
        #expect(try parser.parseHead()?.fields.first(of: .accept) == "\u{e9}\u{ff}\u{80}")
        var fields = Fields()
        fields.append(.accept, "\u{e9}")
        #expect(fields.first(of: .accept) == "\u{e9}")
    }

    @Test func octetSetsHoldWhatTheirRFCsName() {
        let letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
        let sets: [(OctetSet, String)] = [
            (.token, letters + "!#$%&'*+-.^_`|~"), (.path, letters + "-._~!$&'()*+,;=:@/"),
            (.query, letters + "-._~!$&'()*+,;=:@/?"), (.host, letters + "-._~!$&'()*+;="),
        ]
        for (set, characters) in sets {
            for octet in UInt8.min...UInt8.max {
                #expect(set.contains(octet) == characters.utf8.contains(octet))
            }
        }
        for octet in UInt8.min...UInt8.max {
            let isQuotedText = octet == 9 || (0x20...0x7e).contains(octet) && octet != 0x22 && octet != 0x5c
            #expect(OctetSet.quotedText.contains(octet) == isQuotedText)
        }
    }

    @Test func everyControlCharacterIsFoundAtEveryPlace() {
        for length in 1..<20 {
            for place in 0..<length {
                for octet in UInt8.min...UInt8.max {
                    var line = [UInt8](repeating: 0xe9, count: length)
                    line[place] = octet
                    let isControl = octet < 0x20 && octet != 9 || octet == 0x7f
                    let isCut = octet == 13 && place == length - 1
                    let expected: LineEnd
                    switch octet {
                    case _ where isCut: expected = .incomplete(place)
                    case _ where !isControl: expected = .incomplete(length)
                    case 0: expected = .bad(.nul)
                    case 10: expected = .bad(.bareLineFeed)
                    case 13: expected = .bad(.bareCarriageReturn)
                    default: expected = .bad(.controlCharacter)
                    }
                    let found = findLineEnd(line.span, from: 0, limit: 100)
                    #expect(found == expected)
                }
            }
        }
    }
}
