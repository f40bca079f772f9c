import Results
import Testing

@testable import Registry

/// What is gathered of a person in two looks.
struct PersonGatheringTests {
    @Test func anUnreadMessageThatComesBetweenTheLookAndTheErasingIsFound() throws {
        let registry = try RegistryFixture()
        let access = try RegistryAccess(to: registry.path)
        func refuse(_ reference: String, _ number: UInt8) throws {
            let record = DeliveryRecord(
                reference: reference, receivedAt: .now(), plugin: "default", code: 400, reason: "schema",
                digest: [UInt8](repeating: number, count: 32), body: Array("<student><id>p1</id></student>".utf8))
            _ = try registry.store.record([record], turnedAway: [])
        }
        try refuse("r1", 1)
        let before = try access.record(ofPerson: "p1").unread
        #expect(before.ids == [1] && before.upTo == 1)
        try refuse("r2", 2)
        let record = try access.gather("p1", nil, before).get()
        #expect(record.deliveries.map(\.reference) == ["r1", "r2"])
    }
}
