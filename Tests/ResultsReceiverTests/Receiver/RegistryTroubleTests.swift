import Dispatch
import HTTP
import Receiver
import Registry
import Synchronization
import Testing

/// What senders hear when the registry cannot take a result.
struct RegistryTroubleTests {
    /// A store that does what a test wants with each group, or hands it on.
    private final class StandInStore: Store {
        private let real: SQLiteStore
        private let act: @Sendable ([Entry], SQLiteStore) throws(StoreError) -> [Outcome]

        init(_ real: SQLiteStore, _ act: @escaping @Sendable ([Entry], SQLiteStore) throws(StoreError) -> [Outcome]) {
            self.real = real
            self.act = act
        }

        func apply(_ entries: [Entry]) throws(StoreError) -> [Outcome] { try act(entries, real) }
        func markUnanswered(_ results: [Int64]) throws(StoreError) { try real.markUnanswered(results) }
        func record(_ records: [DeliveryRecord], turnedAway: [TurnedAway]) throws(StoreError) -> Bool {
            try real.record(records, turnedAway: turnedAway)
        }
        func isInMaintenance() throws(StoreError) -> Bool { try real.isInMaintenance() }
        func close() { real.close() }
    }

    @Test func aStoreThatStaysBusyIsRegistryBusyAtTheDeadline() async throws {
        let start = ContinuousClock.now
        try await ResultsServiceFixture.run(
            registryTime: .milliseconds(200),
            store: { StandInStore($0) { (_, _) throws(StoreError) in throw .busy } }
        ) { (fixture) async throws in
            let got = try await fixture.send(sample: "registered")
            #expect(got.code == 503 && got.reason == "registry-busy")
            #expect(got.value(.retryAfter) == "10")
            #expect(got.json["statusMessage"] == "registry-busy")
        }
        #expect(ContinuousClock.now - start >= .milliseconds(200))
    }

    @Test func aBrokenDiskIsRegistryUnreachableAndNotAWordOfItIsTold() async throws {
        try await ResultsServiceFixture.run(
            store: {
                StandInStore($0) { (_, _) throws(StoreError) in throw .unavailable(code: 13, message: "disk is full") }
            }
        ) { (fixture) async throws in
            let got = try await fixture.send(sample: "registered")
            #expect(got.code == 503 && got.reason == "registry-unreachable")
            #expect(got.value(.retryAfter) == "60")
            #expect(!got.text.contains("full"))
        }
    }

    @Test func aDiskThatHangsIsAnsweredAtTheDeadlineAndTheLateCommitIsAcknowledgedNextTime() async throws {
        let gate = DispatchSemaphore(value: 0)
        try await ResultsServiceFixture.run(
            registryTime: .milliseconds(200),
            store: { real in
                StandInStore(real) { [calls = Counter()] (entries, real) throws(StoreError) in
                    if calls.increment() == 1 { gate.wait() }
                    return try real.apply(entries)
                }
            }
        ) { (fixture) async throws in
            let first = try await fixture.send(sample: "registered")
            #expect(first.code == 503 && first.reason == "registry-unreachable")
            gate.signal()
            // The committer takes groups in order: when the next is answered, the late one is committed and marked.
            let other = try await fixture.send(sample: "unknown-person")
            #expect(other.code == 404)
            let again = try await fixture.send(sample: "registered")
            #expect(again.code == 200 && again.reason == "redelivered")
        }
    }

    private final class Counter: Sendable {
        private let count = Mutex(0)

        func increment() -> Int {
            count.withLock {
                $0 += 1
                return $0
            }
        }
    }

    @Test func aFullQueueIsOverloadAtOnce() async throws {
        try await ResultsServiceFixture.run(capacity: 0) { (fixture) async throws in
            let got = try await fixture.send(sample: "registered")
            #expect(got.code == 503 && got.reason == "overload")
            #expect(got.value(.retryAfter) == "10")
        }
    }

    @Test func anEntryThatAloneFailsIsInternalAndOnlyTheLogSaysWhat() async throws {
        try await ResultsServiceFixture.run(
            store: { StandInStore($0) { (entries, _) in entries.map { _ in .failed("constraint of the moon") } } }
        ) { (fixture) async throws in
            let got = try await fixture.send(sample: "registered")
            #expect(got.code == 500 && got.reason == "internal")
            #expect(got.json["name"] == "HttpStatusCode.InternalServerError")
            #expect(!got.text.contains("moon"))
            let line = try #require(try fixture.lines().first { $0["reason"] == "internal" })
            #expect(line["detail"] == "constraint of the moon")
            #expect(line["level"] == "error")
        }
    }

    @Test func theDeadlineLeavesTimeToAnswerWithin8Seconds() {
        #expect((.seconds(5)...(.seconds(7.5))).contains(ResultsService.registryTime))
    }
}
