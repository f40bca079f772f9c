import Configuration
import Foundation
import Results
import Schema
import Signature
import Testing

/// Settings as the loader gives them for a file with this text, with its mistakes as lines of text.
struct SettingsFixture {
    var text = ""
    var bytes: [UInt8]?
    var environment: [String: String] = [:]
    var flags: [SettingFlag] = []
    var name = "x.conf"

    /// The text stands in a file of its own folder; `FOLDER/` in the mistakes is taken away.
    func load() throws -> LoadedSettings {
        let folder = URL.temporaryDirectory.appending(path: "settings-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let file = folder.appending(path: name)
        try Data(bytes ?? Array(text.utf8)).write(to: file)
        let loader = SettingsLoader(environment: environment, standardFile: "/nonexistent/settings.conf")
        var loaded = try loader.load(file: file.path, flags: flags)
        func shorten(_ mistake: Mistake) -> Mistake {
            var mistake = mistake
            if case .file(var place) = mistake.origin {
                place.file = name
                mistake.origin = .file(place)
            }
            return mistake
        }
        loaded.mistakes = loaded.mistakes.map(shorten)
        loaded.warnings = loaded.warnings.map(shorten)
        return loaded
    }

    func mistakes() throws -> [String] { try load().mistakes.map(\.description) }
}

@Suite struct SettingsFileTests {
    /// Every key, with its default.
    static let whole = """
        [server]
        listen = 127.0.0.1:8080, [::1]:8080
        path = /results
        lanes = 1
        language = nl
        time-zone = Europe/Amsterdam
        database = /var/lib/results-receiver/results.db   # default: results.db in $STATE_DIRECTORY
        redelivery = reject                               # reject | acknowledge

        [limits]
        header-bytes = 16KiB
        header-fields = 100
        body-bytes = 1MiB
        header-time = 10s
        body-time = 20s
        idle-time = 60s
        connections = 1024
        connections-per-address = 64                      # 127.0.0.1, ::1 and trusted proxies do not count
        in-flight-bytes = 64MiB
        # header-bytes counts from the request line to the empty line

        [plugin default]                                  # one section per integration
        secret-file = /etc/results-receiver/secret, /etc/results-receiver/secret.next
        algorithms = sha1, sha256, sha512
        person-key = either                               # person-id | external-id | either
        external-source =
        schema =                                          # empty: the built-in results.xsd
        """

    @Test func aFileWithEveryKeyIsRead() throws {
        let loaded = try SettingsFixture(text: Self.whole).load()
        #expect(loaded.mistakes == [])
        #expect(loaded.warnings == [])
        let settings = loaded.settings
        let defaults = Settings()
        #expect(settings.server.listen.value == defaults.server.listen.value)
        #expect(settings.server.path.value == defaults.server.path.value)
        #expect(settings.server.lanes.value == defaults.server.lanes.value)
        #expect(settings.server.language.value == defaults.server.language.value)
        #expect(settings.server.timeZone.value == defaults.server.timeZone.value)
        #expect(settings.server.database.value == "/var/lib/results-receiver/results.db")
        #expect(settings.server.redelivery.value == defaults.server.redelivery.value)
        #expect(settings.limits.headerBytes.value == defaults.limits.headerBytes.value)
        #expect(settings.limits.headerFields.value == defaults.limits.headerFields.value)
        #expect(settings.limits.bodyBytes.value == 1 << 20)
        #expect(settings.limits.headerTime.value == defaults.limits.headerTime.value)
        #expect(settings.limits.bodyTime.value == .seconds(20))
        #expect(settings.limits.idleTime.value == defaults.limits.idleTime.value)
        #expect(settings.limits.connections.value == defaults.limits.connections.value)
        #expect(settings.limits.connectionsPerAddress.value == 64)
        #expect(settings.limits.inFlightBytes.value == 64 << 20)
        let plugin = try #require(settings.plugins.first)
        #expect(settings.plugins.count == 1)
        #expect(plugin.name == "default")
        #expect(
            plugin.secrets.value == [.file("/etc/results-receiver/secret"), .file("/etc/results-receiver/secret.next")])
        #expect(plugin.algorithms.value == Algorithm.allCases)
        #expect(plugin.personKey.value == .either)
        #expect(plugin.externalSource.value == nil)
        #expect(plugin.schema.value == nil)
        #expect(plugin.map.isEmpty)
    }

    @Test func theDefaultsAreThoseOfTheDocumentation() throws {
        let report = SettingsReport(try SettingsFixture(text: "").load().settings).text
        let lines = report.split(separator: "\n").dropFirst().map { line in
            String(line.replacing(#/ +# default$/#, with: ""))
        }
        #expect(
            lines == [
                "[server]", "listen = 127.0.0.1:8080, [::1]:8080", "path = /results", "lanes = 1", "language = nl",
                "time-zone = Europe/Amsterdam", "database = results.db", "redelivery = reject",
                "allow =", "trusted-proxies =",
                "[limits]", "header-bytes = 16KiB", "header-fields = 100", "body-bytes = 1MiB", "header-time = 10s",
                "body-time = 20s", "idle-time = 60s", "connections = 1024", "connections-per-address = 64",
                "in-flight-bytes = 64MiB",
                "[deliveries]", "bodies = refused", "keep-deliveries = 730d", "keep-bodies = 60d",
                "bodies-bytes = 256MiB", "max-deliveries = 5000000",
                "[retention]", "results = off",
                "[admin]", "listen =", "public = no",
                "[plugin default]", "secret-file =", "retired-secret-file =", "algorithms = sha1, sha256, sha512",
                "person-key = either",
                "external-source =", "schema =",
            ])
        let documented =
            SettingsTable.server.keys.map { "\($0.name) = \($0.standard)" }
            + SettingsTable.limits.keys.map { "\($0.name) = \($0.standard)" }
        // Told in words: a path that depends on the environment, and lists that are empty.
        for line in documented where ![" any", " none"].contains(where: line.hasSuffix) && !line.hasPrefix("database") {
            #expect(lines.contains(line))
        }
        #expect(SettingsLoader.standardFile == "/etc/results-receiver/results-receiver.conf")
    }

    @Test func anEmptyFileGivesTheDefaultsAndOnePlugin() throws {
        let settings = try SettingsFixture(text: "").load().settings
        #expect(settings.plugins.map(\.name) == ["default"])
        #expect(settings.server.database.value == "results.db")
        #expect(settings.server.database.origin == .standard)
    }

    @Test func everyValueKnowsItsPlace() throws {
        let settings = try SettingsFixture(text: "\n[server]\n  path =   /in\n").load().settings
        guard case .file(let place) = settings.server.path.origin else { return #expect(Bool(false)) }
        #expect((place.line, place.column) == (3, 3))
        #expect(settings.server.lanes.origin == .standard)
    }

    /// What a file says, and everything that is wrong with it.
    static let wrong: [(text: String, mistakes: [String])] = [
        ("[servr]\n", ["x.conf:1:1: [servr]: unknown section; did you mean '[server]'?"]),
        ("[plugins a]\n", ["x.conf:1:1: [plugins a]: unknown section; did you mean '[plugin NAME]'?"]),
        (
            "[tls]\ncertificate = a\n",
            [
                "x.conf:1:1: [tls]: unknown section; the sections are [server], [limits], [deliveries], [retention], "
                    + "[admin], [listener NAME] and [plugin NAME]"
            ]
        ),
        ("[server]\nlistn = a\n", ["x.conf:2:1: listn: unknown key in [server]; did you mean 'listen'?"]),
        ("[server]\n  Path = /a\n", ["x.conf:2:3: Path: unknown key in [server]; did you mean 'path'?"]),
        ("[server]\nbody-bytes = 1\n", ["x.conf:2:1: body-bytes: unknown key in [server]; it belongs in [limits]"]),
        ("[limits]\nbody-byte = 1\n", ["x.conf:2:1: body-byte: unknown key in [limits]; did you mean 'body-bytes'?"]),
        (
            "[admin]\nxyzzy = 1\n",
            ["x.conf:2:1: xyzzy: unknown key in [admin]; its keys are listen, public"]
        ),
        (
            "[server]\n[limits]\n[server]\n",
            ["x.conf:3:1: [server]: the section is given twice; put its keys under line 1"]
        ),
        (
            "[plugin a]\n[plugin b]\n[ plugin  a ]\n",
            ["x.conf:3:1: [plugin a]: the section is given twice; put its keys under line 1"]
        ),
        (
            "[server]\nlanes = 2\nlanes = 3\n",
            ["x.conf:3:1: lanes: the key is given twice; it stands on line 2 already"]
        ),
        (
            "[server]\nlisten = a:1\nlisten = b:1\n",
            ["x.conf:3:1: listen: the key is given twice; it stands on line 2 already; separate values by commas"]
        ),
        ("[server]\nlanes = 0\n", ["x.conf:2:9: lanes: 0 is out of range; write a whole number from 1 to 64"]),
        ("[server]\nlanes = 65\n", ["x.conf:2:9: lanes: 65 is out of range; write a whole number from 1 to 64"]),
        (
            "[server]\nlanes = two\n",
            ["x.conf:2:9: lanes: 'two' is no whole number; write a whole number from 1 to 64"]
        ),
        ("[server]\nlanes =\n", ["x.conf:2:8: lanes: '' is no whole number; write a whole number from 1 to 64"]),
        (
            "[server]\nredelivery = acknowlege\n",
            [
                "x.conf:2:14: redelivery: 'acknowlege' is none of reject, acknowledge; did you mean 'acknowledge'?"
            ]
        ),
        ("[server]\nlanguage = fr\n", ["x.conf:2:12: language: 'fr' is none of nl, en, de; write nl, en or de"]),
        (
            "[server]\ntime-zone = Europe/Amsterdm\n",
            ["x.conf:2:13: time-zone: unknown time zone 'Europe/Amsterdm'; did you mean 'Europe/Amsterdam'?"]
        ),
        (
            "[server]\nlisten = 8080\n",
            ["x.conf:2:10: listen: '8080' has no port; write HOST:PORT, such as 127.0.0.1:8080 or [::1]:8080"]
        ),
        (
            "[server]\nlisten = 127.0.0.1:8080, ::1:8080\n",
            ["x.conf:2:26: listen: '::1:8080' is no address; write an IPv6 address in brackets: [::1]:8080"]
        ),
        (
            "[server]\nlisten = 127.0.0.1:65536\n",
            ["x.conf:2:10: listen: '65536' is no port; a port is a number from 0 to 65535"]
        ),
        (
            "[server]\nlisten = :80\n",
            ["x.conf:2:10: listen: ':80' has no host; 0.0.0.0 and [::] stand for every address"]
        ),
        (
            "[server]\nlisten = 1.2.3:80\n",
            ["x.conf:2:10: listen: '1.2.3' is no host; write HOST:PORT, such as 127.0.0.1:8080 or [::1]:8080"]
        ),
        ("[server]\nlisten = a:1, a:1\n", ["x.conf:2:15: listen: 'a:1' is given twice"]),
        ("[server]\nlisten = a:0, a:0, a:1, a:1\n", ["x.conf:2:25: listen: 'a:1' is given twice"]),
        ("[server]\nlisten = a:1,, b:1\n", ["x.conf:2:14: listen: an item of the list is empty"]),
        (
            "[server]\nlisten =\n",
            [
                "x.conf:2:1: listen: the value is missing; write an address, or leave the key out, or write "
                    + "[listener NAME]"
            ]
        ),
        ("[server]\npath = results\n", ["x.conf:2:8: path: 'results' is no path; begin with a slash: /results"]),
        (
            "[server]\npath = /a?b\n",
            ["x.conf:2:8: path: '/a?b' is no path; leave out query, spaces and letters beyond ASCII"]
        ),
        ("[server]\ndatabase =\n", ["x.conf:2:11: database: the name of the file is missing"]),
        (
            "[limits]\nbody-bytes = 16KB\n",
            ["x.conf:2:14: body-bytes: 'KB' is no unit of size; write KiB or MiB, such as 16KiB"]
        ),
        (
            "[limits]\nbody-bytes = 257MiB\n",
            ["x.conf:2:14: body-bytes: 257MiB is out of range; write a size from 1 to 256MiB"]
        ),
        (
            "[limits]\nbody-bytes = 99999999999999999999\n",
            [
                "x.conf:2:14: body-bytes: '99999999999999999999' is no whole number with a unit; "
                    + "write 16KiB, for instance"
            ]
        ),
        (
            "[limits]\nbody-bytes = -1\n",
            ["x.conf:2:14: body-bytes: '-1' is no whole number with a unit; write 16KiB, for instance"]
        ),
        (
            "[limits]\nbody-time = 20\n",
            ["x.conf:2:13: body-time: the unit is missing; write 20s, for instance"]
        ),
        (
            "[limits]\nbody-time = 20 sec\n",
            ["x.conf:2:13: body-time: 'sec' is no unit of time; write ms, s, min, h or d, such as 20s"]
        ),
        ("[limits]\nbody-time = 2d\n", ["x.conf:2:13: body-time: 2d is out of range; write a time from 1ms to 1d"]),
        ("[limits]\nidle-time = 0s\n", ["x.conf:2:13: idle-time: 0s is out of range; write a time from 1ms to 1d"]),
        (
            "[limits]\nconnections = 0\n",
            ["x.conf:2:15: connections: 0 is out of range; write a whole number from 1 to 1000000"]
        ),
        (
            "[plugin a]\nalgorithms = sha1, md5\n",
            ["x.conf:2:20: algorithms: 'md5' is none of sha1, sha256, sha512; write sha1, sha256 or sha512"]
        ),
        ("[plugin a]\nalgorithms =\n", ["x.conf:2:1: algorithms: the value is missing"]),
        (
            "[plugin a]\nperson-key = personid\n",
            [
                "x.conf:2:14: person-key: 'personid' is none of person-id, external-id, either; "
                    + "did you mean 'person-id'?"
            ]
        ),
        (
            "[plugin a]\nmap-score = /a\n",
            [
                "x.conf:2:1: map-score: the built-in schema needs no mapping; "
                    + "name another schema, or leave the key out"
            ]
        ),
        (
            "[plugin a]\nmap-type = a\nmap-score = b\n[limits]\nlanes = 1\n",
            [
                "x.conf:2:1: map-type: the built-in schema needs no mapping; "
                    + "name another schema, or leave the key out",
                "x.conf:3:1: map-score: the built-in schema needs no mapping; "
                    + "name another schema, or leave the key out",
                "x.conf:5:1: lanes: unknown key in [limits]; it belongs in [server]",
            ]
        ),
        (
            "[plugin a]\nsecret-file = credential:../x\n",
            ["x.conf:2:15: secret-file: 'credential:../x' names no credential; write credential:NAME"]
        ),
        ("[plugin]\n", ["x.conf:1:1: [plugin]: the plugin's name is missing; write [plugin default]"]),
        ("[server x]\n", ["x.conf:1:1: [server x]: this section takes no name; write [server]"]),
        (
            "[plugin a b]\n",
            [
                "x.conf:1:1: [plugin a b]: this is no name for a plugin; "
                    + "use at most 64 ASCII letters, digits and signs without spaces and quotes"
            ]
        ),
        ("[server\n", ["x.conf:1:1: the section's closing bracket is missing; write ] behind its name"]),
        // What stands below a header that says nothing is not judged.
        (
            "[limits]\n[plugin a\nsecret-file = x\nnonsense = y\n[server]\nlanes = 0\n",
            [
                "x.conf:2:1: the section's closing bracket is missing; write ] behind its name",
                "x.conf:6:9: lanes: 0 is out of range; write a whole number from 1 to 64",
            ]
        ),
        (
            "[plugin]\nalgorithms = md5\nnonsense = y\n",
            ["x.conf:1:1: [plugin]: the plugin's name is missing; write [plugin default]"]
        ),
        (
            "lanes = 1\npath = x\n[server]\npath = x\n",
            [
                "x.conf:1:1: lanes: no section stands above this key; write [server] or another first",
                "x.conf:4:8: path: 'x' is no path; begin with a slash: /results",
            ]
        ),
        ("[server]\n\u{1}\n\u{2}\n", ["x.conf:2:1: control character U+1; remove it"]),
        ("[server] lanes = 1\n", ["x.conf:1:10: text behind the closing bracket; begin a new line"]),
        ("[server]#c\n", ["x.conf:1:9: text behind the closing bracket; begin a new line"]),
        ("[server]\nlanes\n", ["x.conf:2:1: this is neither 'key = value' nor '[section]'"]),
        ("[server]\n = 1\n", ["x.conf:2:2: this is neither 'key = value' nor '[section]'"]),
        (
            "lanes = 1\n",
            ["x.conf:1:1: lanes: no section stands above this key; write [server] or another first"]
        ),
        ("[server]\nlisten = \"a:1\n", ["x.conf:2:10: listen: the closing quote is missing"]),
        ("[server]\nlisten = \"a:1\" b\n", ["x.conf:2:16: listen: text behind the closing quote"]),
        ("[server]\npath = /\u{7}\n", ["x.conf:2:9: control character U+7; remove it"]),
        ("[server]\rlanes = 1\n", ["x.conf:1:9: control character U+D; remove it"]),
        ("[server]\npath = /\0\n", ["x.conf:2:9: control character U+0; remove it"]),
    ]

    @Test(arguments: wrong)
    func aMistakeIsToldWithFileLineColumnAndKey(text: String, mistakes: [String]) throws {
        #expect(try SettingsFixture(text: text).mistakes() == mistakes)
    }

    @Test func everyMistakeIsToldNotOnlyTheFirst() throws {
        let text = "[server]\nlanes = 0\npaht = /a\n[limits]\nbody-time = 1\n[nothing]\n"
        #expect(
            try SettingsFixture(text: text).mistakes().map { $0.prefix(10) } == [
                "x.conf:2:9", "x.conf:3:1", "x.conf:5:1", "x.conf:6:1",
            ])
    }

    /// Although what keys contradict is found out only when all of them were read.
    @Test func mistakesStandInTheOrderOfTheirLinesAndThoseOfVariablesBehindThem() throws {
        let fixture = SettingsFixture(
            text: """
                lost = 1
                [plugin a]
                map-type = /a
                algorithms = md5
                map-score = /b
                [admin]
                listen = 192.0.2.1:9000
                [limits]
                idle-time = 0s
                [server]
                lanes = two
                listen = 8080
                [servr]
                """,
            environment: ["RESULTS_RECEIVER_LANES": "none", "RESULTS_RECEIVER_BODY_BYTES": "1KB"])
        let places = try fixture.mistakes().map { $0.prefix { $0 != " " } }
        #expect(
            places == [
                "x.conf:1:1:", "x.conf:3:1:", "x.conf:4:14:", "x.conf:5:1:", "x.conf:7:1:", "x.conf:9:13:",
                "x.conf:11:9:", "x.conf:12:10:", "x.conf:13:1:", "RESULTS_RECEIVER_LANES:",
                "RESULTS_RECEIVER_BODY_BYTES:",
            ])
    }

    @Test func aFileThatIsNotUTF8IsToldWithThePlaceOfTheFirstWrongByte() throws {
        let latin = Array("[server]\npath = /caf".utf8) + [0xE9, 0x0A]
        #expect(
            try SettingsFixture(bytes: latin).mistakes() == ["x.conf:2:12: this is not UTF-8; save the file as UTF-8"])
        let utf16: [UInt8] = [0xFF, 0xFE, 0x5B, 0x00]
        #expect(
            try SettingsFixture(bytes: utf16).mistakes() == ["x.conf:1:1: the file is UTF-16; save it as UTF-8"])
    }

    @Test func byteOrderMarkAndCRLFAndNoLastLineEndAreFine() throws {
        let loaded = try SettingsFixture(text: "\u{FEFF}[server]\r\nlanes = 4\r\npath = /x").load()
        #expect(loaded.mistakes == [])
        #expect(loaded.settings.server.lanes.value == 4)
        #expect(loaded.settings.server.path.value == "/x")
    }

    @Test func commentsBeginAtTheStartOfALineOrAfterASpace() throws {
        let text = """
            # one
              ; two
            [server]\t# three
            database = /a#b;c ; four
            language =\ten\t# five
            [plugin p] ; six
            external-source =  # nothing
            """
        let loaded = try SettingsFixture(text: text).load()
        #expect(loaded.mistakes == [])
        #expect(loaded.settings.server.database.value == "/a#b;c")
        #expect(loaded.settings.server.language.value == "en")
        #expect(loaded.settings.plugins[0].externalSource.value == nil)
    }

    @Test func doubleQuotesHoldCommasAndCommentSignsAndDoubledQuotes() throws {
        let text = """
            [plugin p]
            secret-file = "/a, b", "/c # d" ,/e;f # comment
            external-source = "x ""y"" # z" ; comment
            schema = /s.xsd
            map-type = concat(/a, "#") # comment
            map-score = "concat(/a, ' # ')"
            """
        let loaded = try SettingsFixture(text: text).load()
        #expect(loaded.mistakes == [])
        let plugin = loaded.settings.plugins[0]
        #expect(plugin.secrets.value == [.file("/a, b"), .file("/c # d"), .file("/e;f")])
        #expect(plugin.externalSource.value == "x \"y\" # z")
        #expect(plugin.map[.type]?.value == "concat(/a, \"#\")")
        #expect(plugin.map[.score]?.value == "concat(/a, ' # ')")
    }

    static let sizes: [(String, Int)] = [
        ("1000", 1000), ("1000B", 1000), ("16KiB", 16384), ("16 KiB", 16384), ("2MiB", 2 << 20),
    ]

    @Test(arguments: sizes)
    func sizesTakeKiBAndMiB(text: String, bytes: Int) throws {
        #expect(
            try SettingsFixture(text: "[limits]\nbody-bytes = \(text)").load().settings.limits.bodyBytes.value == bytes)
    }

    static let times: [(String, Duration)] = [
        ("250ms", .milliseconds(250)), ("3s", .seconds(3)), ("2min", .seconds(120)), ("1h", .seconds(3600)),
        ("1d", .seconds(86400)),
    ]

    @Test(arguments: times)
    func timesTakeMsSMinHAndD(text: String, time: Duration) throws {
        #expect(
            try SettingsFixture(text: "[limits]\nbody-time = \(text)").load().settings.limits.bodyTime.value == time)
    }

    @Test func severalPluginsKeepTheirOrderAndTheirOwnKeys() throws {
        let text = "[plugin b]\nalgorithms = sha512\n[plugin a]\nperson-key = external-id\n"
        let plugins = try SettingsFixture(text: text).load().settings.plugins
        #expect(plugins.map(\.name) == ["b", "a"])
        #expect(plugins.map(\.algorithms.value) == [[.sha512], Algorithm.allCases])
        #expect(plugins.map(\.personKey.value) == [.either, .externalID])
    }

    @Test func filesToReadCountFromTheSettingsFilesFolder() throws {
        let loaded = try SettingsFixture(text: "[plugin a]\nsecret-file = s, credential:c\nschema = x/y.xsd\n").load()
        guard let file = loaded.settings.file, let slash = file.lastIndex(of: "/") else { return #expect(Bool(false)) }
        let folder = file[..<slash]
        #expect(loaded.settings.plugins[0].secrets.value == [.file("\(folder)/s"), .credential("c")])
        #expect(loaded.settings.plugins[0].schema.value == "\(folder)/x/y.xsd")
    }

    @Test func theDatabaseCountsFromTheStateDirectoryOrTheWorkingFolder() throws {
        let state = ["STATE_DIRECTORY": "/var/lib/one:/var/lib/two"]
        #expect(
            try SettingsFixture(environment: state).load().settings.server.database.value == "/var/lib/one/results.db")
        let text = "[server]\ndatabase = other.db"
        #expect(try SettingsFixture(text: text).load().settings.server.database.value == "other.db")
        #expect(
            try SettingsFixture(text: text, environment: state).load().settings.server.database.value
                == "/var/lib/one/other.db")
    }

    @Test func aBodyThatCanNeverFitIsAWarning() throws {
        let loaded = try SettingsFixture(text: "[limits]\nin-flight-bytes = 64KiB\n").load()
        #expect(loaded.mistakes == [])
        #expect(
            loaded.warnings.map(\.description) == [
                "x.conf:2:1: in-flight-bytes: less than body-bytes; a body as large as body-bytes allows will never fit"
            ])
    }
}
