import Dispatch
import Log
import Registry
import Synchronization
import Testing

/// Whether a result could be stored now, asked on the road that results take.
@Suite(.timeLimit(.minutes(1))) struct ReadinessTests {
    private let quiet = Logger(minimum: .error, format: .json) { _ in }

    private func ask(
        _ registry: RegistryFixture, within limit: Duration = .seconds(10),
        _ before: (RegistryFixture) throws -> Void = { _ in }
    ) async throws -> StoreReadiness {
        let committer = Committer(store: registry.store, logger: quiet)
        do { try before(registry) } catch {
            await committer.finish()
            throw error
        }
        let found = await committer.readiness(within: limit)
        await committer.finish()
        return found
    }

    @Test func aRegistryThatTakesResultsIsReady() async throws {
        let registry = try RegistryFixture()
        #expect(try await ask(registry) == .ready)
        // The lock was given back, and nothing was written.
        try registry.outside.execute("BEGIN IMMEDIATE; ROLLBACK")
    }

    @Test func maintenanceIsNotReady() async throws {
        let registry = try RegistryFixture()
        try RegistryAccess(to: registry.path).beginMaintenance(message: nil)
        #expect(try await ask(registry) == .maintenance)
        // Also while whoever switched it on holds the lock.
        let locked = try RegistryFixture()
        try RegistryAccess(to: locked.path).beginMaintenance(message: nil)
        #expect(try await ask(locked) { try $0.outside.execute("BEGIN IMMEDIATE") } == .maintenance)
    }

    @Test func aLockThatStaysIsBusyAndOneThatGoesIsWaitedFor() async throws {
        let registry = try RegistryFixture()
        try registry.outside.execute("BEGIN IMMEDIATE")
        let committer = Committer(store: registry.store, logger: quiet)
        let start = ContinuousClock.now
        #expect(await committer.readiness(within: .seconds(2)) == .busy)
        #expect(ContinuousClock.now - start < .seconds(8))
        let waiting = Task.immediate { await committer.readiness(within: .seconds(30)) }
        try registry.outside.execute("ROLLBACK")
        #expect(await waiting.value == .ready)
        await committer.finish()
    }

    @Test func aStoreThatFailsIsUnreachable() async throws {
        let committer = Committer(store: HungStore(fails: true), logger: quiet)
        #expect(await committer.readiness(within: .seconds(10)) == .unreachable)
        await committer.finish()
    }

    /// The thread hangs; the clock answers, however often one asks, and what it answered is forgotten.
    @Test func aStoreThatHangsIsUnreachableInTime() async throws {
        let store = HungStore(fails: false)
        let committer = Committer(store: store, logger: quiet)
        for _ in 0..<5 { #expect(await committer.readiness(within: .milliseconds(30)) == .unreachable) }
        store.release()
        #expect(await committer.readiness(within: .seconds(10)) == .ready)
        // The first one hung, those behind it were forgotten, the last one was answered.
        #expect(store.asked <= 3)
        await committer.finish()
    }

    @Test func afterTheEndItIsUnreachable() async throws {
        let committer = Committer(store: HungStore(fails: true), logger: quiet)
        await committer.finish()
        #expect(await committer.readiness(within: .milliseconds(30)) == .unreachable)
    }

    /// Hangs at the first question until it is released, or fails at each.
    private final class HungStore: Store {
        private let fails: Bool
        private let count = Atomic(0)
        private let gate = DispatchSemaphore(value: 0)

        init(fails: Bool) { self.fails = fails }

        var asked: Int { count.load(ordering: .relaxed) }
        func release() { gate.signal() }

        func isInMaintenance() throws(StoreError) -> Bool {
            if fails { throw .unavailable(code: 10, message: "disk I/O error") }
            if count.wrappingAdd(1, ordering: .relaxed).oldValue == 0 { gate.wait() }
            return false
        }

        func apply(_ entries: [Entry]) throws(StoreError) -> [Outcome] { [] }
        func markUnanswered(_ results: [Int64]) throws(StoreError) {}
        func record(_ records: [DeliveryRecord], turnedAway: [TurnedAway]) throws(StoreError) -> Bool { false }
        func close() {}
    }
}
