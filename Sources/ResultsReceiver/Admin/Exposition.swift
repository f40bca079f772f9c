import Metrics

/// Metrics as text: Prometheus' exposition format 0.0.4.
struct Exposition {
    private(set) var text = ""

    static let contentType = "text/plain; version=0.0.4; charset=utf-8"

    /// A metric with a value for each combination of labels, in the order of its definition. Without values, only its
    /// name and kind are told.
    mutating func add(_ metric: Metric, _ samples: [(labels: [String], value: Double)]) {
        begin(metric)
        for sample in samples { line(metric.name, Array(zip(metric.labels, sample.labels)), sample.value) }
    }

    mutating func add(_ metric: Metric, _ value: Double?) {
        add(metric, value.map { [([], $0)] } ?? [])
    }

    mutating func add(_ metric: Metric, _ histogram: HistogramReading) {
        begin(metric)
        for (bound, count) in histogram.buckets {
            line(metric.name + "_bucket", [("le", Self.number(bound))], Double(count))
        }
        line(metric.name + "_bucket", [("le", "+Inf")], Double(histogram.count))
        line(metric.name + "_sum", [], histogram.sum)
        line(metric.name + "_count", [], Double(histogram.count))
    }

    private mutating func begin(_ metric: Metric) {
        let help = metric.help.replacing("\\", with: "\\\\").replacing("\n", with: "\\n")
        text += "# HELP \(metric.name) \(help)\n# TYPE \(metric.name) \(metric.kind.rawValue)\n"
    }

    private mutating func line(_ name: String, _ labels: [(String, String)], _ value: Double) {
        text += name
        if !labels.isEmpty {
            text += "{\(labels.map { "\($0)=\"\(Self.escaped($1))\"" }.joined(separator: ","))}"
        }
        text += " \(Self.number(value))\n"
    }

    /// Of a label's value.
    private static func escaped(_ text: String) -> String {
        text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n")
    }

    /// A whole number without a point where it is exact.
    private static func number(_ value: Double) -> String {
        Int64(exactly: value).map { "\($0)" } ?? "\(value)"
    }
}
