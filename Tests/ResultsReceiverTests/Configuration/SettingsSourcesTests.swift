import Foundation
import Testing

@testable import Configuration

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

    /// Every key and time zone: whole, without a letter, with one more, with two swapped, with wrong ones, cut, doubled.
    @Test func theSuggestionIsThatOfComparingEachWordToTheEnd() throws {
        let keys = SettingsTable.unnamedKeys.map(\.name) + SettingsTable.plugin.keys.map(\.name)
        let zones = TimeZoneNames.all
        try #require(zones.count > 100, "tzdata is not installed")
        var suggested = 0
        for (number, word) in (keys + zones.indices.filter { $0.isMultiple(of: 9) }.map { zones[$0] }).enumerated() {
            for wrong in Self.mistypings(of: Array(word), number) {
                let found = Suggestion.nearest(to: wrong, among: keys + zones)
                #expect(found == Self.plainlyNearest(to: wrong, among: keys + zones), "\(wrong)")
                suggested += found == nil ? 0 : 1
            }
        }
        #expect(suggested > 300)
    }

    @Test func aLongWordIsComparedWithNothing() {
        #expect(Suggestion.nearest(to: String(repeating: "a", count: 64), among: Endless(words: 1)) != nil)
        #expect(Suggestion.nearest(to: String(repeating: "a", count: 65), among: Endless(words: .max)) == nil)
    }

    private static func mistypings(of word: [Character], _ number: Int) -> [String] {
        let place = number % word.count
        var shorter = word
        shorter.remove(at: place)
        var longer = word
        longer.insert("q", at: place)
        var swapped = word
        swapped.swapAt(place, max(place - 1, 0))
        let wrong = word.enumerated().map { $0.offset % 4 == number % 4 ? "x" : $0.element }
        let cut = Array(word.prefix(word.count * 2 / 3))
        let letters = [word, shorter, longer, swapped, wrong, cut, word + word.suffix(number % 5), word + word]
        return letters.map { String($0) }
    }

    /// The same word again and again.
    private struct Endless: Sequence, IteratorProtocol {
        var words: Int

        mutating func next() -> String? {
            guard words > 0 else { return nil }
            words -= 1
            return String(repeating: "a", count: 65)
        }
    }

    /// The definition, without a short cut: the first of those with the fewest letters wrong, at most a third.
    private static func plainlyNearest(to word: String, among candidates: [String]) -> String? {
        let wanted = Array(word.lowercased().unicodeScalars)
        guard wanted.count <= 64 else { return nil }
        let distances = candidates.map { candidate in
            let letters = Array(candidate.lowercased().unicodeScalars)
            let distance = plainDistance(wanted, letters)
            return distance <= max(1, max(wanted.count, letters.count) / 3) ? distance : Int.max
        }
        guard let least = distances.min(), least < .max, let index = distances.firstIndex(of: least) else { return nil }
        return candidates[index]
    }

    /// By the whole table of all beginnings of the two.
    private static func plainDistance(_ a: [Unicode.Scalar], _ b: [Unicode.Scalar]) -> Int {
        var table = [[Int]](repeating: Array(0...b.count), count: a.count + 1)
        for i in 0..<a.count {
            table[i + 1][0] = i + 1
            for j in 0..<b.count {
                let replaced = table[i][j] + (a[i] == b[j] ? 0 : 1)
                var least = min(table[i][j + 1] + 1, table[i + 1][j] + 1, replaced)
                if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] { least = min(least, table[i - 1][j - 1] + 1) }
                table[i + 1][j + 1] = least
            }
        }
        return table[a.count][b.count]
    }
}
