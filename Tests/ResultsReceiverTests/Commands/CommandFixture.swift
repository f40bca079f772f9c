import Foundation
import Signature
import Testing

@testable import ResultsReceiver

/// Runs commands inside the test's process, with a folder of their own.
struct CommandFixture {
    struct Ended {
        var code: Int32
        var output: String
        var errors: String
    }

    let folder: TemporaryFolder
    var environment: [String: String] = [:]
    /// The registry that the environment names, kept as long as the fixture.
    var registry: RegistryFixture?

    init() throws { folder = try TemporaryFolder() }

    /// Writes a file of the folder and answers its path.
    @discardableResult
    func write(_ name: String, _ content: String) throws -> String {
        let path = folder.file(name)
        try Data(content.utf8).write(to: URL(fileURLWithPath: path))
        // Some are secrets.
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path)
        return path
    }

    func run(_ arguments: String..., input: String = "") async throws -> Ended {
        try await run(arguments, input: input)
    }

    func run(_ arguments: [String], input: String = "") async throws -> Ended {
        let file = try write("standard-input", input)
        let handle = try #require(FileHandle(forReadingAtPath: file))
        defer { try? handle.close() }
        let surroundings = Surroundings(
            secret: environment["RESULTS_RECEIVER_SECRET"].flatMap { Secret(Array($0.utf8)) },
            environment: environment, standardFile: folder.file("no-settings.conf"), output: OutputChannel(),
            errors: OutputChannel(),
            input: handle.fileDescriptor)
        let code = await Program.run(arguments, in: surroundings)
        return Ended(
            code: code.rawValue, output: surroundings.output.collected, errors: surroundings.errors.collected)
    }
}
