import Foundation
import Testing

/// A worked example of a page, run as it is written there: in a folder of its own, with the built program on PATH.
///
/// The steps stand in the page in the order of their doing, each a code block behind a comment: `<!-- try NAME -->` runs
/// shell lines that must succeed, `<!-- try NAME, exit 65 -->` ones that must end so, `<!-- try NAME, needs curl -->` ones that
/// are left out on a machine without it; a block of `text` that follows
/// directly is what they print, where `…` stands for anything. `<!-- save NAME, FILE -->` writes a file, `<!-- serve
/// NAME -->` starts the server of the one line in it. `$SOURCE` is the repository. The port 8085 of the pages becomes a
/// free one.
struct DocumentedExample {
    private static let documentedAddress = "127.0.0.1:8085"

    private enum Kind { case shell(exit: Int32, needs: [String]), file(String), server }

    private struct Step {
        var kind: Kind
        var block: String
        var output: [String]?
    }

    let name: String
    private let steps: [Step]

    init(_ name: String, in page: DocumentationPage) throws {
        self.name = name
        let pattern =
            #/<!-- (?<verb>try|save|serve) (?<name>[a-z-]+)(?:, (?<more>[^>]*?))? -->\s*```[a-z]*\n(?<block>.*?)\n```(?:\s*```text\n(?<printed>.*?)\n```)?/#
            .dotMatchesNewlines()
        steps = try page.text.matches(of: pattern).filter { $0.name == name }.map { match in
            let more = match.more.map(String.init) ?? ""
            let kind: Kind =
                switch match.verb {
                case "save": .file(more)
                case "serve": .server
                default: try Self.shell(more)
                }
            return Step(
                kind: kind, block: String(match.block),
                output: match.printed?.split(separator: "\n", omittingEmptySubsequences: false).map(String.init))
        }
        try #require(!steps.isEmpty, "docs/\(page.name) has no steps of \(name)")
    }

    /// Of `exit 65, needs curl openssl`.
    private static func shell(_ more: String) throws -> Kind {
        var code: Int32 = 0
        var tools: [String] = []
        for part in more.split(separator: ", ") {
            let words = part.split(separator: " ").map(String.init)
            switch words.first {
            case "exit": code = try #require(Int32(words[1]))
            case "needs": tools = Array(words.dropFirst())
            default: Issue.record("'\(part)' is neither 'exit' nor 'needs'")
            }
        }
        return .shell(exit: code, needs: tools)
    }

    private static func isThere(_ tool: String) -> Bool {
        (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
            .contains { FileManager.default.isExecutableFile(atPath: "\($0)/\(tool)") }
    }

    /// Runs the steps; says of each what was not as the page has it.
    func run() async throws {
        let folder = try TemporaryFolder()
        var server: RunningServer?
        for step in steps {
            let address = server.map { "\($0.address)" } ?? "127.0.0.1:0"
            let block = step.block.replacing(Self.documentedAddress, with: address)
            switch step.kind {
            case .file(let name):
                try Data((block + "\n").utf8).write(to: URL(filePath: folder.file(name)))
            case .server:
                let words = block.split(separator: " ").map(String.init)
                try #require(words.starts(with: ["results-receiver", "serve"]), "\(block)")
                server = try await RunningServer.start(
                    folder: folder, arguments: Array(words.dropFirst(2)), secret: nil)
            case .shell(let code, let tools):
                guard tools.allSatisfy(Self.isThere) else { continue }
                let ended = try await BuiltProgram.shell(
                    "PATH=\"$(dirname \"$PROGRAM\"):$PATH\"; \(block)",
                    environment: ["SOURCE": DocumentationPage.repository.path(), "LC_ALL": "C.UTF-8"],
                    folder: folder.path)
                #expect(ended.code == code, "\(block)\n\(ended.output)\(ended.errors)")
                if let output = step.output {
                    compare(ended.output.replacing(address, with: Self.documentedAddress), with: output, of: block)
                }
            }
        }
        // Keeps the server until the last step is done.
        withExtendedLifetime(server) {}
    }

    private func compare(_ output: String, with documented: [String], of block: String) {
        let text = output.replacing("\r\n", with: "\n").trimmingCharacters(in: .newlines)
        var rest = text[...]
        for piece in documented.joined(separator: "\n").split(separator: "…") {
            guard let found = rest.firstRange(of: piece) else {
                Issue.record("\(block)\ndid not print:\n\(piece)\nbut:\n\(text)")
                return
            }
            rest = rest[found.upperBound...]
        }
    }
}
