import Glibc

/// A moment: milliseconds since 1970-01-01T00:00:00Z, without leap seconds (POSIX time).
package struct Timestamp: Hashable, Comparable, Sendable {
    package let milliseconds: Int64

    package init(milliseconds: Int64) { self.milliseconds = milliseconds }

    /// The moment that a clock with a known distance from UTC shows.
    ///
    /// Nothing is checked: fields beyond their range run on, so that hour 24 is the next midnight, as XSD means it.
    /// `offsetMinutes` is how far the clock is ahead of UTC: 60 for `+01:00`.
    package init(
        year: Int, month: Int, day: Int, hour: Int = 0, minute: Int = 0, second: Int = 0, millisecond: Int = 0,
        offsetMinutes: Int = 0
    ) {
        let days = CalendarDate(year: year, month: month, day: day).daysSinceEpoch
        let minutes = days * 1440 + hour * 60 + minute - offsetMinutes
        milliseconds = Int64((minutes * 60 + second) * 1000 + millisecond)
    }

    package static func < (a: Timestamp, b: Timestamp) -> Bool { a.milliseconds < b.milliseconds }

    /// What the system's clock says now.
    package static func now() -> Timestamp {
        var time = timespec()
        // Corresponds to clock_gettime(2), which cannot fail for this clock.
        _ = unsafe clock_gettime(CLOCK_REALTIME, &time)
        return Timestamp(milliseconds: Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000)
    }

    /// Whole seconds since the epoch, rounded down also before 1970.
    var seconds: Int { Int(milliseconds.floorDivided(by: 1000)) }
}

extension Int64 {
    /// The quotient rounded down, also for negative numbers; `divisor` is positive.
    func floorDivided(by divisor: Int64) -> Int64 {
        let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? quotient - 1 : quotient
    }
}
