import Foundation
import Testing

/// `serve --demo`, as a tester uses it.
@Suite(.timeLimit(.minutes(5)))
struct DemonstrationTests {
    @Test func everyLineThatItPrintsCanBePastedAndGetsTheCodeItPromises() async throws {
        let folder = try TemporaryFolder()
        let process = Process()
        process.executableURL = URL(fileURLWithPath: BuiltProgram.path)
        process.arguments = ["serve", "--demo", "--listen", "127.0.0.1:0"]
        process.environment = ["TMPDIR": folder.path]
        let output = Pipe()
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        process.standardInput = FileHandle.nullDevice
        try process.run()
        defer { if process.isRunning { kill(process.processIdentifier, SIGKILL) } }

        var text = ""
        while !text.contains("Ctrl-C") {
            let data = output.fileHandleForReading.availableData
            try #require(!data.isEmpty, "it ended early")
            text += String(decoding: data, as: UTF8.self)
        }
        var promised: Substring?
        var codes: [String] = []
        for line in text.split(separator: "\n") {
            if line.hasPrefix("# ") { promised = line.dropFirst(2).prefix(3) }
            guard line.hasPrefix("curl ") else { continue }
            let ended = try await BuiltProgram.shell("\(line) -o /dev/null -w '%{http_code}'")
            #expect(ended.output == promised.map(String.init), "\(line)")
            codes.append(ended.output)
        }
        #expect(Set(codes) == ["200", "400", "403", "404", "405"])

        process.terminate()
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).isEmpty)
    }

    @Test(arguments: ["--config", "--database", "--schema", "--secret-file"])
    func whatItBringsItselfCannotBeGiven(_ flag: String) async throws {
        let ended = try await BuiltProgram.run(["serve", "--demo", flag, "x"])
        #expect(ended.code == 64)
        #expect(ended.errors.contains(flag))
    }
}
