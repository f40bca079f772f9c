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

    /// The rows of the script's table: target, type, longest input, rooms.
    private static func rows() throws -> [[String]] {
        let script = try String(contentsOf: project.appending(path: "scripts/fuzz"), encoding: .utf8)
        let table = try #require(script.split(separator: "targets=\"").dropFirst().first?.split(separator: "\"").first)
        return table.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
    }

    @Test func theScriptRunsTheTargetsThatTheTestsRun() throws {
        #expect(try Self.rows().map { $0.prefix(2) } == Self.targets.map { [$0.name, "\($0.type)"] })
    }

    @Test func theScriptBuildsEveryRoomThatARoomKnowsBeforeIt() throws {
        let package = try String(contentsOf: Self.project.appending(path: "Package.swift"), encoding: .utf8)
        var known: [String: [String]] = [:]
        for room in package.matches(of: #/room\("(\w+)"(?:, knows: \[([^\]]*)\])?/#) {
            let names = (room.2 ?? "").matches(of: #/"(\w+)"/#).map { String($0.1) }
            known[String(room.1)] = names
        }
        for row in try Self.rows() {
            var built: Set<String> = []
            for room in row.dropFirst(3) {
                let needed = try #require(known[room], "\(row[0]) names \(room)").filter { known[$0] != nil }
                #expect(built.isSuperset(of: needed), "\(row[0]): \(room) knows \(needed)")
                built.insert(room)
            }
        }
    }
}
