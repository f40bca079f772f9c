/// What the program shows of itself under one name: the one definition from which the exposition, the documentation and
/// the tests are made.
package struct Metric: Sendable {
    /// As Prometheus writes it.
    package enum Kind: String, Sendable {
        case counter
        case gauge
        case histogram
    }

    package let name: String
    package let kind: Kind
    package let labels: [String]
    /// One sentence, without a full stop.
    package let help: String
    /// When an operator should look into it; a sentence or two without a full stop at the end.
    package let worry: String

    init(_ name: String, _ kind: Kind, labels: [String] = [], _ help: String, worry: String) {
        self.name = name
        self.kind = kind
        self.labels = labels
        self.help = help
        self.worry = worry
    }
}
