import Foundation
import Testing

/// The real binary and secret files that other users can read: every command that takes one refuses it and says the cure.
@Suite(.timeLimit(.minutes(5)))
struct SecretFileTests {
    private let folder: TemporaryFolder
    private var secret: String { folder.file("secret") }

    init() throws {
        folder = try TemporaryFolder()
        try Data("a long enough secret\n".utf8).write(to: URL(filePath: secret))
        try Data("<message/>\n".utf8).write(to: URL(filePath: folder.file("message.xml")))
    }

    private func setMode(_ mode: Int, of file: String) throws {
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: file)
    }

    private static let commands: [[String]] = [
        ["serve", "--listen", "127.0.0.1:0", "--database", "results.db"], ["sign", "message.xml"],
        ["send", "message.xml", "--url", "http://127.0.0.1:9/results"],
        ["selftest", "--url", "http://127.0.0.1:9/results"],
    ]

    @Test(arguments: commands, [0o644, 0o604, 0o660])
    func aSecretFileOfEverybodyIsRefusedWithTheCure(_ command: [String], mode: Int) async throws {
        try setMode(mode, of: secret)
        let ended = try await BuiltProgram.run(
            command + ["--secret-file", secret], folder: folder.path, limit: 20)
        #expect(ended.code == 77)
        #expect(ended.errors.hasPrefix("results-receiver: error: --secret-file: the secret file \(secret) has mode 0"))
        #expect(ended.errors.contains("chmod 600 \(secret)"))
        #expect(!ended.errors.contains("long enough"))
        #expect(!FileManager.default.fileExists(atPath: folder.file("results.db")))
    }

    @Test func configCheckTellsItAmongTheOtherMistakes() async throws {
        try setMode(0o644, of: secret)
        let settings = folder.file("x.conf")
        try Data("[plugin a]\nsecret-file = secret, none\n".utf8).write(to: URL(filePath: settings))
        let ended = try await BuiltProgram.run(["config", "check", "--config", settings], folder: folder.path)
        #expect(ended.code == 78)
        #expect(ended.errors.contains("\(settings):2:1: secret-file: the secret file"))
        #expect(ended.errors.contains("has mode 0644: other users can read it; chmod 600 "))
        #expect(ended.errors.contains("there is no secret file"))
    }

    @Test(arguments: [
        ("none", 78, "there is no secret file FOLDER/none; put the agreed secret into it"),
        (".", 78, "FOLDER/. is a folder, not a secret file; name a file in it"),
        ("empty", 78, "the secret file FOLDER/empty is empty; put the agreed secret into it"),
        ("credential:x", 78, "there is no secret file FOLDER/given/x; give the unit LoadCredential=x:FILE"),
    ])
    func whatGivesNoSecretIsOneLineWithPlaceKeyAndCure(_ value: String, _ code: Int32, _ line: String) async throws {
        try Data().write(to: URL(filePath: folder.file("empty")))
        let settings = folder.file("x.conf")
        try Data("[plugin a]\nsecret-file = \(value)\n".utf8).write(to: URL(filePath: settings))
        let ended = try await BuiltProgram.run(
            ["serve", "--config", settings], environment: ["CREDENTIALS_DIRECTORY": folder.file("given")],
            folder: folder.path, limit: 20)
        #expect(ended.code == code)
        let first = ended.errors.split(separator: "\n").first?.replacing(folder.path, with: "FOLDER")
        #expect(first == "results-receiver: error: FOLDER/x.conf:2:1: secret-file: \(line)")
    }

    @Test(arguments: [0o600, 0o640, 0o400]) func aClosedOneServes(mode: Int) async throws {
        try setMode(mode, of: secret)
        let server = try await RunningServer.start(arguments: ["--secret-file", secret], secret: nil)
        let message = "<message/>"
        let signature = try RunningServer.sign(message, secret: "a long enough secret")
        #expect(try server.post(message, signature: signature).code == 400)
    }

    @Test func aCredentialOfSystemdIsTakenAsItIs() async throws {
        try setMode(0o444, of: secret)
        for arguments in [[], ["--secret-file", secret]] {
            let server = try await RunningServer.start(
                arguments: arguments, environment: ["CREDENTIALS_DIRECTORY": folder.path], secret: nil)
            #expect(try server.post("<message/>", signature: "no").code == 403)
        }
        // Not what lies elsewhere under a name that only begins so.
        let detour = "\(folder.path)/../\((folder.path as NSString).lastPathComponent)/secret"
        let ended = try await BuiltProgram.run(
            ["sign", "message.xml", "--secret-file", detour], environment: ["CREDENTIALS_DIRECTORY": folder.path],
            folder: folder.path)
        #expect(ended.code == 77)
    }
}
