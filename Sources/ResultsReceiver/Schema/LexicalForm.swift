import Results

/// The lexical forms of the schema's types (XSD 1.0 part 2), read from text whose white space is not collapsed yet.
enum LexicalForm {
    /// The text without white space at its ends.
    static func trimmed(_ text: Span<UInt8>) -> Range<Int> {
        var start = 0
        var end = text.count
        while start < end, Encoding.isWhiteSpace(text[start]) { start += 1 }
        while start < end, Encoding.isWhiteSpace(text[end - 1]) { end -= 1 }
        return start..<end
    }

    /// `xs:token`: no white space at the ends, and one space for any within.
    static func token(_ text: Span<UInt8>) -> String {
        let range = trimmed(text)
        var plain = true
        var afterSpace = false
        for i in range {
            let isSpace = Encoding.isWhiteSpace(text[i])
            if isSpace, afterSpace || text[i] != 0x20 {
                plain = false
                break
            }
            afterSpace = isSpace
        }
        if plain {
            // Safe: the buffer is read at once.
            return unsafe text.extracting(range).withUnsafeBufferPointer { unsafe String(decoding: $0, as: UTF8.self) }
        }
        var collapsed: [UInt8] = []
        collapsed.reserveCapacity(range.count)
        for i in range {
            if !Encoding.isWhiteSpace(text[i]) {
                collapsed.append(text[i])
            } else if collapsed.last != 0x20 {
                collapsed.append(0x20)
            }
        }
        return String(decoding: collapsed, as: UTF8.self)
    }

    /// `xs:boolean`
    static func boolean(_ text: Span<UInt8>) -> Bool? {
        let range = trimmed(text)
        let word = text.extracting(range)
        if equal(word, "true") || equal(word, "1") { return true }
        return equal(word, "false") || equal(word, "0") ? false : nil
    }

    /// `xs:decimal` with a value from 0 to 100 of at most two decimals; zeros at the end are none.
    static func score(_ text: Span<UInt8>) -> Score? {
        var scanner = DigitScanner(text)
        let negative = scanner.skip("-", text)
        if !negative { _ = scanner.skip("+", text) }
        var hundredths = 0
        var digits = 0
        while let digit = scanner.digit(text) {
            // Beyond 100 it is wrong already; it must not overflow.
            hundredths = min(hundredths * 10 + digit, 1000)
            digits += 1
        }
        hundredths *= 100
        var weight = 10
        if scanner.skip(".", text) {
            while let digit = scanner.digit(text) {
                guard weight > 0 || digit == 0 else { return nil }
                hundredths += digit * weight
                weight /= 10
                digits += 1
            }
        }
        guard digits > 0, scanner.isAtEnd, !negative || hundredths == 0 else { return nil }
        return Score(hundredths: hundredths)
    }

    /// `xs:dateTime` of the years 1900 to 9999, in `zone` where it says none; what comes after milliseconds is cut off.
    static func moment(_ text: Span<UInt8>, in zone: CivilTime) -> Timestamp? {
        var scanner = DigitScanner(text)
        guard let year = scanner.number(4, text), scanner.skip("-", text), let month = scanner.number(2, text),
            scanner.skip("-", text),
            let day = scanner.number(2, text), scanner.skip("T", text), let hour = scanner.number(2, text),
            scanner.skip(":", text),
            let minute = scanner.number(2, text), scanner.skip(":", text), let second = scanner.number(2, text)
        else { return nil }
        var fraction = 0
        var milliseconds = 0
        if scanner.skip(".", text) {
            var weight = 100
            var digits = 0
            while let digit = scanner.digit(text) {
                milliseconds += digit * weight
                weight /= 10
                digits += 1
                fraction |= digit
            }
            guard digits > 0 else { return nil }
        }
        // The last midnight of 9999 belongs to another year.
        guard (1900...9999).contains(year), CalendarDate(year: year, month: month, day: day).exists, minute < 60,
            second < 60, hour < 24 || (hour == 24 && minute == 0 && second == 0 && fraction == 0),
            hour < 24 || year < 9999 || month < 12 || day < 31
        else { return nil }
        func moment(_ zone: CivilTime) -> Timestamp {
            zone.timestamp(
                year: year, month: month, day: day, hour: hour, minute: minute, second: second,
                millisecond: milliseconds)
        }
        if scanner.isAtEnd { return moment(zone) }
        if scanner.skip("Z", text) { return scanner.isAtEnd ? moment(.utc) : nil }
        let isWest = scanner.skip("-", text)
        guard isWest || scanner.skip("+", text), let hours = scanner.number(2, text), scanner.skip(":", text),
            let minutes = scanner.number(2, text), scanner.isAtEnd, minutes < 60, hours * 60 + minutes <= 14 * 60
        else { return nil }
        let ahead = Int64(hours * 60 + minutes) * 60_000
        return Timestamp(milliseconds: moment(.utc).milliseconds + (isWest ? ahead : -ahead))
    }

    static func equal(_ text: Span<UInt8>, _ word: StaticString) -> Bool {
        guard text.count == word.utf8CodeUnitCount else { return false }
        // Safe: below the count of the static string.
        for i in text.indices where unsafe text[i] != word.utf8Start[i] { return false }
        return true
    }
}

/// Reads digits and signs from left to right, white space at the ends left out. It does not keep the text (a span cannot
/// be stored), so every step is given the same one.
private struct DigitScanner {
    private var range: Range<Int>

    init(_ text: Span<UInt8>) { range = LexicalForm.trimmed(text) }

    var isAtEnd: Bool { range.isEmpty }

    mutating func skip(_ sign: Unicode.Scalar, _ text: Span<UInt8>) -> Bool {
        guard let first = range.first, UInt32(text[first]) == sign.value else { return false }
        range = (first + 1)..<range.upperBound
        return true
    }

    mutating func digit(_ text: Span<UInt8>) -> Int? {
        guard let first = range.first, (0x30...0x39).contains(text[first]) else { return nil }
        range = (first + 1)..<range.upperBound
        return Int(text[first] - 0x30)
    }

    /// Exactly `count` digits.
    mutating func number(_ count: Int, _ text: Span<UInt8>) -> Int? {
        var value = 0
        for _ in 0..<count {
            guard let digit = digit(text) else { return nil }
            value = value * 10 + digit
        }
        return value
    }
}
