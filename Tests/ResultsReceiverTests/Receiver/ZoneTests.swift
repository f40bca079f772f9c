import Receiver
import Results
import Samples
import Testing

/// The settings' time zone, from the message to the registry.
struct ZoneTests {
    @Test(arguments: [
        // Without zone it is a time there, and its day is the day of approval everywhere.
        ("Europe/Amsterdam", "2026-11-20T23:30:00", "2026-11-20T22:30:00.000Z", "2026-11-20"),
        ("America/New_York", "2026-11-20T23:30:00", "2026-11-21T04:30:00.000Z", "2026-11-20"),
        ("Pacific/Auckland", "2026-11-20T23:30:00", "2026-11-20T10:30:00.000Z", "2026-11-20"),
        // With one, the day of approval is what calendars show there.
        ("Europe/Amsterdam", "2026-11-20T23:30:00Z", "2026-11-20T23:30:00.000Z", "2026-11-21"),
        ("America/New_York", "2026-11-20T23:30:00Z", "2026-11-20T23:30:00.000Z", "2026-11-20"),
        ("Pacific/Auckland", "2026-11-20T10:30:00Z", "2026-11-20T10:30:00.000Z", "2026-11-20"),
        // The hour that is there twice: the first; the hour that is not: moved forward.
        ("Europe/Amsterdam", "2026-10-25T02:30:00", "2026-10-25T00:30:00.000Z", "2026-10-25"),
        ("Europe/Amsterdam", "2026-03-29T02:30:00", "2026-03-29T01:30:00.000Z", "2026-03-29"),
    ])
    func timesAndDaysAreThoseOfTheSettingsZone(
        zone: String, completed: String, moment: String, day: String
    ) async throws {
        let change: (inout ReceiverSettings) throws -> Void = { $0.zone = try #require(CivilTime(zone: zone)) }
        try await ResultsServiceFixture.run(change: change) { (fixture) async throws in
            let body = try #require(
                try ResultsServiceFixture.sample("registered").request(
                    path: "/", secret: try ResultsServiceFixture.secret("x")
                ).body)
            let text = String(decoding: body, as: UTF8.self)
                .replacing(#/<completed>[^<]*</#, with: "<completed>\(completed)<")
            #expect(try await fixture.post(text).reason == "registered")
            let stored = try #require(try fixture.registry.text("SELECT completed_at FROM result"))
            #expect(Timestamp(milliseconds: try #require(Int64(stored))).iso8601 == moment)
            #expect(try fixture.registry.text("SELECT approved_on FROM result") == day)
        }
    }
}
