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

    @Test func everyCharacterOfTheRandomPartIsAsLikelyAsEveryOther() {
        var source = ReferenceSource()
        var counts: [UInt8: Int] = [:]
        for _ in 0..<9_000 {
            for octet in source.next().utf8.suffix(7) { counts[octet, default: 0] += 1 }
        }
        // 63,000 draws from 32: 1,969 each, with a standard deviation of 44.
        #expect(counts.count == 32)
        #expect(counts.values.allSatisfy { (1_650...2_290).contains($0) })
    }

    @Test func referencesSortByTime() throws {
        var source = ReferenceSource()
        let first = source.next()
        let begin = ContinuousClock.now
        while ContinuousClock.now - begin < .milliseconds(3) {}
        #expect(first < source.next())
    }
}
