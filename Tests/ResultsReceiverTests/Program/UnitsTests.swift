import Configuration
import Foundation
import Testing

@testable import ResultsReceiver

/// The units of `Resources/systemd`.
@Suite struct UnitsTests {
    private static let folder = DocumentationPage.repository.appending(path: "Resources/systemd").path()
    private static let hasSystemd = FileManager.default.isExecutableFile(atPath: "/usr/bin/systemd-analyze")
    private static let wish: Comment = "needs systemd-analyze (252 or later), of Debian's package systemd"

    private func lines(_ name: String) throws -> [String] {
        try String(contentsOfFile: "\(Self.folder)/\(name)", encoding: .utf8)
            .split(separator: "\n").map(String.init)
    }

    /// 1.5 is what the receiver promises; below 2.5 systemd itself says OK.
    @Test(.enabled(if: hasSystemd, wish)) func theSandboxIsRated15OrBetter() async throws {
        let ended = try await BuiltProgram.shell(
            "systemd-analyze security --offline=true --no-pager --threshold=15 '\(Self.folder)/results-receiver.service'"
        )
        #expect(ended.code == 0, "\(ended.output.suffix(200))")
        #expect(ended.output.contains("Overall exposure level"))
    }

    /// In a root of its own that has the program, the units and those of systemd that they name.
    @Test(.enabled(if: hasSystemd, wish)) func onceTheProgramIsInstalledTheUnitsAreRight() async throws {
        let root = try TemporaryFolder()
        let install = """
            set -e
            mkdir -p "$ROOT/usr/bin" "$ROOT/bin" "$ROOT/usr/lib/systemd/system"
            ln "$PROGRAM" "$ROOT/usr/bin/results-receiver" 2>/dev/null || cp "$PROGRAM" "$ROOT/usr/bin/results-receiver"
            cp /bin/kill "$ROOT/bin/kill"
            cp /usr/lib/systemd/system/*.target /usr/lib/systemd/system/*.slice "$ROOT/usr/lib/systemd/system/"
            cp '\(Self.folder)'/results-receiver.* "$ROOT/usr/lib/systemd/system/"
            """
        let verify = "systemd-analyze verify --man=no --root=\"$ROOT\" results-receiver.service results-receiver.socket"
        let environment = ["ROOT": root.path]
        let ended = try await BuiltProgram.shell("\(install)\n\(verify)", environment: environment)
        #expect(ended.code == 0)
        #expect(ended.output + ended.errors == "")
        let missing = try await BuiltProgram.shell(
            "rm \"$ROOT/usr/bin/results-receiver\"; \(verify)", environment: environment)
        #expect(missing.errors.contains("/usr/bin/results-receiver is not executable"))
    }

    @Test func theServiceIsWhatTheProgramIsMadeFor() throws {
        let service = try lines("results-receiver.service")
        for line in [
            "Type=notify", "ExecStart=/usr/bin/results-receiver serve", "ExecReload=/bin/kill -HUP $MAINPID",
            "StateDirectory=results-receiver", "User=results-receiver",
            "LoadCredential=secret:/etc/results-receiver/secret",
        ] { #expect(service.contains(line), "\(line)") }
        #expect(service.contains { $0.hasPrefix("WatchdogSec=") })
        // What systemd is told not to try again is what only a person can mend.
        let codes =
            service.first { $0.hasPrefix("RestartPreventExitStatus=") }?
            .split(separator: "=").last?.split(separator: " ").compactMap { Int32($0) } ?? []
        let mended: [ExitCode] = [.usage, .badData, .noInput, .notPermitted, .configuration]
        #expect(codes == mended.map(\.rawValue))
    }

    @Test func theSocketIsThatOfTheDefaultSettings() throws {
        let streams = try lines("results-receiver.socket").filter { $0.hasPrefix("ListenStream=") }
        #expect(streams == Settings().server.listen.value.map { "ListenStream=\($0)" })
    }
}
