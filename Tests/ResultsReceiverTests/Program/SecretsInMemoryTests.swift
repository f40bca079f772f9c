import Foundation
import Glibc
import Testing

/// Where the real binary's secrets are while it serves, and that nothing of them is left when it ends.
///
/// `Tests/Faults/copies.c` counts them from within. A sanitizer's memory is too large for that, and keeps what was freed.
@Suite(.timeLimit(.minutes(5)), .enabled(if: !runsUnderSanitizer(), "a sanitizer's memory is too large to search"))
struct SecretsInMemoryTests {
    private static let secret = "a long secret of tests, whose last words are looked for in memory"
    /// Memory that was given back is written over where it begins, whether it was wiped or not: what is looked for is
    /// the end.
    private static let sought = secret.utf8.dropFirst(24)

    private let folder: TemporaryFolder
    private let environment: [String: String]
    private var report: String { folder.file("report") }

    init() async throws {
        folder = try TemporaryFolder()
        environment = [
            "LD_PRELOAD": try await FaultLibrary.compile("copies.c", into: folder),
            "COPIES_OF": Self.sought.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined(),
            "COPIES_REPORT": folder.file("report"),
            // For the libraries of Swift, which are part of a release's program, see `functionsAreBoundAtTheStart`.
            "LD_BIND_NOW": "1",
        ]
    }

    /// One count: whether the process could be dumped, and how many copies there were.
    private struct Count: Equatable {
        var dumpable: Bool
        var copies: Int
    }

    private func counts() throws -> [Count] {
        let text = (try? String(contentsOfFile: report, encoding: .utf8)) ?? ""
        return try text.split(separator: "\n").map { line in
            let words = line.split(separator: " ")
            return Count(dumpable: words[0] != "0", copies: try #require(Int(words[1]), "\(line)"))
        }
    }

    private func secretFile() throws -> String {
        let file = folder.file("secret")
        try Data((Self.secret + "\n").utf8).write(to: URL(filePath: file))
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: file)
        return file
    }

    @Test(arguments: [false, true])
    func aServerKeepsOneCopyAndOneForEachHashAndNoneAfterItsEnd(fromFile: Bool) async throws {
        let server = try await RunningServer.start(
            enrolments: RunningServer.enrolments(["p1"]), arguments: fromFile ? ["--secret-file", secretFile()] : [],
            environment: environment, secret: fromFile ? nil : Self.secret)
        let message = RunningServer.message(student: "p1")
        let right = try RunningServer.sign(message, secret: Self.secret)
        #expect(try server.post(message, signature: right).code == 200)
        #expect(try server.post(message).code == 403)
        kill(server.processID, __libc_current_sigrtmin() + 7)
        try await eventually { (try? counts().count) == 1 }
        // Its own, and that of each of OpenSSL's three keyed contexts of its one lane.
        #expect(try counts() == [Count(dumpable: false, copies: 4)])
        #expect(await server.end() == 0)
        #expect(try counts().last == Count(dumpable: false, copies: 0))
        #expect(try counts().count == 2)
    }

    @Test func aReloadLeavesNoneOfASecretThatIsGone() async throws {
        let settings = try SettingsFolder("lanes = 2")
        let server = try await settings.start(environment: environment)
        let signature = try RunningServer.sign("<a/>", secret: Self.secret)
        try settings.write(secret: Self.secret)
        #expect(try await server.reload().contains("\"message\":\"reloaded\""))
        func count() async throws -> Count? {
            let before = try counts().count
            kill(server.processID, __libc_current_sigrtmin() + 7)
            try await eventually { (try? counts().count) == before + 1 }
            return try counts().last
        }
        // Each lane makes its service when its turn comes, soon after the reload was said. Twice, as the number passes
        // others on its way.
        func settle(on copies: Int) async throws {
            let wanted = Count(dumpable: false, copies: copies)
            let end = ContinuousClock.now + .seconds(10)
            var found = try await count()
            var before: Count?
            while found != wanted || before != wanted {
                try #require(ContinuousClock.now < end, "\(found as Count?) instead of \(copies) copies")
                before = found
                found = try await count()
            }
        }
        // Its own, and those of the keyed contexts of two lanes.
        try await settle(on: 7)
        #expect(try server.post("<a/>", signature: signature).code == 400)
        try settings.write(secret: "another secret, for the time after")
        #expect(try await server.reload().contains("\"message\":\"reloaded\""))
        #expect(try server.post("<a/>", signature: signature).code == 403)
        try await settle(on: 0)
        try settings.write(secret: Self.secret)
        #expect(try await server.reload().contains("\"message\":\"reloaded\""))
        try await settle(on: 7)
    }

    @Test(arguments: [false, true], ["sign", "send", "selftest"])
    func aCommandLeavesNone(fromFile: Bool, command: String) async throws {
        let server = try await RunningServer.start(secret: Self.secret)
        let message = folder.file("message.xml")
        try Data("<message/>".utf8).write(to: URL(filePath: message))
        var arguments = [command] + (command == "selftest" ? [] : [message])
        if command != "sign" { arguments += ["--url", "http://\(server.address)/results"] }
        var variables = environment
        if fromFile {
            arguments += ["--secret-file", try secretFile()]
        } else {
            variables["RESULTS_RECEIVER_SECRET"] = Self.secret
        }
        let ended = try await BuiltProgram.run(arguments, environment: variables)
        #expect(ended.code == ["sign": 0, "send": 65, "selftest": 0][command], "\(ended.output)\(ended.errors)")
        #expect(try counts() == [Count(dumpable: false, copies: 0)])
    }

    /// A function that is looked up at its first call has the registers saved on the thread's stack, and in them what was
    /// copied last: one more copy of a secret than is counted here, for as long as nothing else comes to lie there.
    @Test func functionsAreBoundAtTheStart() async throws {
        let ended = try await BuiltProgram.run(["--version"], environment: ["LD_DEBUG": "reloc"])
        let relocations = ended.errors.split(separator: "\n").filter { $0.contains(BuiltProgram.path) }
        #expect(relocations.contains { $0.contains("relocation processing: ") })
        #expect(relocations.allSatisfy { !$0.hasSuffix("(lazy)") })
    }

    @Test func theEnvironmentThatTheKernelShowsHasNoSecret() async throws {
        let server = try await RunningServer.start()
        // Only the superuser may look at all.
        guard let shown = FileManager.default.contents(atPath: "/proc/\(server.processID)/environ") else { return }
        let text = String(decoding: shown, as: UTF8.self)
        #expect(text.contains("RESULTS_RECEIVER_SECRET="))
        #expect(!text.contains(RunningServer.secret))
    }
}

/// A crash of the real binary.
@Suite(.timeLimit(.minutes(5)))
struct CrashTests {
    /// As many bytes of an image as the system grants, and then the command.
    private static let withCores = ["sh", "-c", "ulimit -c \"$(ulimit -H -c)\"; exec \"$@\"", "sh"]

    private func images(in folder: TemporaryFolder) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { $0.hasPrefix("core") }
    }

    @Test(.enabled(if: !runsUnderSanitizer(), "a sanitizer handles crashes in its own way"))
    func aCrashLeavesNoImageOfTheMemory() async throws {
        let server = try await RunningServer.start(through: Self.withCores)
        let limits = try String(contentsOfFile: "/proc/\(server.processID)/limits", encoding: .utf8)
        #expect(limits.contains(#/Max core file size +0 +0 /#))
        kill(server.processID, SIGABRT)
        // A report of its own would swallow the signal.
        try? await eventually { !FileManager.default.fileExists(atPath: "/proc/\(server.processID)/exe") }
        kill(server.processID, SIGKILL)
        #expect(await server.ended() == SIGABRT)
        #expect(try images(in: server.folder) == [])
        // Nor does the log have what Swift's own report would show: the memory that registers point to.
        #expect(!server.errors.contains("crashed"))
    }
}
