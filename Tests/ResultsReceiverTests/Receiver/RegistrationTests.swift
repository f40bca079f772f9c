import Receiver
import Results
import Samples
import Testing

/// What of a message that was taken stands in the registry.
struct RegistrationTests {
    private static let zones: [(zone: String, completed: String, approved: String)] = [
        ("Europe/Amsterdam", "2026-11-20T23:30:00Z", "2026-11-21"),
        ("Europe/Amsterdam", "2026-11-20T22:59:59.999Z", "2026-11-20"),
        ("Europe/Amsterdam", "2026-07-01T22:00:00Z", "2026-07-02"),
        ("Europe/Amsterdam", "2026-11-21T08:00:00+14:00", "2026-11-20"),
        ("America/New_York", "2026-11-21T04:59:59Z", "2026-11-20"),
        ("UTC", "2026-11-20T23:30:00Z", "2026-11-20"),
        // Without a zone it is the configured one's.
        ("Asia/Tokyo", "2026-11-20T00:00:00", "2026-11-20"),
    ]

    @Test(arguments: zones)
    func theApprovalDateIsThatOfCompletedInTheConfiguredZone(
        _ moment: (zone: String, completed: String, approved: String)
    ) async throws {
        let zone = try #require(CivilTime(zone: moment.zone))
        try await ResultsServiceFixture.run(change: { $0.zone = zone }) { (fixture) async throws in
            let request = try ResultsServiceFixture.sample("registered").request(
                path: "/", secret: try ResultsServiceFixture.secret("x"))
            let body = String(decoding: try #require(request.body), as: UTF8.self)
                .replacing("<completed>2026-11-20T14:03:10+01:00<", with: "<completed>\(moment.completed)<")
            #expect(try await fixture.post(body).reason == "registered")
            #expect(
                try fixture.registry.text(
                    "SELECT status || ' ' || approved_on FROM enrolment JOIN result USING (result_id)")
                    == "afgerond \(moment.approved)")
        }
    }

    @Test func theMarkIsKeptExactlyAndAbsentValuesStayAbsent() async throws {
        try await ResultsServiceFixture.run { (fixture) async throws in
            let request = try ResultsServiceFixture.sample("registered").request(
                path: "/", secret: try ResultsServiceFixture.secret("x"))
            let body = String(decoding: try #require(request.body), as: UTF8.self)
            let bare = body.replacing(#/<passed>.*<\/score>/#.dotMatchesNewlines(), with: "<score>7.10</score>")
            #expect(try await fixture.post(bare).reason == "registered")
            #expect(
                try fixture.registry.text("SELECT score FROM result WHERE passed IS NULL AND present IS NULL") == "710")
        }
    }
}
