import Testing

@testable import ResultsReceiver

@Suite struct ArgumentParserTests {
    private let definition = CommandDefinition(
        path: ["do"], summary: "Do it",
        arguments: [ArgumentDefinition(name: "FILE", count: .oneOrMore, summary: "A file")],
        flags: [
            FlagDefinition(name: "--one", placeholder: "X", summary: ""),
            FlagDefinition(name: "--many", placeholder: "X", repeats: true, summary: ""),
            FlagDefinition(name: "--bare", summary: ""), .choice("--word", ["table", "csv"], ""),
        ])

    private func parse(_ arguments: String...) throws(Failure) -> ParsedArguments {
        try ArgumentParser(definition: definition).parse(arguments)
    }

    @Test func aFlagTakesItsValueAsTheNextArgumentOrBehindAnEqualsSign() throws {
        #expect(try parse("--one", "a", "f").value("--one") == "a")
        #expect(try parse("--one=a=b", "f").value("--one") == "a=b")
        #expect(try parse("f", "--one", "-").value("--one") == "-")
        #expect(try parse("f", "--one", "-5").value("--one") == "-5")
    }

    @Test func flagsAndOtherArgumentsMix() throws {
        let parsed = try parse("a", "--bare", "b", "--one", "x", "c")
        #expect(parsed.positional == ["a", "b", "c"])
        #expect(parsed.has("--bare"))
    }

    @Test func twoDashesEndTheFlagsAndOneDashIsNoFlag() throws {
        #expect(try parse("-", "--", "--bare", "--help", "--").positional == ["-", "--bare", "--help", "--"])
    }

    @Test func aFlagThatRepeatsKeepsAllItsValues() throws {
        #expect(try parse("--many", "1", "--many=2", "f").values("--many") == ["1", "2"])
    }

    @Test func helpWinsOverEverythingThatIsWrong() throws {
        #expect(try parse("--nothing", "--help").wantsHelp)
        #expect(try parse("-h").wantsHelp)
    }

    private static let wrong: [(arguments: [String], message: String, hint: String)] = [
        (["f", "--on"], "unknown flag --on", "did you mean '--one'?"),
        (["f", "--xyzzy"], "unknown flag --xyzzy", "see 'results-receiver do --help'"),
        (["f", "-x"], "unknown flag -x", "see 'results-receiver do --help'"),
        (["f", "--one"], "--one needs a value", "write --one X"),
        (["f", "--one", "--bare"], "--one needs a value", "write --one X"),
        (["f", "--one="], "--one needs a value, and the one given is empty", "write --one X"),
        (["f", "--many", "a", "--many", ""], "--many needs a value, and the one given is empty", "write --many X"),
        (["f", "--bare="], "--bare takes no value", "see"),
        (["f", "--one", "a", "--one", "b"], "--one is given twice", "see"),
        (["f", "--bare=yes"], "--bare takes no value", "see"),
        (["f", "--word", "cvs"], "--word: 'cvs' is none of table, csv", "did you mean 'csv'?"),
        ([], "FILE is missing", "see 'results-receiver do --help'"),
    ]

    @Test(arguments: wrong)
    private func wrongUsageIsExitCode64WithAHint(_ wrong: (arguments: [String], message: String, hint: String)) throws {
        let failure = #expect(throws: Failure.self) {
            try ArgumentParser(definition: definition).parse(wrong.arguments)
        }
        #expect(failure?.code == .usage)
        #expect(failure?.messages == [wrong.message])
        #expect(failure?.hint?.hasPrefix(wrong.hint) == true)
    }

    @Test func anArgumentTooManyAndAMissingFlagAreToldByName() {
        let one = CommandDefinition(
            path: ["do"], summary: "", arguments: [ArgumentDefinition(name: "FILE", summary: "")],
            flags: [FlagDefinition(name: "--url", placeholder: "URL", isNeeded: true, summary: "")])
        let parser = ArgumentParser(definition: one)
        #expect(throws: Failure(.usage, "'b' is one argument too many", hint: "see 'results-receiver do --help'")) {
            try parser.parse(["a", "b", "--url", "x"])
        }
        let hint = "write --url URL (see 'results-receiver do --help')"
        #expect(throws: Failure(.usage, "--url is missing", hint: hint)) { try parser.parse(["a"]) }
    }
}
