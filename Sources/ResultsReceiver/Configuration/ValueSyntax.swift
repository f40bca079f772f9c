/// Why a text is no value of its kind.
struct WrongValue: Error {
    var message: String
    var cure: String?

    init(_ message: String, cure: String? = nil) {
        self.message = message
        self.cure = cure
    }
}

/// How values of one kind are written: one definition for the settings file, the environment and the flags.
struct ValueSyntax<Value: Sendable>: Sendable {
    /// Stands for the value in usage texts and documentation.
    let placeholder: String
    /// `1 to 64`, for kinds that have bounds.
    let bounds: String?
    let parse: @Sendable (String, ValueContext) throws(WrongValue) -> Value
    /// The inverse of `parse`, without quotes.
    let format: @Sendable (Value) -> String

    init(
        _ placeholder: String, bounds: String? = nil, format: @escaping @Sendable (Value) -> String,
        parse: @escaping @Sendable (String, ValueContext) throws(WrongValue) -> Value
    ) {
        self.placeholder = placeholder
        self.bounds = bounds
        self.format = format
        self.parse = parse
    }

    /// The same, but the empty text is no value.
    var orNothing: ValueSyntax<Value?> {
        ValueSyntax<Value?>(placeholder, bounds: bounds, format: { [format] in $0.map(format) ?? "" }) {
            [parse] text, context throws(WrongValue) in
            text.isEmpty ? nil : try parse(text, context)
        }
    }
}

extension ValueSyntax {
    /// The same, but `off` is a value too.
    var orOff: ValueSyntax<Value?> {
        ValueSyntax<Value?>("\(placeholder)|off", bounds: bounds, format: { [format] in $0.map(format) ?? "off" }) {
            [parse] text, context throws(WrongValue) in
            if text == "off" { return nil }
            do throws(WrongValue) { return try parse(text, context) } catch {
                throw WrongValue(error.message, cure: error.cure.map { "\($0), or off" } ?? "or write off")
            }
        }
    }
}

/// What the meaning of a value depends on beside its text.
struct ValueContext: Sendable {
    /// The folder from which relative names of files to read count; nil: the working folder.
    var folder: String?
    /// Where the database is unless told otherwise: `$STATE_DIRECTORY`; nil: the working folder.
    var stateFolder: String?

    func file(_ name: String) -> String { ValueContext.join(folder, name) }
    func stateFile(_ name: String) -> String { ValueContext.join(stateFolder, name) }

    private static func join(_ folder: String?, _ name: String) -> String {
        guard let folder, !folder.isEmpty, !name.hasPrefix("/") else { return name }
        return folder.hasSuffix("/") ? folder + name : "\(folder)/\(name)"
    }
}

extension ValueSyntax where Value == Int {
    static func integer(_ range: ClosedRange<Int>) -> ValueSyntax {
        let bounds = "\(range.lowerBound) to \(range.upperBound)"
        return ValueSyntax("NUMBER", bounds: bounds, format: { "\($0)" }) { text, _ throws(WrongValue) in
            let cure = "write a whole number from \(bounds)"
            guard !text.isEmpty, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
                throw WrongValue("\(quote(text)) is no whole number", cure: cure)
            }
            guard let number = Int(text), range.contains(number) else {
                throw WrongValue("\(text) is out of range", cure: cure)
            }
            return number
        }
    }

    /// Bytes: a whole number alone or with B, KiB or MiB.
    static func size(_ range: ClosedRange<Int>) -> ValueSyntax {
        let bounds = "\(formatSize(range.lowerBound)) to \(formatSize(range.upperBound))"
        return ValueSyntax("SIZE", bounds: bounds, format: formatSize) { text, _ throws(WrongValue) in
            let (number, unit) = try split(text, example: "16KiB")
            let factor: Int
            switch unit {
            case "", "B": factor = 1
            case "KiB": factor = 1 << 10
            case "MiB": factor = 1 << 20
            default: throw WrongValue("\(quote(unit)) is no unit of size", cure: "write KiB or MiB, such as 16KiB")
            }
            let (bytes, overflow) = number.multipliedReportingOverflow(by: factor)
            guard !overflow, range.contains(bytes) else {
                throw WrongValue("\(text) is out of range", cure: "write a size from \(bounds)")
            }
            return bytes
        }
    }
}

extension ValueSyntax where Value == Duration {
    /// A whole number with ms, s, min, h or d.
    static func time(_ range: ClosedRange<Duration>) -> ValueSyntax {
        let bounds = "\(formatTime(range.lowerBound)) to \(formatTime(range.upperBound))"
        return ValueSyntax("TIME", bounds: bounds, format: formatTime) { text, _ throws(WrongValue) in
            let (number, unit) = try split(text, example: "20s")
            guard !unit.isEmpty else { throw WrongValue("the unit is missing", cure: "write \(number)s, for instance") }
            guard let milliseconds = timeUnits.first(where: { $0.name == unit })?.milliseconds else {
                throw WrongValue("\(quote(unit)) is no unit of time", cure: "write ms, s, min, h or d, such as 20s")
            }
            let (product, overflow) = number.multipliedReportingOverflow(by: milliseconds)
            guard !overflow, range.contains(.milliseconds(product)) else {
                throw WrongValue("\(text) is out of range", cure: "write a time from \(bounds)")
            }
            return .milliseconds(product)
        }
    }
}

extension ValueSyntax {
    /// One of a few words.
    static func choice(_ choices: [(word: String, value: Value)], _ format: @escaping @Sendable (Value) -> String)
        -> ValueSyntax
    {
        let words = choices.map(\.word)
        return ValueSyntax(words.joined(separator: "|"), format: format) { text, _ throws(WrongValue) in
            if let index = words.firstIndex(of: text) { return choices[index].value }
            let list = words.dropLast().joined(separator: ", ") + (words.count > 1 ? " or " : "") + (words.last ?? "")
            throw WrongValue(
                "\(quote(text)) is none of \(words.joined(separator: ", "))",
                cure: Suggestion.question(text, among: words) ?? "write \(list)")
        }
    }
}

extension ValueSyntax where Value == Bool {
    static let yesOrNo = choice([("yes", true), ("no", false)]) { $0 ? "yes" : "no" }
}

extension ValueSyntax where Value: RawRepresentable<String> & CaseIterable {
    /// One of the cases' raw values.
    static var word: ValueSyntax { choice(Value.allCases.map { ($0.rawValue, $0) }, { $0.rawValue }) }
}

private let timeUnits: [(name: String, milliseconds: Int)] = [
    ("ms", 1), ("s", 1_000), ("min", 60_000), ("h", 3_600_000), ("d", 86_400_000),
]

private func formatTime(_ time: Duration) -> String {
    let (seconds, attoseconds) = time.components
    let milliseconds = Int(seconds) * 1_000 + Int(attoseconds / 1_000_000_000_000_000)
    // One minute is written 60s, as the default of idle-time is.
    let unit = timeUnits.last { milliseconds % $0.milliseconds == 0 && milliseconds >= $0.milliseconds }
        .map { milliseconds == 60_000 ? timeUnits[1] : $0 }
    return "\(milliseconds / (unit?.milliseconds ?? 1))\(unit?.name ?? "ms")"
}

private func formatSize(_ bytes: Int) -> String {
    if bytes >= 1 << 20, bytes % (1 << 20) == 0 { return "\(bytes >> 20)MiB" }
    if bytes >= 1 << 10, bytes % (1 << 10) == 0 { return "\(bytes >> 10)KiB" }
    return "\(bytes)"
}

/// A whole number and the unit behind it, with or without a space between.
private func split(_ text: String, example: String) throws(WrongValue) -> (number: Int, unit: String) {
    let digits = text.prefix { $0.isASCII && $0.isNumber }
    guard !digits.isEmpty, let number = Int(digits) else {
        throw WrongValue("\(quote(text)) is no whole number with a unit", cure: "write \(example), for instance")
    }
    let rest = text.dropFirst(digits.count)
    return (number, String(rest.drop { $0 == " " }))
}

/// A value as an error message shows it: shortened, so that the line stays readable.
func quote(_ text: String) -> String {
    text.unicodeScalars.count > 60 ? "'\(text.prefix(57))...'" : "'\(text)'"
}
