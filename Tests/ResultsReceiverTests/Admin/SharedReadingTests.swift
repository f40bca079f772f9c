import Synchronization
import Testing

@testable import Admin

@Suite(.timeLimit(.minutes(1))) struct SharedReadingTests {
    /// Holds whoever looks for the value until it is opened, and counts how often that was.
    private final class Source: Sendable {
        private let gate = AsyncStream<Int>.makeStream()
        private let begun = Atomic(0)

        var runs: Int { begun.load(ordering: .relaxed) }
        func give(_ value: Int) { gate.continuation.yield(value) }

        func read() async -> Int {
            begun.wrappingAdd(1, ordering: .relaxed)
            for await value in gate.stream { return value }
            return -1
        }
    }

    @Test func allWhoAskMeanwhileShareOneSearch() async throws {
        let source = Source()
        let reading = SharedReading(limit: .seconds(30)) { await source.read() }
        let asked = (0..<5).map { _ in Task.immediate { await reading.value() } }
        source.give(7)
        for task in asked { #expect(await task.value == 7) }
        #expect(source.runs == 1)
        source.give(8)
        #expect(await reading.value() == 8)
        #expect(source.runs == 2)
        #expect(reading.latest == 8)
    }

    @Test func nobodyWaitsLongerThanTheLimit() async throws {
        let source = Source()
        let reading = SharedReading(limit: .milliseconds(20)) { await source.read() }
        #expect(await reading.value() == nil)
        // It is not begun again while it goes on.
        #expect(await reading.value() == nil)
        #expect(source.runs == 1)
        source.give(7)
        try await eventually { reading.latest == 7 }
    }

    @Test func aValueIsGoodForAsLongAsItsCostSays() async {
        let source = Source()
        let reading = SharedReading(limit: .seconds(30), goodFor: { _ in .seconds(60) }) { await source.read() }
        source.give(7)
        #expect(await reading.value() == 7)
        #expect(await reading.value() == 7)
        #expect(source.runs == 1)
    }
}
