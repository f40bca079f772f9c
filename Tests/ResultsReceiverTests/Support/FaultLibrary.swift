import Foundation
import Testing

/// The library of `Tests/Faults/faults.c`, which makes a program's writes and syncs fail, hang or kill it.
final class FaultLibrary: Sendable {
    private let folder: TemporaryFolder
    private let library: String
    private let control: String

    /// Compiles the library for this test.
    init() async throws {
        folder = try TemporaryFolder()
        library = try await Self.compile("faults.c", into: folder)
        control = folder.file("control")
    }

    /// Makes a library for LD_PRELOAD of a file in `Tests/Faults/`; its path.
    static func compile(_ name: String, into folder: TemporaryFolder) async throws -> String {
        let library = folder.file("\(name).so")
        let source = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "Faults/\(name)").path
        let ended = try await BuiltProgram.shell(
            "gcc -O1 -Wall -Wextra -Werror -shared -fPIC -o '\(library)' '\(source)' -ldl")
        try #require(ended.code == 0, "\(ended.errors)")
        return library
    }

    /// For a program whose database is called `results.db`; `killing` is a number of operations, or a number and `+`.
    func environment(killing: String? = nil) -> [String: String] {
        var variables = ["LD_PRELOAD": library, "FAULTS_PATH": "/results.db", "FAULTS_FILE": control]
        variables["FAULTS_KILL"] = killing
        return variables
    }

    /// From now on each write or sync fails as `fault` says: `ENOSPC`, `EIO`, `sync EIO`, `hang`.
    func begin(_ fault: String) throws {
        // Made whole under another name: the program never sees half of it.
        try Data(fault.utf8).write(to: URL(fileURLWithPath: control), options: .atomic)
    }

    func end() throws { try FileManager.default.removeItem(atPath: control) }
}
