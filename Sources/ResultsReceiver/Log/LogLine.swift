/// One line of the log as octets, its line feed included.
struct LogLine {
    private(set) var bytes: [UInt8] = []

    init(
        _ format: Logger.Format, at milliseconds: Int64, _ level: Level, _ message: String,
        _ fields: some Sequence<Logger.Field>
    ) {
        bytes.reserveCapacity(256)
        switch format {
        case .json: writeJSON(milliseconds, level, message, fields)
        case .plain: writePlain(milliseconds, level, message, fields)
        }
        bytes.append(UInt8(ascii: "\n"))
    }

    private mutating func writeJSON(
        _ milliseconds: Int64, _ level: Level, _ message: String, _ fields: some Sequence<Logger.Field>
    ) {
        write("{\"time\":\"")
        writeTime(milliseconds)
        write("\",\"level\":\"")
        write(level.name)
        write("\",\"message\":")
        writeQuoted(message)
        for (key, value) in fields {
            write(",")
            writeQuoted(key)
            write(":")
            switch value {
            case .text(let text): writeQuoted(text)
            case .integer(let integer): write(String(integer))
            case .number(let number): write(number.isFinite ? number.description : "null")
            case .truth(let truth): write(truth ? "true" : "false")
            }
        }
        write("}")
    }

    private mutating func writePlain(
        _ milliseconds: Int64, _ level: Level, _ message: String, _ fields: some Sequence<Logger.Field>
    ) {
        writeTime(milliseconds)
        write(" ")
        write(level.name)
        write(" ")
        writeEscaped(message, quoted: false)
        for (key, value) in fields {
            write(" ")
            writeEscaped(key, quoted: false)
            write("=")
            switch value {
            case .text(let text):
                let bare = !text.isEmpty && text.utf8.allSatisfy { $0 > 0x20 && $0 != 0x22 && $0 != 0x3D }
                if bare { writeEscaped(text, quoted: false) } else { writeQuoted(text) }
            case .integer(let integer): write(String(integer))
            case .number(let number): write(number.description)
            case .truth(let truth): write(truth ? "true" : "false")
            }
        }
    }

    private mutating func write(_ text: String) { bytes.append(contentsOf: text.utf8) }

    private mutating func writeQuoted(_ text: String) {
        bytes.append(UInt8(ascii: "\""))
        writeEscaped(text, quoted: true)
        bytes.append(UInt8(ascii: "\""))
    }

    /// RFC 8259, section 7. Beyond what JSON demands, DEL and the C1 controls are escaped, in both formats: a line may
    /// hold what a stranger sent, and a terminal would obey them.
    private mutating func writeEscaped(_ text: String, quoted: Bool) {
        var before: UInt8 = 0
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"):
                if quoted { bytes.append(UInt8(ascii: "\\")) }
                bytes.append(byte)
            case UInt8(ascii: "\n"): write("\\n")
            case UInt8(ascii: "\r"): write("\\r")
            case UInt8(ascii: "\t"): write("\\t")
            case 0..<0x20, 0x7F: writeUnicodeEscape(byte)
            case 0x80...0x9F where before == 0xC2:
                // U+0080 to U+009F are C2 80 to C2 9F in UTF-8.
                bytes.removeLast()
                writeUnicodeEscape(byte)
            default: bytes.append(byte)
            }
            before = byte
        }
    }

    private mutating func writeUnicodeEscape(_ byte: UInt8) {
        write(byte < 16 ? "\\u000" : "\\u00")
        write(String(byte, radix: 16))
    }

    /// ISO 8601 in UTC with milliseconds: 2026-11-20T13:03:10.000Z.
    private mutating func writeTime(_ milliseconds: Int64) {
        let days = Int(milliseconds).flooredQuotient(by: 86_400_000)
        let ofDay = Int(milliseconds) - days * 86_400_000
        let (year, month, day) = LogLine.date(daysSinceEpoch: days)
        writeDigits(year, 4)
        write("-")
        writeDigits(month, 2)
        write("-")
        writeDigits(day, 2)
        write("T")
        writeDigits(ofDay / 3_600_000, 2)
        write(":")
        writeDigits(ofDay / 60_000 % 60, 2)
        write(":")
        writeDigits(ofDay / 1000 % 60, 2)
        write(".")
        writeDigits(ofDay % 1000, 3)
        write("Z")
    }

    private mutating func writeDigits(_ number: Int, _ count: Int) {
        var divisor = 1
        for _ in 1..<count { divisor *= 10 }
        while divisor > 0 {
            bytes.append(UInt8(ascii: "0") + UInt8(number / divisor % 10))
            divisor /= 10
        }
    }

    /// The Gregorian date, by counting years from 1 March so that the leap day comes last
    /// (400 years have 146,097 days).
    static func date(daysSinceEpoch: Int) -> (year: Int, month: Int, day: Int) {
        let shifted = daysSinceEpoch + 719_468  // days from 0000-03-01 to 1970-01-01
        let era = shifted.flooredQuotient(by: 146_097)
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
        let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        return (era * 400 + yearOfEra + (month <= 2 ? 1 : 0), month, day)
    }
}

extension Int {
    fileprivate func flooredQuotient(by divisor: Int) -> Int {
        let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? quotient - 1 : quotient
    }
}
