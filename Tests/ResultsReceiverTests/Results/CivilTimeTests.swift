import Results
import Testing

@Suite struct CivilTimeTests {
    private let amsterdam: CivilTime

    init() throws { amsterdam = try #require(CivilTime(zone: "Europe/Amsterdam")) }

    /// What the zone makes of a text without zone, in UTC.
    private func utc(_ local: String, in zone: CivilTime) -> String? { zone.timestamp(iso8601: local)?.iso8601 }

    private func date(_ moment: String, in zone: CivilTime) throws -> String {
        zone.date(of: try #require(Timestamp(iso8601: moment))).iso8601
    }

    @Test(arguments: [
        ("2026-01-15T12:00:00", "2026-01-15T11:00:00.000Z"),
        ("2026-07-15T12:00:00", "2026-07-15T10:00:00.000Z"),
        ("2026-07-15T00:30:00", "2026-07-14T22:30:00.000Z"),
        ("2026-07-15T24:00:00", "2026-07-15T22:00:00.000Z"),
    ])
    func aTimeWithoutZoneIsReadInTheConfiguredZone(local: String, expected: String) {
        #expect(utc(local, in: amsterdam) == expected)
    }

    @Test(arguments: [
        ("2026-10-25T01:59:59", "2026-10-24T23:59:59.000Z"),
        ("2026-10-25T02:00:00", "2026-10-25T00:00:00.000Z"),
        ("2026-10-25T02:30:00.250", "2026-10-25T00:30:00.250Z"),
        ("2026-10-25T02:59:59.999", "2026-10-25T00:59:59.999Z"),
        ("2026-10-25T03:00:00", "2026-10-25T02:00:00.000Z"),
    ])
    func theHourThatOccursTwiceInAutumnIsTheFirst(local: String, expected: String) {
        #expect(utc(local, in: amsterdam) == expected)
    }

    @Test(arguments: [
        ("2026-03-29T01:59:59", "2026-03-29T00:59:59.000Z"),
        ("2026-03-29T02:00:00", "2026-03-29T01:00:00.000Z"),
        ("2026-03-29T02:30:00", "2026-03-29T01:30:00.000Z"),
        ("2026-03-29T02:59:59", "2026-03-29T01:59:59.000Z"),
        ("2026-03-29T03:00:00", "2026-03-29T01:00:00.000Z"),
        ("2026-03-29T03:30:00", "2026-03-29T01:30:00.000Z"),
    ])
    func theHourThatDoesNotExistInSpringIsMovedForward(local: String, expected: String) {
        #expect(utc(local, in: amsterdam) == expected)
    }

    @Test(arguments: [
        // The southern hemisphere: clocks go back in April and forward in September.
        ("Pacific/Auckland", "2026-04-05T02:30:00", "2026-04-04T13:30:00.000Z"),
        ("Pacific/Auckland", "2026-09-27T02:30:00", "2026-09-26T14:30:00.000Z"),
        // Half an hour only.
        ("Australia/Lord_Howe", "2026-04-05T01:45:00", "2026-04-04T14:45:00.000Z"),
        ("Australia/Lord_Howe", "2026-10-04T02:15:00", "2026-10-03T15:45:00.000Z"),
        // West of Greenwich.
        ("America/New_York", "2026-11-01T01:30:00", "2026-11-01T05:30:00.000Z"),
        ("America/New_York", "2026-03-08T02:30:00", "2026-03-08T07:30:00.000Z"),
        // A whole day that never was: 30 December 2011.
        ("Pacific/Apia", "2011-12-29T23:00:00", "2011-12-30T09:00:00.000Z"),
        ("Pacific/Apia", "2011-12-30T12:00:00", "2011-12-30T22:00:00.000Z"),
        ("Pacific/Apia", "2011-12-31T00:00:00", "2011-12-30T10:00:00.000Z"),
        // No summer time, a quarter of an hour.
        ("Asia/Kathmandu", "2026-06-01T00:00:00", "2026-05-31T18:15:00.000Z"),
        ("UTC", "2026-06-01T00:00:00", "2026-06-01T00:00:00.000Z"),
    ])
    func otherRulesOfOtherPlacesHoldToo(zone: String, local: String, expected: String) throws {
        #expect(utc(local, in: try #require(CivilTime(zone: zone))) == expected)
    }

    @Test func aDayWithoutMidnightBeginsAtTheMomentTheClocksSkipTo() throws {
        let cairo = try #require(CivilTime(zone: "Africa/Cairo"))
        #expect(utc("2026-04-24", in: cairo) == "2026-04-23T22:00:00.000Z")
        #expect(utc("2026-07-01", in: amsterdam) == "2026-06-30T22:00:00.000Z")
    }

    @Test(arguments: [
        ("2026-11-20T22:59:59.999Z", "2026-11-20"),
        ("2026-11-20T23:00:00Z", "2026-11-21"),
        ("2026-06-20T21:59:59.999Z", "2026-06-20"),
        ("2026-06-20T22:00:00Z", "2026-06-21"),
        ("2026-12-31T23:00:00Z", "2027-01-01"),
        ("2028-02-28T23:30:00Z", "2028-02-29"),
        ("1969-12-31T23:30:00Z", "1970-01-01"),
        ("1969-06-01T12:00:00Z", "1969-06-01"),
        ("2090-07-01T21:59:59Z", "2090-07-01"),
        ("2090-07-01T22:00:00Z", "2090-07-02"),
        ("9999-12-31T23:00:00Z", "10000-01-01"),
    ])
    func aDateIsTheOneThatCalendarsShowThere(moment: String, expected: String) throws {
        #expect(try date(moment, in: amsterdam) == expected)
    }

    @Test func theFirstAndTheLastYearAreReadAndShown() throws {
        // Clocks then showed local mean time; the zone files disagree about which town's, so only the day is certain.
        let first = amsterdam.timestamp(year: 1900, month: 1, day: 1, hour: 12)
        #expect(amsterdam.date(of: first) == CalendarDate(year: 1900, month: 1, day: 1))
        let midnight = amsterdam.startOfDay(CalendarDate(year: 1900, month: 1, day: 1))
        #expect(amsterdam.date(of: midnight).iso8601 == "1900-01-01")
        #expect(amsterdam.date(of: Timestamp(milliseconds: midnight.milliseconds - 1)).iso8601 == "1899-12-31")
        #expect(utc("9999-12-31T23:59:59.999", in: amsterdam) == "9999-12-31T22:59:59.999Z")
        #expect(utc("9999-07-31T23:59:59.999", in: amsterdam) == "9999-07-31T21:59:59.999Z")
    }

    @Test func everyHourOfAYearIsReadAsItIsShown() throws {
        let first = try #require(Timestamp(iso8601: "2026-01-01T00:00:00Z"))
        for hour in 0..<8760 {
            let moment = Timestamp(milliseconds: first.milliseconds + Int64(hour) * 3_600_000)
            let day = amsterdam.startOfDay(amsterdam.date(of: moment))
            let sinceMidnight = moment.milliseconds - day.milliseconds
            #expect(sinceMidnight >= 0 && sinceMidnight < 25 * 3_600_000, "\(moment.iso8601)")
        }
    }

    @Test(arguments: [
        "", "Europe", "Europe/", "/Europe/Amsterdam", "Europe/Amsterdm", "Europe//Amsterdam", ":Europe/Amsterdam",
        "../zoneinfo/Europe/Amsterdam", "Europe/../Europe/Amsterdam", "./Europe/Amsterdam", "tzdata.zi", "zone.tab",
        "CET-1CEST", "CET-1CEST,M3.5.0,M10.5.0", "Europe/Amsterdam ", "Europe/Amsterdam\0", "Europa/Amsterdam",
    ])
    func anUnknownZoneIsNotSilentlyUTC(zone: String) {
        #expect(CivilTime(zone: zone) == nil)
    }

    @Test func severalZonesWorkAtTheSameTime() async throws {
        let zones = [("Europe/Amsterdam", 10), ("America/New_York", 16), ("Asia/Tokyo", 3), ("UTC", 12)]
        await withTaskGroup(of: Bool.self) { group in
            for (name, hour) in zones + zones {
                group.addTask {
                    guard let zone = CivilTime(zone: name) else { return false }
                    let expected = Timestamp(year: 2026, month: 7, day: 1, hour: hour)
                    return (0..<200).allSatisfy { _ in
                        zone.timestamp(year: 2026, month: 7, day: 1, hour: 12) == expected
                    }
                }
            }
            for await agreed in group { #expect(agreed) }
        }
    }
}
