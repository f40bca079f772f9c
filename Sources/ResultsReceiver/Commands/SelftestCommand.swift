import Client
import Configuration
import FoundationEssentials
import Samples
import Signature

/// `selftest`: sends the samples of the status table to a server and compares its answers.
struct SelftestCommand: Command {
    static let definition = CommandDefinition(
        path: ["selftest"], summary: "Try the whole status table on a server, and compare its answers",
        flags: [
            .url, .authorities, .secretFile, .testAlgorithm,
            FlagDefinition(
                name: "--with-enrolments",
                summary: "Also what registers results, with reserved ids, once you have imported their enrolments"),
            .plugin, .config,
        ],
        details: [
            "Without --with-enrolments it leaves nothing behind. Samples that need the sample enrolments, which "
                + "'serve --demo' has, are skipped on a server without them.",
            "With it, prints a command that imports enrolments with new ids 'selftest-...', waits for the Enter key, and "
                + "says at the end which results to revoke.",
            "It signs with what the settings of the plugin allow, or with --algorithm alone, so that a server that takes "
                + "sha512 only can be tried from elsewhere.",
        ],
        exitCodes: [
            (.ok, "all answers agree"), (.foundWork, "an answer is not the expected one"),
            (.noInput, "the settings file is not there"), (.unavailable, "the server cannot be reached"),
            (.notPermitted, "a file may not be read"),
            (.configuration, "there is no secret, or the settings are wrong"),
        ])

    private let url: String
    private let authorities: String?
    private let usesReservedIDs: Bool
    private let algorithm: Algorithm?
    private let settings: SettingsArguments

    init(_ arguments: ParsedArguments) throws(Failure) {
        url = arguments.value(FlagDefinition.url.name) ?? ""
        authorities = arguments.value(FlagDefinition.authorities.name)
        algorithm = arguments.algorithm
        usesReservedIDs = arguments.has("--with-enrolments")
        settings = SettingsArguments(arguments, of: Self.definition)
    }

    func run(in surroundings: Surroundings) async throws(Failure) -> ExitCode {
        let plugin = try settings.plugin(of: try settings.settings(in: surroundings))
        let prefix = usesReservedIDs ? "selftest-\(Self.randomLetters(8))-" : ""
        let book = try Self.book(prefix: usesReservedIDs ? prefix : nil)
        let server = SampleServer(
            url: url, authorities: try surroundings.readable(authorities),
            secret: try plugin.loadSecrets(in: surroundings)[0],
            algorithms: algorithm.map { [$0] } ?? plugin.algorithms.value)
        if usesReservedIDs { try askForImport(of: book, surroundings) }
        let hasEnrolments: Bool
        do throws(OutgoingError) {
            hasEnrolments = try await server.hasSampleEnrolments(prefix: prefix)
        } catch {
            throw Failure(error, url: url)
        }
        guard hasEnrolments || !usesReservedIDs else {
            throw Failure(
                .unavailable, "\(url): the server does not know the enrolments",
                hint: "import them into the database of this server, and let person-key be either")
        }

        var report = try SelftestReport(book.samples, surroundings.output)
        for sample in book.samples {
            guard usesReservedIDs || sample.isHarmless else { continue }
            guard hasEnrolments || !sample.needsEnrolments else {
                try report.skip(sample)
                continue
            }
            try report.add(sample, await server.got(sample))
        }
        try report.finish()
        if usesReservedIDs { try sayWhatToRevoke(prefix, surroundings) }
        return report.disagreements == 0 ? .ok : .foundWork
    }

    private static func book(prefix: String?) throws(Failure) -> SampleBook {
        do {
            return try SampleBook(prefix: prefix)
        } catch {
            throw Failure(.internalError, "the samples that are built in do not fit together: \(error)")
        }
    }

    private static func randomLetters(_ count: Int) -> String {
        String((0..<count).map { _ in "abcdefghijkmnpqrstuvwxyz23456789".randomElement() ?? "x" })
    }

    /// Prints a command that can be pasted on the server's machine, and waits for a line of input (or its end).
    private func askForImport(of book: SampleBook, _ surroundings: Surroundings) throws(Failure) {
        try surroundings.output.write("\(Program.name) enrolments import - <<'END'\n")
        try surroundings.output.write(book.enrolments)
        try surroundings.output.write("END\n")
        try surroundings.output.flush()
        surroundings.say("selftest", "run the command above where the server is, then press Enter here")
        surroundings.waitForLine()
    }

    private func sayWhatToRevoke(_ prefix: String, _ surroundings: Surroundings) throws(Failure) {
        try surroundings.output.write(
            """

            To undo it: the enrolments \(prefix)i3001, \(prefix)i3002 and \(prefix)i3003 have results. For each of them
              \(Program.name) results list --enrolment \(prefix)i3001
              \(Program.name) results revoke RESULT_ID --reason selftest
              \(Program.name) enrolments cancel \(prefix)i3001

            """)
    }
}

/// The lines of a self-test: expected beside got.
struct SelftestReport {
    private(set) var disagreements = 0
    private var agreements = 0
    private var skipped = 0
    private let output: OutputChannel
    private let nameWidth: Int
    private let answerWidth: Int

    init(_ samples: [Sample], _ output: OutputChannel) throws(Failure) {
        self.output = output
        nameWidth = samples.map(\.name.count).max() ?? 0
        answerWidth = samples.map { SampleServer.words($0.expectation).count }.max() ?? 0
        try output.writeLine(line("", "sample", "expected", "got"))
    }

    mutating func add(_ sample: Sample, _ got: String) throws(Failure) {
        let expected = SampleServer.words(sample.expectation)
        if got == expected { agreements += 1 } else { disagreements += 1 }
        try output.writeLine(line(got == expected ? "ok" : "DIFFERS", sample.name, expected, got))
        // Whoever watches sees each answer as it comes.
        try output.flush()
    }

    mutating func skip(_ sample: Sample) throws(Failure) {
        skipped += 1
        try output.writeLine(
            line("skipped", sample.name, SampleServer.words(sample.expectation), "needs the sample enrolments"))
    }

    func finish() throws(Failure) {
        try output.writeLine("\(agreements) agree, \(disagreements) differ, \(skipped) skipped")
    }

    private func line(_ verdict: String, _ name: String, _ expected: String, _ got: String) -> String {
        let cells = [(verdict, 7), (name, nameWidth), (expected, answerWidth)].map { text, width in
            text + String(repeating: " ", count: max(0, width - text.count))
        }
        return (cells + [got]).joined(separator: "  ")
    }
}

/// A server under test.
struct SampleServer: Sendable {
    private let origin: String
    private let path: String
    private let query: String?
    private let authorities: String?
    private let secret: Secret
    /// Those it takes; at least one.
    private let algorithms: [Algorithm]

    init(url: String, authorities: String? = nil, secret: Secret, algorithms: [Algorithm]) {
        self.authorities = authorities
        self.secret = secret
        self.algorithms = algorithms
        let url = url.prefix { $0 != "#" }
        let start = url.firstRange(of: "://")?.upperBound ?? url.startIndex
        let end = url[start...].firstIndex { $0 == "/" || $0 == "?" } ?? url.endIndex
        origin = String(url[..<end])
        let target = url[end...].split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        path = target.first.flatMap { $0.isEmpty ? nil : String($0) } ?? "/"
        query = target.count > 1 ? String(target[1]) : nil
    }

    /// Sends the sample; the answer in the words of `words`, or why there is none.
    func got(_ sample: Sample) async -> String {
        let request = sample.request(path: path, query: query, secret: secret, algorithms: algorithms)
        do throws(OutgoingError) {
            let response = try await send(request)
            guard let answer = Answer(response) else { return "\(response.status) without a JSON answer" }
            return "\(response.status) \(answer.reason) \(answer.status)"
        } catch {
            return "\(error)"
        }
    }

    static func words(_ expectation: Sample.Expectation) -> String {
        "\(expectation.code) \(expectation.reason) \(expectation.status)"
    }

    /// Whether the server has the sample enrolments, found out without any message that could register a result: in a
    /// course that no enrolment names, the sample's ambiguous id is refused in other words than one that is unknown.
    func hasSampleEnrolments(prefix: String) async throws(OutgoingError) -> Bool {
        let ambiguous = try await refusal(of: "\(prefix)x77")
        let unknown = try await refusal(of: "selftest-nobody")
        guard let ambiguous, let unknown, ambiguous.reason == "unknown-person", unknown.reason == "unknown-person"
        else { return false }
        return ambiguous.message.replacing("\(prefix)x77", with: "selftest-nobody") != unknown.message
    }

    private func refusal(of student: String) async throws(OutgoingError) -> Answer? {
        let body = Array(
            """
            <message><type>coursepartcompletion</type><created>2026-11-20T14:03:12+01:00</created>\
            <student><id>\(student)</id></student><course><id>selftest-nothing</id></course>\
            <result><completed>2026-11-20T14:03:10+01:00</completed></result></message>
            """.utf8)
        let signature = Signing.fieldValue(for: body, secret: secret, algorithm: algorithms[0])
        return Answer(
            try await send(
                SampleRequest(
                    method: "POST", target: path + (query.map { "?\($0)" } ?? ""),
                    fields: [("X-WebHook-Signature", signature), ("Content-Type", "text/xml; charset=utf-8")],
                    body: body)))
    }

    private func send(_ sample: SampleRequest) async throws(OutgoingError) -> OutgoingResponse {
        var request = OutgoingRequest(
            url: origin + sample.target, method: sample.method,
            fields: sample.fields + [("Accept", "application/json"), ("Accept-Language", "en")], body: sample.body)
        request.authorityFile = authorities
        request.introduceItself()
        return try await request.send()
    }
}

/// What a self-test reads of an answer.
private struct Answer: Decodable {
    var reason: String
    var status: String
    var message: String

    init?(_ response: OutgoingResponse) {
        guard let answer = try? JSONDecoder().decode(Answer.self, from: Data(response.body)) else { return nil }
        self = answer
    }
}
