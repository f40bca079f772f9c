import Foundation
import Testing

/// The inputs that are kept, without the fuzzer: those it begins with, and those it once found.
@Suite struct FuzzInputTests {
    private static let project = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../..")
        .standardizedFileURL

    private static var targets: [(name: String, type: any FuzzTarget.Type)] {
        [
            ("request", RequestFuzz.self), ("pieces", PiecesFuzz.self), ("fields", FieldsFuzz.self),
            ("message", MessageFuzz.self), ("foreign", ForeignFuzz.self), ("csv", CSVFuzz.self),
            ("enrolments", EnrolmentsFuzz.self), ("settings", SettingsFuzz.self),
        ]
    }

    /// A target for which nothing was found yet has no folder of what was found: Git keeps no empty ones.
    private static func files(_ folder: String) throws -> [URL] {
        let folder = project.appending(path: folder)
        guard FileManager.default.fileExists(atPath: folder.path) else { return [] }
        return try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
            .filter { !$0.hasDirectoryPath }.sorted { $0.path < $1.path }
    }

    private static func folders(of target: String) -> [String] {
        let own = ["Tests/Fuzz/Corpus/\(target)", "Tests/Fuzz/Regressions/\(target)"]
        return switch target {
        case "message", "enrolments": own + ["Resources/samples"]
        case "foreign": own + ["Resources/samples/foreign"]
        default: own
        }
    }

    @Test(arguments: targets.map(\.name))
    func whatMustHoldForEveryInputHoldsForThoseThatAreKept(name: String) throws {
        var target = try #require(Self.targets.first { $0.name == name }).type.init()
        var count = 0
        for file in try Self.folders(of: name).flatMap(Self.files) {
            let input = try Array(Data(contentsOf: file))
            #expect(throws: Never.self, "\(file.path)") { try target.run(input) }
            count += 1
        }
        #expect(count >= 5, "the inputs are gone")
    }

    @Test func theScriptRunsTheTargetsThatTheTestsRun() throws {
        let script = try String(contentsOf: Self.project.appending(path: "scripts/fuzz"), encoding: .utf8)
        let table = try #require(script.split(separator: "targets=\"").dropFirst().first?.split(separator: "\"").first)
        let rows = table.split(separator: "\n").map { $0.split(separator: " ").prefix(2).joined(separator: " ") }
        #expect(rows == Self.targets.map { "\($0.name) \($0.type)" })
    }
}
