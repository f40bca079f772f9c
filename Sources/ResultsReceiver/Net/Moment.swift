import Glibc

/// A point of the monotonic clock (CLOCK_MONOTONIC), in nanoseconds since the system's start.
package struct Moment: Comparable, Hashable, Sendable {
    package let nanoseconds: UInt64

    package init(nanoseconds: UInt64) { self.nanoseconds = nanoseconds }

    package static func now() -> Moment {
        var time = timespec()
        unsafe clock_gettime(CLOCK_MONOTONIC, &time)
        return Moment(nanoseconds: UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec))
    }

    package static func < (a: Moment, b: Moment) -> Bool { a.nanoseconds < b.nanoseconds }
    /// Clamped to the clock's range.
    package static func + (a: Moment, span: UInt64) -> Moment {
        let (sum, overflow) = a.nanoseconds.addingReportingOverflow(span)
        return Moment(nanoseconds: overflow ? .max : sum)
    }
}

extension Duration {
    /// Whole nanoseconds, clamped to 0 and the range of 64 bits.
    package var inNanoseconds: UInt64 {
        let (seconds, attoseconds) = components
        guard seconds >= 0, attoseconds >= 0 else { return 0 }
        let (whole, overflow) = UInt64(seconds).multipliedReportingOverflow(by: 1_000_000_000)
        return overflow ? .max : (whole + UInt64(attoseconds / 1_000_000_000))
    }
}
