import Metrics
import Testing

@Suite struct HistogramTests {
    @Test func aValueCountsInItsBucketAndEveryLargerOne() {
        let histogram = Histogram(numbers: [1, 10, 100])
        for value in [0, 1, 2, 10, 11, 1000] { histogram.observe(value) }
        let reading = histogram.reading
        #expect(reading.buckets.map(\.bound) == [1, 10, 100])
        #expect(reading.buckets.map(\.count) == [2, 4, 5])
        #expect(reading.count == 6)
        #expect(reading.sum == 1024)
    }

    @Test func durationsAreToldInSeconds() {
        let histogram = Histogram(seconds: [0.001, 2.5])
        histogram.observe(.milliseconds(1))
        histogram.observe(.nanoseconds(1_000_001))
        histogram.observe(.milliseconds(2500))
        histogram.observe(.seconds(3))
        #expect(histogram.reading.buckets.map(\.count) == [1, 3])
        #expect(histogram.reading.count == 4)
        #expect(abs(histogram.reading.sum - 5.502000001) < 1e-9)
    }

    @Test func nothingIsLostAmongThreads() async {
        let histogram = Histogram(numbers: [1, 2])
        let counter = Counter()
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    for value in 0..<10_000 {
                        histogram.observe(value % 4)
                        counter.increment()
                    }
                }
            }
        }
        #expect(histogram.reading.buckets.map(\.count) == [40_000, 60_000])
        #expect(histogram.reading.count == 80_000)
        #expect(histogram.reading.sum == 120_000)
        #expect(counter.value == 80_000)
    }
}
