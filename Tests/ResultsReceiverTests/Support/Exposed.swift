/// What a scraper makes of the text of `/metrics`: Prometheus' exposition format 0.0.4, read strictly.
struct Exposed {
    struct Malformed: Error, CustomStringConvertible {
        let description: String
    }

    struct Sample {
        let name: String
        let labels: [String: String]
        let value: Double
    }

    struct Family {
        let name: String
        let help: String
        let kind: String
        var samples: [Sample] = []
    }

    private(set) var families: [Family] = []

    /// Throws at the first thing that a scraper could stumble over.
    init(_ text: String) throws {
        guard text.hasSuffix("\n") else { throw Malformed(description: "the last line has no end") }
        var help: (name: String, text: String)?
        for line in text.dropLast().split(separator: "\n", omittingEmptySubsequences: false) {
            if let match = line.wholeMatch(of: #/# HELP ([a-zA-Z_:][a-zA-Z0-9_:]*) (.+)/#) {
                guard help == nil else { throw Malformed(description: "HELP without TYPE before: \(line)") }
                help = (String(match.1), String(match.2))
            } else if let match = line.wholeMatch(of: #/# TYPE ([a-zA-Z_:][a-zA-Z0-9_:]*) (counter|gauge|histogram)/#) {
                guard let known = help, known.name == match.1, !families.contains(where: { $0.name == known.name })
                else { throw Malformed(description: "TYPE out of place: \(line)") }
                families.append(Family(name: known.name, help: known.text, kind: String(match.2)))
                help = nil
            } else {
                let sample = try Self.sample(line)
                guard help == nil, let family = families.last, Self.belongs(sample, to: family) else {
                    throw Malformed(description: "a sample out of place: \(line)")
                }
                guard !family.samples.contains(where: { $0.name == sample.name && $0.labels == sample.labels }) else {
                    throw Malformed(description: "a sample twice: \(line)")
                }
                families[families.count - 1].samples.append(sample)
            }
        }
        for family in families where family.kind == "histogram" { try Self.check(histogram: family) }
    }

    /// Nil: there is no such sample.
    func value(_ name: String, _ labels: [String: String] = [:]) -> Double? {
        families.lazy.flatMap(\.samples).first { $0.name == name && $0.labels == labels }?.value
    }

    func family(_ name: String) -> Family? { families.first { $0.name == name } }

    /// The family of a name as it stands in a query, with the ending that a histogram's samples have.
    func family(ofSample name: String) -> Family? {
        families.first { $0.name == name && $0.kind != "histogram" }
            ?? families.first { family in
                family.kind == "histogram" && Self.endings.contains { family.name + $0 == name }
            }
    }

    private static let endings = ["_bucket", "_sum", "_count"]

    private static func belongs(_ sample: Sample, to family: Family) -> Bool {
        family.kind == "histogram"
            ? endings.contains { family.name + $0 == sample.name } : family.name == sample.name
    }

    private static func sample(_ line: Substring) throws -> Sample {
        guard let match = line.wholeMatch(of: #/([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? ([^ ]+)/#),
            let value = number(match.3)
        else { throw Malformed(description: "no sample: \(line)") }
        var labels: [String: String] = [:]
        var rest = match.2 ?? ""
        while !rest.isEmpty {
            guard let label = rest.prefixMatch(of: #/([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\[\\"n])*)"(?:,|$)/#)
            else {
                throw Malformed(description: "no label: \(line)")
            }
            guard labels.updateValue(unescaped(label.2), forKey: String(label.1)) == nil else {
                throw Malformed(description: "a label twice: \(line)")
            }
            rest = rest[label.range.upperBound...]
        }
        return Sample(name: String(match.1), labels: labels, value: value)
    }

    private static func number(_ text: Substring) -> Double? {
        switch text {
        case "+Inf": .infinity
        case "-Inf": -.infinity
        case "NaN": .nan
        default: text.first.map { $0.isNumber || $0 == "-" } == true ? Double(text) : nil
        }
    }

    private static func unescaped(_ text: Substring) -> String {
        String(text.replacing(#/\\(.)/#) { $0.1 == "n" ? "\n" : String($0.1) })
    }

    /// Buckets in order, none smaller than the one before, the last of them all there are.
    private static func check(histogram family: Family) throws {
        let buckets = family.samples.filter { $0.name == family.name + "_bucket" }
        let bounds = buckets.map { $0.labels["le"].flatMap { number($0[...]) } ?? .nan }
        let counts = buckets.map(\.value)
        let all = family.samples.first { $0.name == family.name + "_count" }?.value
        let sum = family.samples.first { $0.name == family.name + "_sum" }?.value
        let isRight =
            buckets.count > 2 && zip(bounds, bounds.dropFirst()).allSatisfy { $0 < $1 }
            && zip(counts, counts.dropFirst()).allSatisfy { $0 <= $1 } && bounds.last == .infinity
            && counts.last == all && sum.map { $0 >= 0 } == true
        guard isRight else { throw Malformed(description: "\(family.name) is no histogram") }
    }
}
