import Foundation
import Testing

@testable import ResultsReceiver

@Suite struct SignCommandTests {
    /// HMAC with the key `key` over `The quick brown fox jumps over the lazy dog`, as openssl dgst gives it.
    static let text = "The quick brown fox jumps over the lazy dog"

    @Test func theDefaultIsSHA1WithTheSecretOfTheEnvironment() async throws {
        var fixture = try CommandFixture()
        fixture.environment = ["RESULTS_RECEIVER_SECRET": "key"]
        let ended = try await fixture.run("sign", try fixture.write("m", Self.text))
        #expect(ended.output == "3nybhbi3iqa8ino29wqQcBydtNk=\n")
        #expect(ended.code == 0)
    }

    @Test func theAlgorithmCanBeChosen() async throws {
        var fixture = try CommandFixture()
        fixture.environment = ["RESULTS_RECEIVER_SECRET": "key"]
        let ended = try await fixture.run("sign", "-", "--algorithm=sha256", input: Self.text)
        #expect(ended.output == "97yD9DBThCSxMpjmqm+xQ+9NWaFJRhdZl0edvC0aPNg=\n")
    }

    @Test func theSecretOfAFileLosesOneLineEnd() async throws {
        let fixture = try CommandFixture()
        let secret = try fixture.write("secret", "key\r\n")
        let ended = try await fixture.run("sign", "-", "--secret-file", secret, input: Self.text)
        #expect(ended.output == "3nybhbi3iqa8ino29wqQcBydtNk=\n")
    }

    @Test func theSecretOfTheSettingsIsTheFirstOfTheNamedPlugin() async throws {
        let fixture = try CommandFixture()
        try fixture.write("a", "other")
        try fixture.write("b", "key")
        let settings = try fixture.write("x.conf", "[plugin one]\nsecret-file = a\n[plugin two]\nsecret-file = b, a\n")
        let ended = try await fixture.run("sign", "-", "--config", settings, "--plugin", "two", input: Self.text)
        #expect(ended.output == "3nybhbi3iqa8ino29wqQcBydtNk=\n")
        let unclear = try await fixture.run("sign", "-", "--config", settings)
        #expect(unclear.code == 64)
        #expect(unclear.errors.contains("choose one with --plugin NAME"))
        let unknown = try await fixture.run("sign", "-", "--config", settings, "--plugin", "twe")
        #expect(unknown.code == 64)
        #expect(unknown.errors.contains("did you mean 'two'?"))
    }

    @Test func withSeveralPluginsTheSecretFlagIsAUsageError() async throws {
        let fixture = try CommandFixture()
        let secret = try fixture.write("secret", "key")
        let settings = try fixture.write("x.conf", "[plugin one]\n[plugin two]\n")
        let ended = try await fixture.run(
            "sign", "-", "--config", settings, "--plugin", "one", "--secret-file", secret)
        #expect(ended.code == 64)
        #expect(ended.errors.hasPrefix("results-receiver: error: --secret-file: several plugins are configured"))
    }

    @Test func noSecretOrAnEmptyOneIsExitCode78() async throws {
        var fixture = try CommandFixture()
        let none = try await fixture.run("sign", "-")
        #expect(none.code == 78)
        #expect(none.errors.hasPrefix("results-receiver: error: plugin default has no secret\n"))
        let empty = try await fixture.run("sign", "-", "--secret-file", try fixture.write("secret", "\n"))
        #expect(empty.code == 78)
        #expect(empty.errors.contains("--secret-file: the secret file"))
        #expect(try await fixture.run("sign", "-", "--secret-file", "/nonexistent").code == 78)
        fixture.environment = ["RESULTS_RECEIVER_SECRET": ""]
        #expect(try await fixture.run("sign", "-").code == 78)
    }

    /// Arguments are shown to every user of the machine.
    @Test func noCommandTakesASecretAsAnArgument() async throws {
        for command in CommandTable.all {
            for flag in command.definition.flags where flag.name.contains("secret") || flag.name.contains("key") {
                #expect(flag.name == "--secret-file", "\(command.definition.name)")
            }
        }
        let fixture = try CommandFixture()
        let ended = try await fixture.run("sign", "-", "--secret", "0123456789abcdef", input: Self.text)
        #expect(ended.code == 64)
        #expect(ended.output == "")
    }

    /// systemd's own files may be read by whoever can enter their folder.
    @Test func aCredentialOfSystemdIsASecret() async throws {
        let folder = try TemporaryFolder()
        for name in ["secret", "other"] {
            let text = name == "secret" ? "key\n" : "another key\n"
            try Data(text.utf8).write(to: URL(fileURLWithPath: folder.file(name)))
            try FileManager.default.setAttributes([.posixPermissions: 0o444], ofItemAtPath: folder.file(name))
        }
        let environment = ["CREDENTIALS_DIRECTORY": folder.path]
        let standard = try await BuiltProgram.run(["sign", "-"], environment: environment, input: Self.text)
        #expect(standard.output == "3nybhbi3iqa8ino29wqQcBydtNk=\n")
        try Data("[plugin a]\nsecret-file = credential:other\n".utf8)
            .write(to: URL(fileURLWithPath: folder.file("x.conf")))
        let named = try await BuiltProgram.run(
            ["sign", "-", "--config", folder.file("x.conf")], environment: environment, input: Self.text)
        #expect(named.code == 0)
        #expect(named.output.count == 29 && named.output != standard.output)
    }

    @Test func aMissingMessageIsExitCode66() async throws {
        var fixture = try CommandFixture()
        fixture.environment = ["RESULTS_RECEIVER_SECRET": "key"]
        let ended = try await fixture.run("sign", "/nonexistent/m.xml")
        #expect(ended.code == 66)
        #expect(
            ended.errors == "results-receiver: error: /nonexistent/m.xml: no such file\n"
                + "results-receiver: hint: name a file that is there, or - for standard input\n")
    }

    @Test func wrongSettingsAreExitCode78AndAMissingSettingsFileIs66() async throws {
        let fixture = try CommandFixture()
        let settings = try fixture.write("x.conf", "[server]\nlanse = 1\npath = x\n")
        let ended = try await fixture.run("sign", "-", "--config", settings)
        #expect(ended.code == 78)
        #expect(
            ended.errors.hasPrefix(
                "results-receiver: error: \(settings):2:1: lanse: unknown key in [server]; did you mean 'lanes'?\n"
                    + "results-receiver: error: \(settings):3:8: path: 'x' is no path"))
        #expect(try await fixture.run("sign", "-", "--config", "/nonexistent.conf").code == 66)
    }
}
