import Testing

@testable import Receiver

struct QuotationTests {
    @Test func aValueIsQuotedWithAtMost40Characters() {
        let exact = String(repeating: "x", count: 40)
        #expect(Quotation.quote(exact) == "'\(exact)'")
        #expect(Quotation.quote(exact + "y") == "'\(String(repeating: "x", count: 39))…'")
    }

    @Test func combiningCharactersDoNotStretchTheLimit() {
        let quoted = Quotation.quote("e" + String(repeating: "\u{301}", count: 10_000))
        #expect(quoted.unicodeScalars.count == 42)
    }

    @Test func controlsAndTextDirectionStayOnOneLine() {
        #expect(Quotation.quote("a\nb\u{1B}[2J\u{202E}c\u{2028}d") == "'a b [2J c d'")
    }

    @Test func ofHundredsOfAlternativesEightAreNamed() {
        let names = (1...300).map { "'n\($0)'" }
        #expect(
            Quotation.alternatives(names, in: .en)
                == "'n1' or 'n2' or 'n3' or 'n4' or 'n5' or 'n6' or 'n7' or 'n8' or …")
        #expect(Quotation.alternatives(["'a'", "'b'"], in: .nl) == "'a' of 'b'")
    }
}
