import Foundation
import Testing

@testable import Admin

/// The page, the alert rules and the dashboard speak of the metrics that the program shows, and of no others.
@Suite(.timeLimit(.minutes(5)))
struct MonitoringPageTests {
    private static func file(_ name: String) throws -> String {
        let url = DocumentationPage.repository.appending(path: "Resources/monitoring/\(name)")
        return try String(contentsOf: url, encoding: .utf8)
    }

    private static let rules = "results-receiver.rules.yml"
    private static let dashboard = "results-receiver.dashboard.json"

    @Test func theMetricsOfThePageAreThoseOfTheProgram() throws {
        var page = try DocumentationPage("MONITORING.md")
        let rows = MetricTable.all.map { metric in
            [
                "`\(metric.name)`", metric.kind.rawValue, metric.labels.map { "`\($0)`" }.joined(separator: ", "),
                metric.help, metric.worry,
            ]
        }
        try page.expectGenerated(
            "metrics", is: ReferenceText.table(["metric", "type", "labels", "meaning", "look into it when"], rows))
    }

    @Test func theAlertsOfThePageAreThoseOfTheRules() throws {
        let page = try DocumentationPage("MONITORING.md")
        let alerts = try AlertRules(Self.file(Self.rules)).rules.map(\.alert)
        #expect(alerts.count > 10)
        #expect(page.rows(under: "alert").map { $0[0] } == alerts.map { "`\($0)`" })
    }

    @Test func theRulesAskForNothingThatTheProgramDoesNotShow() async throws {
        let rules = try AlertRules(Self.file(Self.rules)).rules
        #expect(Set(rules.map(\.alert)).count == rules.count)
        for rule in rules {
            #expect(["critical", "warning"].contains(rule.severity), "\(rule.alert)")
            #expect(!rule.summary.isEmpty, "\(rule.alert)")
        }
        try await expectShown(rules.map(\.expression), beside: ["up"])
    }

    @Test func theDashboardAsksForNothingThatTheProgramDoesNotShow() async throws {
        let object = try JSONSerialization.jsonObject(with: Data(Self.file(Self.dashboard).utf8))
        let expressions = Self.expressions(object)
        #expect(expressions.count > 15)
        try await expectShown(expressions, beside: [])
        let panels = try #require((object as? [String: Any])?["panels"] as? [[String: Any]])
        #expect(Set(panels.compactMap { $0["id"] as? Int }).count == panels.count)
    }

    /// Every metric of the program is on the dashboard: one that nobody looks at need not be there.
    @Test func theDashboardShowsEveryMetric() throws {
        let text = try Self.file(Self.dashboard)
        // The start shows as a gap; it is there for the alert.
        for metric in MetricTable.all where metric.name != "process_start_time_seconds" {
            #expect(text.contains(metric.name), "\(metric.name)")
        }
    }

    /// Compares the names and labels of queries with the real output of the built program.
    private func expectShown(_ expressions: [String], beside others: Set<String>) async throws {
        let server = try await RunningServer.start(arguments: ["--admin", "127.0.0.1:0"])
        let exposed = try server.metrics()
        for expression in expressions {
            let names = expression.matches(of: #/\b(?:results_receiver|process)_\w+|\bup\b/#)
            #expect(!names.isEmpty, "\(expression)")
            for match in names {
                let name = String(match.output)
                guard !others.contains(name) else { continue }
                let family = try #require(exposed.family(ofSample: name), "\(name) in \(expression)")
                let rest = expression[match.range.upperBound...]
                guard let selector = rest.prefixMatch(of: #/\{([^}]*)\}/#) else { continue }
                for label in selector.1.matches(of: #/(\w+)(?:=~|!~|!=|=)"([^"]*)"/#) {
                    let key = String(label.1)
                    if ["job", "instance", "le"].contains(key) { continue }
                    let values = Set(family.samples.compactMap { $0.labels[key] })
                    #expect(!values.isEmpty, "\(key) in \(expression)")
                    let alternatives = label.2.split(separator: "|").map(String.init)
                    for value in alternatives { #expect(values.contains(value), "\(value) in \(expression)") }
                }
            }
        }
    }

    /// Every `expr` and every query of a variable, at any depth.
    private static func expressions(_ object: Any) -> [String] {
        if let list = object as? [Any] { return list.flatMap(expressions) }
        guard let fields = object as? [String: Any] else { return [] }
        return fields.flatMap { key, value -> [String] in
            if let text = value as? String, key == "expr" { return [text] }
            if let text = value as? String, key == "query", text.hasPrefix("label_values(") { return [text] }
            return expressions(value)
        }
    }
}

/// The rules file, which keeps to a small part of YAML so that its reading here is honest: a line that is none of a few
/// shapes is an error.
private struct AlertRules {
    struct Rule {
        var alert: String
        var expression = ""
        var severity = ""
        var summary = ""
    }

    struct Malformed: Error {
        let line: Substring
    }

    private(set) var rules: [Rule] = []

    init(_ text: String) throws {
        let start = ["groups:", "  - name: results-receiver", "    rules:"]
        let lines = text.split(separator: "\n").filter { !$0.hasPrefix("#") }
        guard lines.prefix(3).map(String.init) == start else { throw Malformed(line: lines.first ?? "") }
        for line in lines.dropFirst(3) {
            if let match = line.wholeMatch(of: #/      - alert: (\w+)/#) {
                rules.append(Rule(alert: String(match.1)))
                continue
            }
            guard !rules.isEmpty else { throw Malformed(line: line) }
            let last = rules.count - 1
            if let match = line.wholeMatch(of: #/        expr: (\S.*)/#) {
                // Plain scalars end at these.
                guard !match.1.contains(": "), !match.1.contains(" #") else { throw Malformed(line: line) }
                rules[last].expression = String(match.1)
            } else if let match = line.wholeMatch(of: #/          severity: (\w+)/#) {
                rules[last].severity = String(match.1)
            } else if let match = line.wholeMatch(of: #/          summary: "([^"\\]+)"/#) {
                rules[last].summary = String(match.1)
            } else if line.wholeMatch(of: #/        (?:for: \d+[mhd]|labels:|annotations:)/#) == nil {
                throw Malformed(line: line)
            }
        }
    }
}
