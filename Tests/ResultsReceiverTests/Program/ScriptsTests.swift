import Foundation
import Testing

/// `scripts/serve` and `scripts/test` on machines that have less than they need. The programs that they call are
/// stand-ins that note how they were called.
@Suite struct ScriptsTests {
    /// A folder for PATH with a few real programs and the stand-ins; every program that is missing there is missing.
    private struct Machine {
        let folder: TemporaryFolder
        var path: String { folder.path }

        init(user: Int, _ standIns: [String: String]) throws {
            folder = try TemporaryFolder()
            for name in ["dirname", "uname", "sed", "mktemp", "rm", "tail", "cat", "env"] {
                try FileManager.default.createSymbolicLink(
                    atPath: folder.file(name),
                    withDestinationPath: FileManager.default.fileExists(atPath: "/bin/\(name)")
                        ? "/bin/\(name)" : "/usr/bin/\(name)")
            }
            try FileManager.default.createSymbolicLink(atPath: folder.file("bash"), withDestinationPath: "/bin/bash")
            for (name, script) in standIns.merging(["id": "echo \(user)"], uniquingKeysWith: { $1 }) {
                let text = "#!/bin/bash\necho \"\(name) $*\" >> \(folder.file("calls"))\n\(script)\n"
                try Data(text.utf8).write(to: URL(fileURLWithPath: folder.file(name)))
                try FileManager.default.setAttributes(
                    [.posixPermissions: 0o755], ofItemAtPath: folder.file(name))
            }
        }

        func run(_ script: String, _ arguments: String = "") async throws -> BuiltProgram.Ended {
            let file = DocumentationPage.repository.appending(path: "scripts/\(script)").path()
            return try await BuiltProgram.shell("PATH=\(path) exec /bin/bash \(file) \(arguments)", folder: path)
        }

        var calls: [String] {
            let text = try? String(contentsOfFile: path + "/calls", encoding: .utf8)
            return (text ?? "").split(separator: "\n").map(String.init)
        }
    }

    @Test(arguments: ["serve", "test"]) func withoutASwiftToolchainTheySayWhatToDoAndEnd(script: String) async throws {
        let machine = try Machine(user: 0, ["apt-get": ""])
        let ended = try await machine.run(script)
        #expect(ended.code == 69)
        #expect(ended.errors.contains("\(script): no Swift toolchain on PATH"))
        #expect(ended.errors.contains("hint: install Swift"))
        #expect(machine.calls.isEmpty)
    }

    @Test(arguments: ["serve", "test"]) func whoMayNotInstallIsToldTheCommandAndItEnds(script: String) async throws {
        let machine = try Machine(user: 1000, ["apt-get": "", "swift": "", "sudo": "exit 1"])
        let ended = try await machine.run(script)
        #expect(ended.code == 69)
        #expect(ended.errors.contains("hint: sudo apt-get install gcc libc6-dev"))
        #expect(!machine.calls.contains { $0.hasPrefix("apt-get") || $0.hasPrefix("swift") })
    }

    @Test(arguments: ["serve", "test"]) func withoutAptTheySayWhatIsNeededAndEnd(script: String) async throws {
        let machine = try Machine(user: 0, ["swift": ""])
        let ended = try await machine.run(script)
        #expect(ended.code == 69)
        #expect(ended.errors.contains("hint: install your system's packages"))
        #expect(machine.calls.allSatisfy { $0.hasPrefix("id") })
    }

    @Test(arguments: ["serve", "test"]) func aFailedInstallationEndsThem(script: String) async throws {
        let machine = try Machine(user: 0, ["swift": "", "apt-get": "echo broken; exit 100"])
        let ended = try await machine.run(script)
        #expect(ended.code == 69)
        #expect(ended.errors.contains("broken"))
        #expect(!machine.calls.contains { $0.hasPrefix("swift") })
    }

    @Test func serveInstallsWhatIsMissingBuildsAndRunsTheDemonstration() async throws {
        let machine = try Machine(
            user: 0,
            [
                "apt-get": "", "results-receiver": "",
                "swift": "case \"$*\" in *--show-bin-path*) dirname \"$0\";; esac",
            ])
        let ended = try await machine.run("serve", "--listen 127.0.0.1:0")
        #expect(ended.code == 0, "\(ended.errors)")
        let calls = machine.calls.filter { !$0.hasPrefix("id") }
        try #require(calls.count == 5, "\(calls)")
        #expect(calls[0].hasPrefix("apt-get update"))
        #expect(calls[1].hasPrefix("apt-get install") && calls[1].contains(" gcc "))
        #expect(calls[2] == "swift build -c release --product results-receiver")
        #expect(calls[4] == "results-receiver serve --demo --listen 127.0.0.1:0")
    }

    @Test func testInstallsWhatIsMissingAndRunsEveryTestOnce() async throws {
        let machine = try Machine(user: 0, ["apt-get": "", "swift": ""])
        #expect(try await machine.run("test").code == 0)
        let calls = machine.calls.filter { !$0.hasPrefix("id") }
        #expect(calls.contains { $0.hasPrefix("apt-get install") })
        #expect(calls.count { $0.hasPrefix("swift test") } == 1)
        #expect(calls.contains { $0.hasPrefix("swift test --no-parallel") && !$0.contains("--filter") })
    }

    @Test func testEndsWithTheCodeOfAFailedTest() async throws {
        let machine = try Machine(user: 0, ["apt-get": "", "swift": "case $1 in test) exit 3;; esac"])
        #expect(try await machine.run("test").code == 3)
        #expect(try await machine.run("test", "--all").code == 3)
    }
}
