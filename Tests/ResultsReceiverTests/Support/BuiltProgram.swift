import Foundation
import Testing

/// The program as it was built beside the tests, run as a process of its own.
enum BuiltProgram {
    struct Ended: Sendable {
        var code: Int32
        var output: String
        var errors: String
    }

    /// The path of the binary.
    static let path =
        URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
        .appending(path: "results-receiver").path

    /// What every process of a test inherits: where commands are, and how a sanitizer's build behaves.
    static let inherited = ProcessInfo.processInfo.environment.filter {
        ["PATH", "TSAN_OPTIONS", "ASAN_OPTIONS", "LSAN_OPTIONS", "SWIFT_BACKTRACE"].contains($0.key)
    }

    /// Runs the program to its end. It inherits nothing of the environment but what is named here and `inherited`.
    ///
    /// Where it may go on for ever, as a server that should not have started, `limit` seconds kill it: code 137.
    static func run(
        _ arguments: [String], environment: [String: String] = [:], input: String = "", folder: String? = nil,
        limit: Int? = nil
    ) async throws -> Ended {
        if let limit {
            return try await run(
                "/usr/bin/timeout", ["-s", "KILL", "\(limit)", path] + arguments, environment: environment,
                input: input, folder: folder)
        }
        return try await run(path, arguments, environment: environment, input: input, folder: folder)
    }

    /// Runs a line of a shell, in which `$PROGRAM` is the binary.
    static func shell(
        _ line: String, environment: [String: String] = [:], folder: String? = nil
    ) async throws -> Ended {
        try await run("/bin/sh", ["-c", line], environment: environment, input: "", folder: folder)
    }

    private static func run(
        _ program: String, _ arguments: [String], environment: [String: String], input: String, folder: String?
    ) async throws -> Ended {
        let temporary = try TemporaryFolder()
        func handle(_ name: String, _ content: String) throws -> FileHandle {
            try Data(content.utf8).write(to: URL(fileURLWithPath: temporary.file(name)))
            return try #require(FileHandle(forUpdatingAtPath: temporary.file(name)))
        }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = arguments
        var variables = environment
        variables.merge(inherited) { given, _ in given }
        variables["PROGRAM"] = path
        process.environment = variables
        if let folder { process.currentDirectoryURL = URL(fileURLWithPath: folder) }
        let handles = [try handle("input", input), try handle("output", ""), try handle("errors", "")]
        // Process keeps them longer than it runs.
        defer { for handle in handles { try? handle.close() } }
        process.standardInput = handles[0]
        process.standardOutput = handles[1]
        process.standardError = handles[2]
        // Files take any amount of output while nobody reads, which pipes do not.
        try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
            process.terminationHandler = { _ in continuation.resume() }
            do {
                try process.run()
            } catch {
                process.terminationHandler = nil
                continuation.resume(throwing: error)
            }
        }
        return Ended(
            code: process.terminationStatus,
            output: String(
                decoding: try Data(contentsOf: URL(fileURLWithPath: temporary.file("output"))), as: UTF8.self),
            errors: String(
                decoding: try Data(contentsOf: URL(fileURLWithPath: temporary.file("errors"))), as: UTF8.self))
    }
}
