import Configuration
import Foundation
import Testing

@Suite struct SettingsSourcesTests {
    @Test func flagsBeatTheEnvironmentWhichBeatsTheFile() throws {
        var fixture = SettingsFixture(text: "[server]\nlisten = 127.0.0.1:1\npath = /file\nlanes = 2\n")
        fixture.environment = [
            "RESULTS_RECEIVER_LISTEN": "127.0.0.1:2, [::1]:2", "RESULTS_RECEIVER_PATH": "/environment",
        ]
        fixture.flags = [SettingFlag(key: "listen", flag: "--listen", values: ["127.0.0.1:3", "[::1]:3"])]
        let server = try fixture.load().settings.server
        #expect(server.listen.value.map(\.description) == ["127.0.0.1:3", "[::1]:3"])
        #expect(server.listen.origin == .flag("--listen"))
        #expect(server.path.value == "/environment")
        #expect(server.path.origin == .environment("RESULTS_RECEIVER_PATH"))
        #expect(server.lanes.value == 2)
    }

    @Test func whatAReloadCannotChangeIsNamedWithItsPlace() throws {
        let before = try SettingsFixture(text: "[server]\nlanes = 2\npath = /a\nlanguage = de\n").load().settings
        let after = try SettingsFixture(
            text: "[server]\nlisten = 127.0.0.1:1\npath = /b\nlanes = 2\n[limits]\nbody-bytes = 1\n"
        ).load().settings
        #expect(after.needingRestart(since: before).map(\.key) == ["listen"])
        #expect(after.needingRestart(since: after).isEmpty)
        // Given or not, the value counts.
        let same = try SettingsFixture(text: "[server]\nlisten = 127.0.0.1:8080, [::1]:8080\nlanes = 2\n").load()
        #expect(same.settings.needingRestart(since: before).isEmpty)
    }

    @Test func noTwoKeysHaveTheSameVariable() {
        let variables = SettingsTable.unnamedKeys.map(\.variable) + SettingsTable.plugin.keys.map(\.variable)
        #expect(Set(variables).count == variables.count)
        #expect(variables.contains("RESULTS_RECEIVER_ADMIN"))
    }

    @Test(arguments: SettingsTable.unnamedKeys.map(\.publicName))
    func everyKeyOfServerAndLimitsHasAVariable(key: String) throws {
        let variable = "RESULTS_RECEIVER_" + key.uppercased().replacing("-", with: "_")
        // No key takes this value, so the mistake shows that the variable is read.
        let mistakes = try SettingsFixture(environment: [variable: "\""]).mistakes()
        #expect(mistakes == ["\(variable): the closing quote is missing"])
    }

    @Test func variablesThatAreEmptyCountAsNotSet() throws {
        let loaded = try SettingsFixture(environment: ["RESULTS_RECEIVER_LISTEN": "", "RESULTS_RECEIVER_SCHEMA": ""])
            .load()
        #expect(loaded.mistakes == [])
        #expect(loaded.settings.server.listen.origin == .standard)
    }

    @Test func aVariableThatNoSettingHasIsAWarningWithASuggestion() throws {
        let loaded = try SettingsFixture(environment: ["RESULTS_RECEIVER_DATBASE": "x"]).load()
        #expect(loaded.mistakes == [])
        #expect(
            loaded.warnings.map(\.description) == [
                "RESULTS_RECEIVER_DATBASE: no setting is called so; did you mean 'RESULTS_RECEIVER_DATABASE'?"
            ])
    }

    @Test func theSecretVariableTakesThePlaceOfTheFilesSecrets() throws {
        let settings = try SettingsFixture(
            text: "[plugin a]\nsecret-file = /s\n", environment: ["RESULTS_RECEIVER_SECRET": "x"]
        ).load().settings
        #expect(settings.plugins[0].secrets.value == [.environment("RESULTS_RECEIVER_SECRET")])
    }

    @Test func theSecretFlagTakesThePlaceOfTheVariable() throws {
        let settings = try SettingsFixture(
            environment: ["RESULTS_RECEIVER_SECRET": "x"],
            flags: [SettingFlag(key: "secret-file", flag: "--secret-file", values: ["a", "b"])]
        ).load().settings
        #expect(settings.plugins[0].secrets.value == [.file("a"), .file("b")])
    }

    @Test func twoVariablesForTheSecretAreAMistake() throws {
        let environment = ["RESULTS_RECEIVER_SECRET": "x", "RESULTS_RECEIVER_SECRET_FILE": "/s"]
        #expect(
            try SettingsFixture(environment: environment).mistakes() == [
                "RESULTS_RECEIVER_SECRET: RESULTS_RECEIVER_SECRET_FILE is set too; set only one of them"
            ])
    }

    @Test(arguments: ["RESULTS_RECEIVER_SECRET", "RESULTS_RECEIVER_SCHEMA", "RESULTS_RECEIVER_ALGORITHMS"])
    func withSeveralPluginsAVariableOfOneIsAMistake(variable: String) throws {
        let fixture = SettingsFixture(text: "[plugin a]\n[plugin b]\n", environment: [variable: "sha1"])
        #expect(
            try fixture.mistakes() == [
                "\(variable): several plugins are configured, and it does not say which it is for; "
                    + "unset it, and use their sections of the settings file"
            ])
    }

    @Test(arguments: ["secret-file", "schema"])
    func withSeveralPluginsTheFlagsOfOneAreMistakesOfUsage(key: String) throws {
        let fixture = SettingsFixture(
            text: "[plugin a]\n[plugin b]\n", flags: [SettingFlag(key: key, flag: "--\(key)", values: ["x"])])
        let mistakes = try fixture.load().mistakes
        #expect(mistakes.map(\.origin) == [.flag("--\(key)")])
    }

    @Test func systemdsCredentialIsTakenWhereNothingElseNamesASecret() throws {
        let folder = URL.temporaryDirectory.appending(path: "credentials-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let environment = ["CREDENTIALS_DIRECTORY": folder.path]
        #expect(try SettingsFixture(environment: environment).load().settings.plugins[0].secrets.value == [])
        try Data("secret".utf8).write(to: folder.appending(path: "secret"))
        #expect(
            try SettingsFixture(environment: environment).load().settings.plugins[0].secrets.value
                == [.credential("secret")])
        #expect(
            try SettingsFixture(text: "[plugin a]\nsecret-file = /s", environment: environment).load().settings
                .plugins[0].secrets.value == [.file("/s")])
    }

    @Test func theStandardFileIsReadOnlyIfItIsThere() throws {
        let missing = SettingsLoader(environment: [:], standardFile: "/nonexistent/x.conf")
        #expect(try missing.load().settings.file == nil)
        let file = URL.temporaryDirectory.appending(path: "standard-\(UUID().uuidString).conf")
        try Data("[server]\nlanes = 7\n".utf8).write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        let there = SettingsLoader(environment: [:], standardFile: file.path)
        #expect(try there.load().settings.server.lanes.value == 7)
        let named = SettingsLoader(environment: ["RESULTS_RECEIVER_CONFIG": file.path], standardFile: "/nonexistent/x")
        #expect(try named.load().settings.server.lanes.value == 7)
    }

    @Test func aNamedFileThatIsNotThereIsAnError() {
        #expect(throws: SettingsError.file("/nonexistent/x.conf", .missing)) {
            try SettingsLoader(environment: [:]).load(file: "/nonexistent/x.conf")
        }
        #expect(throws: SettingsError.file("/", .notAFile)) { try SettingsLoader(environment: [:]).load(file: "/") }
        #expect(throws: SettingsError.file("/dev/zero", .tooLarge(limit: 1 << 20))) {
            try SettingsLoader(environment: [:]).load(file: "/dev/zero")
        }
    }
}

@Suite struct SuggestionTests {
    static let cases: [(String, String?)] = [
        ("listn", "listen"), ("lsiten", "listen"), ("LISTEN", "listen"), ("lane", "lanes"), ("xyzzy", nil), ("", nil),
    ]

    @Test(arguments: cases)
    func theNearestWordIsFoundWhenItIsNear(word: String, expected: String?) {
        #expect(Suggestion.nearest(to: word, among: ["listen", "lanes", "path"]) == expected)
    }
}
