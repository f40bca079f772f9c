import Results
import Testing

struct ScoreTests {
    @Test func aScoreIsWrittenAsTheShortestDecimal() {
        #expect(Score(hundredths: 850)?.description == "8.5")
        #expect(Score(hundredths: 5)?.description == "0.05")
        #expect(Score(hundredths: 10_000)?.description == "100")
        #expect(Score(hundredths: 10_001) == nil)
    }
}
