import Results
import Testing

@Suite struct TimestampTests {
    @Test(
        arguments: [
            (0, "1970-01-01T00:00:00.000Z"),
            (-1, "1969-12-31T23:59:59.999Z"),
            (1_795_179_790_000, "2026-11-20T13:03:10.000Z"),
            (951_782_400_007, "2000-02-29T00:00:00.007Z"),
            (-2_208_988_800_000, "1900-01-01T00:00:00.000Z"),
            (253_402_300_799_999, "9999-12-31T23:59:59.999Z"),
            (253_402_300_800_000, "10000-01-01T00:00:00.000Z"),
        ] as [(Int64, String)])
    func timesAreISO8601InUTCWithMilliseconds(milliseconds: Int64, text: String) {
        #expect(Timestamp(milliseconds: milliseconds).iso8601 == text)
        #expect(Timestamp(iso8601: text) == Timestamp(milliseconds: milliseconds))
    }

    @Test func noMomentIsTooFarToBeWritten() {
        #expect(Timestamp(milliseconds: .max).iso8601 == "292278994-08-17T07:12:55.807Z")
        #expect(Timestamp(milliseconds: .min).iso8601 == "-292275055-05-16T16:47:04.192Z")
    }

    @Test(arguments: [
        "2026-11-20T13:03:10Z", "2026-11-20T13:03:10.0Z", "2026-11-20T13:03:10.0009999999Z", "2026-11-20 13:03:10Z",
        "2026-11-20T14:03:10+01:00", "2026-11-20T13:03:10-00:00", "2026-11-19T23:03:10-14:00",
        "2026-11-21T03:03:10+14:00", "2026-11-20T18:33:10+05:30",
    ])
    func aMomentIsReadInItsUsualForms(text: String) {
        #expect(Timestamp(iso8601: text) == Timestamp(milliseconds: 1_795_179_790_000))
    }

    @Test func aFractionOfASecondIsCutAfterMilliseconds() {
        #expect(Timestamp(iso8601: "1970-01-01T00:00:00.5Z")?.milliseconds == 500)
        #expect(Timestamp(iso8601: "1970-01-01T00:00:00.0456Z")?.milliseconds == 45)
        #expect(Timestamp(iso8601: "1969-12-31T23:59:59.9999Z")?.milliseconds == -1)
    }

    @Test func hour24IsTheNextMidnight() {
        #expect(Timestamp(iso8601: "2026-12-31T24:00:00Z") == Timestamp(iso8601: "2027-01-01T00:00:00Z"))
        #expect(Timestamp(iso8601: "2026-12-31T24:00:01Z") == nil)
    }

    @Test(arguments: [
        "", "2026", "2026-11-20", "2026-11-20T", "2026-11-20T13", "2026-11-20T13:03:10", "2026-11-20T13:03:10z",
        "2026-11-20T13:03:10.Z", "2026-11-20T13:03:10Z ", " 2026-11-20T13:03:10Z", "2026-11-20T13:3:10Z",
        "2026-11-20T25:03:10Z", "2026-11-20T13:60:10Z", "2026-11-20T13:03:60Z", "2026-13-20T13:03:10Z",
        "2026-00-20T13:03:10Z", "2026-11-31T13:03:10Z", "2026-02-29T13:03:10Z", "2026-11-00T13:03:10Z",
        "2026-11-20T13:03:10+14:01", "2026-11-20T13:03:10+01:60", "2026-11-20T13:03:10+0100",
        "2026-11-20T13:03:10ZZ", "-2026-11-20T13:03:10Z", "+2026-11-20T13:03:10Z", "٢٠٢٦-11-20T13:03:10Z",
    ])
    func whatIsNoMomentIsNotRead(text: String) {
        #expect(Timestamp(iso8601: text) == nil)
    }

    @Test func theClockIsTheSystems() {
        let first = Timestamp.now()
        #expect(first > Timestamp(year: 2025, month: 1, day: 1))
        #expect(Timestamp.now() >= first)
    }
}

@Suite struct CalendarDateTests {
    @Test(arguments: [
        "1900-01-01", "1999-12-31", "2000-02-29", "2024-02-29", "2026-11-20", "9999-12-31",
    ])
    func aDateIsWrittenAsItIsRead(text: String) {
        #expect(CalendarDate(iso8601: text)?.iso8601 == text)
    }

    @Test(arguments: [
        "", "1899-12-31", "10000-01-01", "0000-01-01", "1900-02-29", "2100-02-29", "2026-02-29", "2026-04-31",
        "2026-13-01", "2026-00-01", "2026-01-00", "2026-1-1", "26-01-01", "20260101", "2026-01-01T00:00:00",
        "2026-01-01 ", "20-11-2026", "2026/11/20", "+2026-11-20",
    ])
    func aDayThatDoesNotExistIsNotRead(text: String) {
        #expect(CalendarDate(iso8601: text) == nil)
    }

    @Test func everyDayFollowsTheDayBefore() {
        var date = CalendarDate(year: 1899, month: 12, day: 31)
        var count = 0
        var moment = Timestamp(year: 1900, month: 1, day: 1)
        let end = Timestamp(year: 2401, month: 1, day: 1)
        while moment < end {
            let next = CivilTime.utc.date(of: moment)
            let follows =
                next == CalendarDate(year: date.year, month: date.month, day: date.day + 1)
                || next == CalendarDate(year: date.year, month: date.month + 1, day: 1)
                || next == CalendarDate(year: date.year + 1, month: 1, day: 1)
            #expect(follows && next.exists && date < next, "\(date.iso8601) \(next.iso8601)")
            // A month ends only where its next day does not exist.
            if next.day == 1 { #expect(!CalendarDate(year: date.year, month: date.month, day: date.day + 1).exists) }
            date = next
            count += 1
            moment = Timestamp(milliseconds: moment.milliseconds + 86_400_000)
        }
        #expect(count == 501 * 365 + 122)
    }
}
