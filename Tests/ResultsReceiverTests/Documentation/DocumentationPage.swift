import Foundation
import Testing

/// A page of `docs/`, with the marks by which tests find its parts.
struct DocumentationPage {
    struct NoSuchPart: Error, CustomStringConvertible {
        let description: String
    }

    /// The folder of the repository.
    static let repository = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "../../..").standardizedFileURL

    let name: String
    private(set) var text: String
    private let url: URL

    init(_ name: String) throws {
        self.name = name
        url = Self.repository.appending(path: "docs/\(name)")
        text = try String(contentsOf: url, encoding: .utf8)
    }

    /// Compares what stands between `<!-- generated: NAME … -->` and `<!-- end -->` with what the code says. Where
    /// UPDATE_DOCS is set, the page is changed instead.
    mutating func expectGenerated(_ mark: String, is rendered: String) throws {
        let range = try generatedRange(mark)
        let wanted = "\n\n\(rendered.trimmingCharacters(in: .newlines))\n\n"
        guard text[range] != wanted else { return }
        if ProcessInfo.processInfo.environment["UPDATE_DOCS"] != nil {
            text.replaceSubrange(range, with: wanted)
            try text.write(to: url, atomically: true, encoding: .utf8)
            return
        }
        let difference = zip(lines(text[range]) + ["(the end)"], lines(wanted) + ["(the end)"]).first { $0 != $1 }
        Issue.record(
            """
            docs/\(name): the part '\(mark)' is not what the code says. It has:
            \(difference?.0 ?? "")
            instead of:
            \(difference?.1 ?? "")
            UPDATE_DOCS=1 swift test --filter DocumentationTests mends it.
            """)
    }

    private func generatedRange(_ mark: String) throws -> Range<String.Index> {
        guard let opening = text.firstRange(of: "<!-- generated: \(mark) "),
            let start = text[opening.upperBound...].firstRange(of: "-->"),
            let end = text[start.upperBound...].firstRange(of: "<!-- end -->")
        else { throw NoSuchPart(description: "docs/\(name) has no part <!-- generated: \(mark) … --> … <!-- end -->") }
        return start.upperBound..<end.lowerBound
    }

    private func lines(_ text: some StringProtocol) -> [String] {
        String(text).split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    }

    /// The rows of the table whose first header cell is `header`: all such tables of the page, one after the other.
    func rows(under header: String) -> [[String]] {
        var rows: [[String]] = []
        var isInside = false
        for line in lines(text) {
            guard line.hasPrefix("|") else {
                isInside = false
                continue
            }
            let cells = Self.cells(of: line)
            if cells.first == header {
                isInside = true
            } else if isInside, !line.hasPrefix("|---") {
                rows.append(cells)
            }
        }
        return rows
    }

    /// Between the bars, save those behind a backslash.
    private static func cells(of line: String) -> [String] {
        line.replacing("\\|", with: "\u{0}").split(separator: "|", omittingEmptySubsequences: false)
            .dropFirst().dropLast()
            .map { $0.replacing("\u{0}", with: "|").trimmingCharacters(in: .whitespaces) }
    }
}
