/// What a key is called, takes and means: the one definition from which the file is read, the environment and the
/// flags are understood, `config show` writes and the documentation is made.
package struct KeyDefinition<Target: Sendable>: Sendable {
    package let name: String
    /// Stands for the value in texts: `SIZE`, `reject|acknowledge`.
    package let placeholder: String
    /// Between what the value must lie, `1 to 64`; nil where that is no question.
    package let bounds: String?
    package let isList: Bool
    /// A sentence or two without a full stop at the end.
    package let summary: String
    /// What holds where nobody gives a value, in words or as it would be written.
    package let standard: String
    /// Whether a change takes effect at the next start only, and not at a reload.
    package var needsRestart = false
    /// What flags and the environment, which do not name the section, call it where `name` would be another section's.
    package var alias: String?

    /// Takes the items over. Nothing is changed when it throws; the index says which item is wrong.
    let assign: @Sendable (inout Target, [String], Origin, ValueContext) throws(WrongItem) -> Void
    /// The value as a file would have it, and its origin; nil when there is none to show.
    let show: @Sendable (Target) -> (text: String, origin: Origin)?

    /// What flags and the environment call it; no other key is called so.
    package var publicName: String { alias ?? name }
    /// The variable of the environment: `RESULTS_RECEIVER_` and the public name in capitals.
    package var variable: String { SettingsTable.variable(publicName) }
}

struct WrongItem: Error {
    var index: Int
    var wrong: WrongValue
}

extension KeyDefinition {
    /// A key with exactly one value.
    static func one<Value>(
        _ name: String, _ path: any WritableKeyPath<Target, Sourced<Value>> & Sendable, _ syntax: ValueSyntax<Value>,
        standard: String, needsRestart: Bool = false, _ summary: String
    ) -> KeyDefinition {
        KeyDefinition(
            name: name, placeholder: syntax.placeholder, bounds: syntax.bounds, isList: false, summary: summary,
            standard: standard, needsRestart: needsRestart,
            assign: { target, items, origin, context throws(WrongItem) in
                target[keyPath: path] = Sourced(try parse(items[0], 0, syntax, context), origin: origin)
            },
            show: { target in
                let sourced = target[keyPath: path]
                return (quoted(syntax.format(sourced.value), inList: false), sourced.origin)
            })
    }

    /// A key with values between commas, none of them twice but what `mayRepeat` is true of.
    static func list<Value: Equatable>(
        _ name: String, _ path: any WritableKeyPath<Target, Sourced<[Value]>> & Sendable, _ syntax: ValueSyntax<Value>,
        mayBeEmpty: Bool = false, mayRepeat: @escaping @Sendable (Value) -> Bool = { _ in false }, standard: String,
        needsRestart: Bool = false, _ summary: String
    ) -> KeyDefinition {
        KeyDefinition(
            name: name, placeholder: syntax.placeholder, bounds: syntax.bounds, isList: true, summary: summary,
            standard: standard, needsRestart: needsRestart,
            assign: { target, items, origin, context throws(WrongItem) in
                var values: [Value] = []
                for (index, item) in items.enumerated() {
                    let value = try parse(item, index, syntax, context)
                    guard !values.contains(value) || mayRepeat(value) else {
                        throw WrongItem(index: index, wrong: WrongValue("\(quote(item)) is given twice"))
                    }
                    values.append(value)
                }
                guard mayBeEmpty || !values.isEmpty else {
                    throw WrongItem(index: 0, wrong: WrongValue("the value is missing"))
                }
                target[keyPath: path] = Sourced(values, origin: origin)
            },
            show: { target in
                let sourced = target[keyPath: path]
                let items = sourced.value.map { quoted(syntax.format($0), inList: true) }
                return (items.joined(separator: ", "), sourced.origin)
            })
    }

    func known(as alias: String) -> KeyDefinition {
        var key = self
        key.alias = alias
        return key
    }

    static func parse<Value>(
        _ text: String, _ index: Int, _ syntax: ValueSyntax<Value>, _ context: ValueContext
    ) throws(WrongItem) -> Value {
        do throws(WrongValue) {
            return try syntax.parse(text, context)
        } catch {
            throw WrongItem(index: index, wrong: error)
        }
    }

    /// In double quotes where the reader would otherwise take it for something else.
    static func quoted(_ text: String, inList: Bool) -> String {
        let scalars = Array(text.unicodeScalars)
        let hasComment = zip(scalars, scalars.dropFirst()).contains { $0.isBlank && $1.startsComment }
        let hasEdge = scalars.first?.isBlank ?? false || scalars.last?.isBlank ?? false
        let startsOddly = scalars.first.map { $0 == "\"" || $0.startsComment } ?? false
        guard hasComment || hasEdge || startsOddly || (inList && scalars.contains(",")) else { return text }
        return "\"\(text.replacing("\"", with: "\"\""))\""
    }
}
