import Receiver
import Registry
import Results
import Schema
import Synchronization
import Testing

/// Messages that are run again.
struct ReplayerTests {
    /// Somebody else holds the database for the first calls.
    private final class BusyStore: Store {
        private let real: SQLiteStore
        private let refusals: Mutex<Int>

        init(_ real: SQLiteStore, refusals: Int) {
            self.real = real
            self.refusals = Mutex(refusals)
        }

        var refusalsLeft: Int { refusals.withLock { $0 } }

        private func refuse() throws(StoreError) {
            let isBusy = refusals.withLock { left in
                defer { left = max(0, left - 1) }
                return left > 0
            }
            if isBusy { throw .busy }
        }

        func apply(_ entries: [Entry]) throws(StoreError) -> [Outcome] {
            try refuse()
            return try real.apply(entries)
        }
        func markUnanswered(_ results: [Int64]) throws(StoreError) { try real.markUnanswered(results) }
        func record(_ records: [DeliveryRecord], turnedAway: [TurnedAway]) throws(StoreError) -> Bool {
            try refuse()
            return try real.record(records, turnedAway: turnedAway)
        }
        func isInMaintenance() throws(StoreError) -> Bool { try real.isInMaintenance() }
        func close() { real.close() }
    }

    /// With an enrolment the result is what waits, without a message that can be read the record of the refusal.
    @Test(arguments: [(true, "registered", 200), (false, "schema", 400)])
    func aReplayTriesAgainWhileTheDatabaseIsBusyAndIsRecorded(isValid: Bool, reason: String, code: Int) throws {
        let fixture = try DeliveryFixture()
        try fixture.registry.enrol("e1", person: "p1")
        try fixture.refuse("r1", isValid ? RunningServer.message(student: "p1") : "<other/>")
        let access = try RegistryAccess(to: fixture.registry.path)
        let settings = ReceiverSettings(
            plugins: [Plugin(name: "default", secrets: [], schema: try Schema.builtIn())],
            zone: try #require(CivilTime(zone: "Europe/Amsterdam")))
        let store = BusyStore(fixture.registry.store, refusals: 3)
        let replayer = try Replayer(settings: settings, language: .en, registry: access)
        let refused = try #require(try access.deliveries(of: "r1").first)
        let replayed = try replayer.run(refused, in: store)
        #expect(store.refusalsLeft == 0)
        #expect(replayed.reason.rawValue == reason)
        let reference = try #require(replayed.reference)
        let row = try #require(try access.deliveries(of: reference).first)
        #expect(row.code == code && row.replayOf == "r1")
    }
}
