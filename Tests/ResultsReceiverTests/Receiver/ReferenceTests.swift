import Testing

@testable import Receiver

struct ReferenceTests {
    @Test func referencesAreShortPlainAndNeverTheSame() {
        var first = ReferenceSource()
        var second = ReferenceSource()
        var seen: Set<String> = []
        for _ in 0..<10_000 {
            for reference in [first.next(), second.next()] {
                #expect(reference.utf8.count == 15)
                #expect(reference.utf8.allSatisfy { "0123456789abcdefghjkmnpqrstvwxyz".utf8.contains($0) })
                seen.insert(reference)
            }
        }
        #expect(seen.count == 20_000)
    }

    @Test func everyCharacterIsAsLikelyAsEveryOther() {
        var source = ReferenceSource()
        var counts: [UInt8: Int] = [:]
        for _ in 0..<4_000 {
            for octet in source.next().utf8 { counts[octet, default: 0] += 1 }
        }
        // 60,000 draws from 32: 1,875 each, with a standard deviation of 43.
        #expect(counts.count == 32)
        #expect(counts.values.allSatisfy { (1_600...2_150).contains($0) })
    }
}
