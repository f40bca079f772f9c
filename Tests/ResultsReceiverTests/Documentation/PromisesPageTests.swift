import Foundation
import Samples
import Testing

/// The page of promises names tests that exist.
@Suite struct PromisesPageTests {
    /// The pages with tables of promises, and the heading of their first column.
    static let pages = [("PROMISES.md", "what is promised"), ("SECURITY.md", "what is defended")]

    @Test(arguments: pages) func everyPromiseNamesATest(page: String, heading: String) throws {
        let rows = try DocumentationPage(page).rows(under: heading)
        #expect(rows.count > 10)
        for row in rows {
            #expect(row.count == (page == "SECURITY.md" ? 3 : 2) && !row[0].isEmpty, "\(row)")
            #expect(row.last?.contains(Self.name) == true, "\(row)")
        }
    }

    @Test(arguments: pages) func everyNamedTestExists(page: String, heading: String) throws {
        let existing = try Self.tests()
        #expect(existing.contains("PromisesPageTests.everyNamedTestExists"))
        for row in try DocumentationPage(page).rows(under: heading) {
            for match in (row.last ?? "").matches(of: Self.name) {
                // Asked outside of #expect, which would print all of them.
                let isThere = existing.contains(String(match.test))
                #expect(isThere, "\(match.test), shown for: \(row[0])")
            }
        }
    }

    @Test func whatNoSampleShowsIsShownByASuiteThatExists() throws {
        let suites = try Set(Self.tests().map { $0.prefix { $0 != "." } })
        for reason in try SampleBook().elsewhere { #expect(suites.contains(reason.test[...]), "\(reason.test)") }
    }

    @Test func theTableOfMutantsHasEachWithItsFaultAndATestThatExists() throws {
        let folder = DocumentationPage.repository.appending(path: "Tests/Mutants")
        let patches = try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { $0.hasSuffix(".patch") }
        let faults = try patches.sorted().map { patch in
            let text = try String(contentsOf: folder.appending(path: patch), encoding: .utf8)
            let fault = try #require(text.split(separator: "\n").first?.trimmingPrefix("Fault: "))
            return ["`\(patch.dropLast(6))`", String(fault)]
        }
        let rows = try DocumentationPage("TESTING.md").rows(under: "mutant")
        #expect(rows.map { Array($0.prefix(2)) } == faults)
        let names = try Set(Self.tests().map { $0.drop { $0 != "." }.dropFirst() })
        for row in rows {
            guard let test = row.last?.firstMatch(of: #/`(\w+)`/#)?.1 else { continue }
            let isThere = names.contains(test)
            #expect(isThere, "\(test), by which \(row[0]) is noticed")
        }
    }

    private static var name: Regex<(Substring, test: Substring)> { #/`(?<test>\w+\.\w+)`/# }

    /// Every test function below this folder, as `Suite.test`.
    private static func tests() throws -> Set<String> {
        let folder = DocumentationPage.repository.appending(path: "Tests/ResultsReceiverTests")
        let files = try #require(FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil))
        // A type at the margin, the mark of a test, a function.
        let word = #/(?m)^(?=[@\w])[^/\n]*?\b(?:struct|class) (?<suite>\w+)|(?<mark>@Test\b)|\bfunc (?<function>\w+)/#
        var found: Set<String> = []
        for case let file as URL in files where file.pathExtension == "swift" {
            var suite = ""
            var isMarked = false
            for match in try String(contentsOf: file, encoding: .utf8).matches(of: word) {
                if let name = match.suite {
                    suite = String(name)
                } else if match.mark != nil {
                    isMarked = true
                } else if let function = match.function, isMarked {
                    found.insert("\(suite).\(function)")
                    isMarked = false
                }
            }
        }
        return found
    }
}
