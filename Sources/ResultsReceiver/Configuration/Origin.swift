/// A place in a settings file. Line and column count from 1; a column is a Unicode scalar.
package struct Place: Sendable, Equatable, CustomStringConvertible {
    package var file: String
    package var line: Int
    package var column: Int

    package init(file: String, line: Int, column: Int) {
        self.file = file
        self.line = line
        self.column = column
    }

    package var description: String { "\(file):\(line):\(column)" }
}

/// Where the value of a setting comes from. Flags beat the environment, the environment beats the file.
package enum Origin: Sendable, Equatable, CustomStringConvertible {
    /// Nobody gave one.
    case standard
    case file(Place)
    /// The variable's name.
    case environment(String)
    /// The flag with its dashes.
    case flag(String)

    package var description: String {
        switch self {
        case .standard: "default"
        case .file(let place): "\(place)"
        case .environment(let name): "environment \(name)"
        case .flag(let name): "flag \(name)"
        }
    }
}

/// A value that knows where it comes from.
package struct Sourced<Value: Sendable>: Sendable {
    package var value: Value
    package var origin: Origin

    package init(_ value: Value, origin: Origin = .standard) {
        self.value = value
        self.origin = origin
    }
}

extension Sourced: Equatable where Value: Equatable {}
