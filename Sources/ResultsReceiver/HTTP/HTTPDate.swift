/// A moment as the Date field writes it (RFC 9110, section 5.6.7: IMF-fixdate), kept so that it is made anew once a
/// second only.
package struct HTTPDate: Sendable {
    /// Since 1970-01-01T00:00:00Z, leap seconds not counted.
    package private(set) var seconds: Int
    /// 29 octets, such as `Fri, 20 Nov 2026 13:03:12 GMT`.
    package private(set) var octets: [UInt8]

    package init(secondsSince1970 seconds: Int) {
        self.seconds = seconds
        self.octets = HTTPDate.octets(seconds)
    }

    /// Becomes another moment; costs nothing within the same second.
    package mutating func advance(to seconds: Int) {
        guard seconds != self.seconds else { return }
        self = HTTPDate(secondsSince1970: seconds)
    }

    private static func octets(_ seconds: Int) -> [UInt8] {
        let (dayNumber, second) = flooredDivision(seconds, by: 86_400)
        // Days are counted from 1 March of the year 0, in eras of 400 years, so that a leap day ends its year.
        let (era, dayOfEra) = flooredDivision(dayNumber + 719_468, by: 146_097)
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
        let month = (monthFromMarch + 2) % 12
        let year = yearOfEra + era * 400 + (month < 2 ? 1 : 0)
        // 1 January 1970 was a Thursday.
        let weekday = flooredDivision(dayNumber + 4, by: 7).remainder

        var octets: [UInt8] = []
        octets.reserveCapacity(29)
        octets.append(contentsOf: weekdays[weekday].utf8)
        octets.append(contentsOf: ", ".utf8)
        octets.append(digits: day, width: 2)
        octets.append(.space)
        octets.append(contentsOf: months[month].utf8)
        octets.append(.space)
        octets.append(digits: year, width: 4)
        octets.append(.space)
        octets.append(digits: second / 3_600, width: 2)
        octets.append(.colon)
        octets.append(digits: second / 60 % 60, width: 2)
        octets.append(.colon)
        octets.append(digits: second % 60, width: 2)
        octets.append(contentsOf: " GMT".utf8)
        return octets
    }

    private static let weekdays = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]
}

private func flooredDivision(_ value: Int, by divisor: Int) -> (quotient: Int, remainder: Int) {
    let (quotient, remainder) = value.quotientAndRemainder(dividingBy: divisor)
    return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
}

extension [UInt8] {
    /// Appends a number that is not negative in decimal digits, zeros before it up to the width.
    mutating func append(digits value: Int, width: Int = 1) {
        var divisor = 1
        var count = 1
        while count < width || value / divisor >= 10 {
            divisor *= 10
            count += 1
        }
        while divisor > 0 {
            append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: value / divisor % 10))
            divisor /= 10
        }
    }
}
