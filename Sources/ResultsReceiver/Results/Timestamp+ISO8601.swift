// The forms of ISO 8601 that are written (UTC, milliseconds) and read here. No Foundation: these run for every message.

extension Timestamp {
    /// In UTC with milliseconds: `2026-11-20T13:03:10.000Z`. A year beyond 9999 gets more digits, one before 0 a minus.
    package var iso8601: String {
        let days = milliseconds.floorDivided(by: 86_400_000)
        // Wraps on the very first day that an Int64 reaches, and back.
        let rest = Int(milliseconds &- days &* 86_400_000)
        var text = ISO8601Text()
        text.append(CalendarDate(daysSinceEpoch: Int(days)))
        text.append("T")
        text.append(rest / 3_600_000)
        text.append(":")
        text.append(rest / 60_000 % 60)
        text.append(":")
        text.append(rest / 1000 % 60)
        text.append(".")
        text.append(rest % 1000, digits: 3)
        text.append("Z")
        return text.string
    }

    /// Reads what `iso8601` writes and its usual relatives: `2026-11-20T14:03:10Z`, a fraction of any length (cut after
    /// milliseconds), `±hh:mm` up to 14:00 instead of `Z`, no seconds, a space instead of the `T`.
    ///
    /// Nil for anything else, a day that does not exist and a text without zone (see `CivilTime.timestamp(iso8601:)`).
    package init?(iso8601 text: String) {
        guard let parsed = ISO8601DateTime(text), let offset = parsed.offsetMinutes else { return nil }
        self = parsed.timestamp(offsetMinutes: offset)
    }
}

extension CalendarDate {
    /// `2026-11-20`.
    package var iso8601: String {
        var text = ISO8601Text()
        text.append(self)
        return text.string
    }

    /// Reads `yyyy-mm-dd`. Nil for anything else, a day that does not exist, and years outside 1900 to 9999.
    package init?(iso8601 text: String) {
        var scanner = ISO8601Scanner(text)
        guard let date = scanner.date(), scanner.isAtEnd, (1900...9999).contains(date.year) else { return nil }
        self = date
    }
}

extension CivilTime {
    /// Reads what an operator writes: a moment as `Timestamp(iso8601:)` does, one without zone as clocks here show
    /// it, a bare date as the start of the day here. Nil for anything else.
    package func timestamp(iso8601 text: String) -> Timestamp? {
        if let date = CalendarDate(iso8601: text) { return startOfDay(date) }
        guard let parsed = ISO8601DateTime(text) else { return nil }
        if let offset = parsed.offsetMinutes { return parsed.timestamp(offsetMinutes: offset) }
        return timestamp(
            year: parsed.date.year, month: parsed.date.month, day: parsed.date.day, hour: parsed.hour,
            minute: parsed.minute, second: parsed.second, millisecond: parsed.millisecond)
    }
}

/// The fields of a date with a time, each within its range.
private struct ISO8601DateTime {
    let date: CalendarDate
    let hour: Int
    let minute: Int
    let second: Int
    let millisecond: Int
    /// Nil: the text names no zone.
    let offsetMinutes: Int?

    init?(_ text: String) {
        var scanner = ISO8601Scanner(text)
        guard let date = scanner.date(), scanner.take("T") || scanner.take(" "),
            let hour = scanner.number(), scanner.take(":"), let minute = scanner.number(), minute <= 59
        else { return nil }
        var second = 0
        var millisecond = 0
        if scanner.take(":") {
            guard let seconds = scanner.number(), seconds <= 59 else { return nil }
            second = seconds
            if scanner.take(".") {
                guard let fraction = scanner.milliseconds() else { return nil }
                millisecond = fraction
            }
        }
        guard hour <= 23 || (hour == 24 && minute == 0 && second == 0 && millisecond == 0) else { return nil }
        if scanner.take("Z") {
            offsetMinutes = 0
        } else if scanner.isAtEnd {
            offsetMinutes = nil
        } else {
            let ahead = scanner.take("+")
            guard ahead || scanner.take("-"), let hours = scanner.number(), scanner.take(":"),
                let minutes = scanner.number(), minutes <= 59, hours * 60 + minutes <= 14 * 60
            else { return nil }
            offsetMinutes = (ahead ? 1 : -1) * (hours * 60 + minutes)
        }
        guard scanner.isAtEnd else { return nil }
        self.date = date
        self.hour = hour
        self.minute = minute
        self.second = second
        self.millisecond = millisecond
    }

    func timestamp(offsetMinutes: Int) -> Timestamp {
        Timestamp(
            year: date.year, month: date.month, day: date.day, hour: hour, minute: minute, second: second,
            millisecond: millisecond, offsetMinutes: offsetMinutes)
    }
}

/// A text being read from its start; what does not fit leaves the position unspecified, for the text is then refused.
private struct ISO8601Scanner {
    private let bytes: [UInt8]
    private var position = 0

    init(_ text: String) { bytes = Array(text.utf8) }

    var isAtEnd: Bool { position == bytes.count }

    mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard position < bytes.count, bytes[position] == UInt8(ascii: character) else { return false }
        position += 1
        return true
    }

    /// Exactly so many digits.
    mutating func number(digits: Int = 2) -> Int? {
        var value = 0
        for _ in 0..<digits {
            guard let digit = digit() else { return nil }
            value = value * 10 + digit
        }
        return value
    }

    /// A day that exists; its year has four digits, or five, as a moment late in 9999 has in UTC.
    mutating func date() -> CalendarDate? {
        guard var year = number(digits: 4) else { return nil }
        if let fifth = digit() { year = year * 10 + fifth }
        guard take("-"), let month = number(), take("-"), let day = number() else { return nil }
        let date = CalendarDate(year: year, month: month, day: day)
        return date.exists ? date : nil
    }

    /// The digits of a fraction, at least one; those after the third are dropped.
    mutating func milliseconds() -> Int? {
        var value = 0
        var weight = 100
        guard let first = digit() else { return nil }
        value += first * weight
        while let next = digit() {
            weight /= 10
            value += next * weight
        }
        return value
    }

    private mutating func digit() -> Int? {
        guard position < bytes.count, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(bytes[position]) else {
            return nil
        }
        defer { position += 1 }
        return Int(bytes[position] - UInt8(ascii: "0"))
    }
}

/// A text being written, digit by digit.
private struct ISO8601Text {
    private var bytes: [UInt8] = []

    init() { bytes.reserveCapacity(24) }

    var string: String { String(decoding: bytes, as: UTF8.self) }

    mutating func append(_ character: Unicode.Scalar) { bytes.append(UInt8(ascii: character)) }

    /// `number` is not negative; it gets leading zeros up to `digits`, and more digits where it needs them.
    mutating func append(_ number: Int, digits: Int = 2) {
        var weight = 1
        for _ in 1..<digits { weight *= 10 }
        while number / weight >= 10 { weight *= 10 }
        while weight > 0 {
            bytes.append(UInt8(ascii: "0") + UInt8(number / weight % 10))
            weight /= 10
        }
    }

    mutating func append(_ date: CalendarDate) {
        if date.year < 0 { append("-") }
        append(abs(date.year), digits: 4)
        append("-")
        append(date.month)
        append("-")
        append(date.day)
    }
}
