import Configuration
import Foundation
import HTTP
import Receiver
import Testing

@testable import ResultsReceiver

/// The pages of `docs/` say what the code says. `UPDATE_DOCS=1 swift test --filter DocumentationTests` writes the parts
/// of them that are made from the code.
@Suite struct DocumentationTests {
    @Test func theCommandsAreThoseOfTheProgram() throws {
        var page = try DocumentationPage("COMMANDS.md")
        try page.expectGenerated("exit codes", is: ReferenceText.exitCodes)
        try page.expectGenerated("commands", is: ReferenceText.commands)
    }

    @Test func theSettingsAreThoseOfTheProgram() throws {
        var page = try DocumentationPage("SETTINGS.md")
        try page.expectGenerated("settings", is: ReferenceText.settings)
    }

    @Test(arguments: [
        "../README.md", "ARCHITECTURE.md", "SETTINGS.md", "COMMANDS.md", "MESSAGES.md", "ANSWERS.md", "PROMISES.md",
        "MISSING-RESULTS.md", "MONITORING.md", "OPERATING.md", "TESTING.md", "SECURITY.md",
    ])
    func everyLinkLeadsSomewhere(page name: String) throws {
        let docs = DocumentationPage.repository.appending(path: "docs")
        let page = try DocumentationPage(name)
        let folder = docs.appending(path: name).standardizedFileURL.deletingLastPathComponent()
        for link in page.text.matches(of: #/\]\((?<file>[^)#:]+)(?:#(?<anchor>[^)]+))?\)/#) {
            let target = folder.appending(path: String(link.file)).standardizedFileURL
            #expect(FileManager.default.fileExists(atPath: target.path()), "\(link.file)")
            guard let anchor = link.anchor else { continue }
            let headings = try String(contentsOf: target, encoding: .utf8).matches(of: #/\n#+ (.+)/#)
                .map { $0.1.lowercased().replacing(" ", with: "-") }
            #expect(headings.contains(String(anchor)), "\(link.file)#\(anchor)")
        }
    }

    @Test func theAnswersAreThoseOfTheProgram() throws {
        var page = try DocumentationPage("ANSWERS.md")
        try page.expectGenerated("status table", is: ReferenceText.statusTable)
        try page.expectGenerated("descriptions", is: ReferenceText.descriptions)
    }

    @Test func everyReasonIsExplainedOnceUnderItsCode() throws {
        let page = try DocumentationPage("ANSWERS.md")
        let sections = page.text.split(separator: #/\n#+ /#).dropFirst()
        var explained: [String] = []
        for section in sections {
            guard let code = Int(section.prefix(3)) else { continue }
            for row in section.matches(of: #/\n\| `(?<reason>[a-z-]+)` \|/#) {
                let reason = try #require(Reason(rawValue: String(row.reason)), "\(row.reason)")
                #expect(reason.status.code == code, "\(reason)")
                explained.append(reason.rawValue)
            }
        }
        #expect(explained.sorted() == Reason.allCases.map(\.rawValue).sorted())
        for row in page.rows(under: "reason") { #expect(row.count == 4 && !row.contains(""), "\(row)") }
    }

    @Test func everyReasonHasItsPlaceInTheOrderOfTheChecks() throws {
        let page = try DocumentationPage("ANSWERS.md")
        let cells = page.rows(under: "order").compactMap(\.last).joined()
        for reason in Reason.allCases where reason != .internal && reason != .redelivered {
            #expect(cells.contains("`\(reason.rawValue)`"), "\(reason)")
        }
    }

    @Test func theFieldsOfAnAnswerStandInTheirOrder() throws {
        let page = try DocumentationPage("ANSWERS.md")
        let answer = Answer(reason: .registered, language: .en, message: "m", reference: "r").content(as: .json)
        let names = String(decoding: answer, as: UTF8.self).matches(of: #/[{,]"(\w+)":/#).map { "`\($0.1)`" }
        #expect(page.rows(under: "field").prefix(names.count).map { $0[0] } == names)
    }

    @Test func everyLineOfTheLogIsExplained() throws {
        let page = try DocumentationPage("ANSWERS.md")
        let table = page.rows(under: "message").map { $0[0] }.joined(separator: "\n")
        let call = #/(?:\.log|LogLine)\w*\([^"]*(?:"[^"]*", )?\.(?:info|warning|error), "(?<start>[^"\\]+)/#
        var found: Set<String> = []
        let sources = DocumentationPage.repository.appending(path: "Sources/ResultsReceiver")
        let files = try #require(FileManager.default.enumerator(at: sources, includingPropertiesForKeys: nil))
        for case let file as URL in files where file.pathExtension == "swift" {
            for match in try String(contentsOf: file, encoding: .utf8).matches(of: call) {
                found.insert(String(match.start))
            }
        }
        #expect(found.count > 10)
        for start in found { #expect(table.contains("`\(start)"), "\(start)") }
    }

    @Test func everyFieldOfADeliverysLineIsExplained() throws {
        let page = try DocumentationPage("ANSWERS.md")
        let example = try #require(page.text.firstMatch(of: #/\n\{"time":.*\}\n/#)).output
        let cells = page.rows(under: "field").map { $0[0] }.joined()
        for match in example.matches(of: #/[{,]"(\w+)":/#) { #expect(cells.contains("`\(match.1)`"), "\(match.1)") }
    }
}

/// What the pages tell to type works as they tell it.
@Suite struct DocumentedExampleTests {
    @Test func anOperatorCanConfigureTwoSchoolsFromTheSettingsPage() async throws {
        try await DocumentedExample("two-schools", in: DocumentationPage("SETTINGS.md")).run()
    }

    @Test func aClientCanBeWrittenFromTheMessagesPage() async throws {
        try await DocumentedExample("first-client", in: DocumentationPage("MESSAGES.md")).run()
    }

    @Test func theAnswersPageShowsRealAnswers() async throws {
        try await DocumentedExample("answers", in: DocumentationPage("ANSWERS.md")).run()
    }

    @Test func theExampleOfTheFilesSyntaxIsRight() async throws {
        try await DocumentedExample("syntax", in: DocumentationPage("SETTINGS.md")).run()
    }

    @Test func anotherSchemaCanBeTriedFromTheMessagesPage() async throws {
        try await DocumentedExample("foreign", in: DocumentationPage("MESSAGES.md")).run()
    }

    @Test func aMissingResultIsFoundAndCuredAsThePageSays() async throws {
        try await DocumentedExample("missing", in: DocumentationPage("MISSING-RESULTS.md")).run()
    }

    @Test func theCommandsPageShowsADayOfAnOperator() async throws {
        try await DocumentedExample("a-day", in: DocumentationPage("COMMANDS.md")).run()
    }
}
