import HTTP
import Log
import Net
import Receiver
import Registry
import Results
import Samples
import Schema
import Server
import Signature
import Testing

@testable import ResultsReceiver

/// A server on a free port of 127.0.0.1 for the time of a test.
private struct ServedService {
    let server: Server
    let url: String

    init(_ makeService: @escaping @Sendable (_ lane: Int) -> any Service) throws {
        let logger = Logger(minimum: .error, format: .json) { _ in }
        server = Server(
            listeners: [try Listener(SocketAddress(parsing: "127.0.0.1:0"))], lanes: 1, limits: ServerLimits(),
            logger: logger, makeService: makeService)
        url = "http://\(try #require(try server.start().first))/results"
    }

    func stop() async { await server.drain(within: .seconds(1)) }
}

/// Answers every request with one status.
private final class OneAnswer: Service {
    private let response: Response

    init(_ status: Int) {
        response = Response(status: Status(code: status, phrase: "Whatever"), content: Array("told".utf8))
    }

    func admit(_ head: RequestHead, from client: Client) -> Admission {
        .receive(TestReceiver(limit: 1 << 20) { [response] _ in response })
    }

    func refuse(_ refusal: Refusal, head: RequestHead?, from client: Client) -> Response { response }
}

@Suite struct SendCommandTests {
    private static let statuses: [(status: Int, code: Int32)] = [
        (200, 0), (400, 65), (403, 65), (404, 65), (405, 65), (500, 69), (503, 69), (202, 69), (301, 69), (413, 65),
    ]

    @Test(arguments: statuses)
    private func theExitCodeFollowsTheStatus(_ expected: (status: Int, code: Int32)) async throws {
        let running = try ServedService { _ in OneAnswer(expected.status) }
        var fixture = try CommandFixture()
        fixture.environment = ["RESULTS_RECEIVER_SECRET": "secret"]
        let ended = try await fixture.run("send", "-", "--url", running.url, input: "message")
        await running.stop()
        #expect(ended.code == expected.code)
        #expect(ended.output == "HTTP \(expected.status)\ntold\n")
        #expect(ended.errors == "")
    }

    @Test func noConnectionIsExitCode69AndAnURLThatIsNoneIs64() async throws {
        let running = try ServedService { _ in OneAnswer(200) }
        await running.stop()
        var fixture = try CommandFixture()
        fixture.environment = ["RESULTS_RECEIVER_SECRET": "secret"]
        let gone = try await fixture.run("send", "-", "--url", running.url)
        #expect(gone.code == 69)
        #expect(gone.errors.hasPrefix("results-receiver: error: \(running.url): the connection was refused"))
        #expect(try await fixture.run("send", "-", "--url", "results").code == 64)
        #expect(try await fixture.run("send", "-").code == 64)
        #expect(try await fixture.run("send", "/nonexistent", "--url", running.url).code == 66)
    }

    @Test func whatIsSentIsRightlySignedWithTheChosenAlgorithm() async throws {
        let receiver = try ServedReceiver(algorithms: [.sha512])
        var fixture = try CommandFixture()
        fixture.environment = ["RESULTS_RECEIVER_SECRET": ServedReceiver.secret]
        let right = try await fixture.run("send", "-", "--url", receiver.url, "--algorithm", "sha512")
        #expect(right.code == 65)
        #expect(right.output.contains("\"reason\":\"empty-body\""))
        let wrong = try await fixture.run("send", "-", "--url", receiver.url)
        #expect(wrong.output.hasPrefix("HTTP 403\n"))
        await receiver.stop()
    }
}

/// The whole receiver with a registry of its own.
private struct ServedReceiver {
    static let secret = "a secret for tests"
    let registry: RegistryFixture
    private let committer: Committer
    private let running: ServedService
    var url: String { running.url }

    init(algorithms: Set<Algorithm> = Set(Algorithm.allCases), enrolments: [UInt8]? = nil) throws {
        let registry = try RegistryFixture()
        if let enrolments {
            var rest = enrolments[...]
            let reader = CSVReader { chunk in
                chunk.replaceSubrange(0..<rest.count, with: rest)
                defer { rest = [] }
                return rest.count
            }
            _ = try EnrolmentImport(into: registry.path).run(reader)
        }
        let logger = Logger(minimum: .error, format: .json) { _ in }
        let committer = Committer(store: registry.store, logger: logger)
        let plugin = Plugin(
            name: "default", secrets: [try #require(Secret(Array(Self.secret.utf8)))], algorithms: algorithms,
            schema: try Schema.builtIn())
        let settings = ReceiverSettings(plugins: [plugin], zone: try #require(CivilTime(zone: "Europe/Amsterdam")))
        running = try ServedService { _ in
            ResultsService(settings: settings, committer: committer, logger: logger)
        }
        self.registry = registry
        self.committer = committer
    }

    func stop() async {
        await running.stop()
        await committer.finish()
    }
}

@Suite struct SelftestCommandTests {
    private func fixture() throws -> CommandFixture {
        var fixture = try CommandFixture()
        fixture.environment = ["RESULTS_RECEIVER_SECRET": ServedReceiver.secret]
        return fixture
    }

    @Test func whereTheServerHasTheEnrolmentsAllHarmlessSamplesAgreeAndNothingIsRegistered() async throws {
        let book = try SampleBook()
        let receiver = try ServedReceiver(enrolments: book.enrolments)
        let ended = try await fixture().run("selftest", "--url", receiver.url)
        #expect(ended.code == 0)
        let lines = ended.output.split(separator: "\n")
        let harmless = book.samples.filter(\.isHarmless)
        #expect(lines.count == harmless.count + 2)
        #expect(lines.last == "\(harmless.count) agree, 0 differ, 0 skipped")
        #expect(ended.output.contains("404 waiting-list 2005"))
        #expect(try receiver.registry.text("SELECT count(*) FROM result") == "0")
        await receiver.stop()
    }

    @Test func whereTheServerHasNoneThoseThatNeedThemAreSkipped() async throws {
        let receiver = try ServedReceiver()
        let ended = try await fixture().run("selftest", "--url", receiver.url)
        let harmless = try SampleBook().samples.filter(\.isHarmless)
        let needing = harmless.filter(\.needsEnrolments)
        #expect(ended.code == 0)
        #expect(ended.output.contains("skipped  waiting-list"))
        #expect(
            ended.output.hasSuffix(
                "\(harmless.count - needing.count) agree, 0 differ, \(needing.count) skipped\n"))
        await receiver.stop()
    }

    @Test func aWrongSecretIsExitCode1WithExpectedBesideGot() async throws {
        let receiver = try ServedReceiver()
        var fixture = try fixture()
        fixture.environment = ["RESULTS_RECEIVER_SECRET": "not the secret"]
        let ended = try await fixture.run("selftest", "--url", receiver.url)
        #expect(ended.code == 1)
        let line = try #require(ended.output.split(separator: "\n").first { $0.contains(" empty-body ") })
        #expect(
            line.split(separator: " ") == [
                "DIFFERS", "empty-body", "400", "empty-body", "0099", "403", "signature-mismatch", "0099",
            ])
        await receiver.stop()
    }

    @Test func itSignsWithWhatTheSettingsAllow() async throws {
        let book = try SampleBook()
        let receiver = try ServedReceiver(algorithms: [.sha512], enrolments: book.enrolments)
        var fixture = try fixture()
        let settings = try fixture.write("x.conf", "[plugin default]\nalgorithms = sha512\n")
        let harmless = book.samples.filter(\.isHarmless).count
        for arguments in [["--config", settings], ["--algorithm", "sha512"]] {
            let ended = try await fixture.run(["selftest", "--url", receiver.url] + arguments)
            #expect(ended.code == 0)
            #expect(ended.output.hasSuffix("\n\(harmless) agree, 0 differ, 0 skipped\n"))
        }
        // A flag beats the settings.
        fixture.environment["RESULTS_RECEIVER_ALGORITHMS"] = "sha512"
        #expect(try await fixture.run("selftest", "--url", receiver.url, "--algorithm", "sha1").code == 1)
        #expect(try await fixture.run("selftest", "--url", receiver.url).code == 0)
        await receiver.stop()
    }

    @Test func aSampleOfAnotherAlgorithmIsSignedWithOneThatTheServerTakes() throws {
        let secret = try #require(Secret(Array(ServedReceiver.secret.utf8)))
        for algorithms in [[Algorithm.sha256], [.sha512, .sha1], Algorithm.allCases] {
            var used: Set<Int> = []
            for sample in try SampleBook().samples where sample.registers {
                let request = sample.request(path: "/results", secret: secret, algorithms: algorithms)
                let field = try #require(request.fields.first { $0.name == "X-WebHook-Signature" })
                used.insert(try Signature(fieldValues: [field.value]).algorithm.byteCount)
            }
            #expect(used.contains(algorithms[0].byteCount))
            #expect(used.isSubset(of: algorithms.map(\.byteCount)))
            #expect(used.count == (algorithms.count == 3 ? 3 : 1))
        }
    }

    @Test func aServerThatIsNotThereIsExitCode69() async throws {
        let running = try ServedService { _ in OneAnswer(200) }
        await running.stop()
        #expect(try await fixture().run("selftest", "--url", running.url).code == 69)
    }

    @Test func aServerThatAnswersSomethingElseDiffers() async throws {
        let running = try ServedService { _ in OneAnswer(404) }
        let ended = try await fixture().run("selftest", "--url", running.url)
        await running.stop()
        #expect(ended.code == 1)
        #expect(ended.output.contains("404 without a JSON answer"))
    }

    @Test func withEnrolmentsNeedsTheImportThatItPrints() async throws {
        let receiver = try ServedReceiver()
        let ended = try await fixture().run("selftest", "--url", receiver.url, "--with-enrolments")
        #expect(ended.code == 69)
        #expect(ended.output.hasPrefix("results-receiver enrolments import - <<'END'\nenrolment_id,"))
        #expect(ended.errors.contains("the server does not know the enrolments"))
        await receiver.stop()
    }

    /// Plays the operator: takes the printed command's lines, imports them beside the running server, presses Enter.
    private static let operate = """
        mkfifo in out
        "$PROGRAM" selftest --url "$URL" --with-enrolments <in >out & test=$!
        exec 3>in 4<out
        read -r command <&4
        while read -r line <&4 && [ "$line" != END ]; do printf '%s\\n' "$line"; done |
            "$PROGRAM" enrolments import - --database "$DB"
        echo >&3
        cat <&4
        wait $test
        """

    @Test func withEnrolmentsAlsoWhatRegistersIsTriedAndNamedForRevoking() async throws {
        let receiver = try ServedReceiver()
        let samples = try SampleBook().samples
        let folder = try TemporaryFolder()
        let ended = try await BuiltProgram.shell(
            Self.operate,
            environment: [
                "RESULTS_RECEIVER_SECRET": ServedReceiver.secret, "URL": receiver.url, "DB": receiver.registry.path,
            ], folder: folder.path)
        await receiver.stop()
        #expect(ended.code == 0)
        #expect(ended.output.contains("\n\(samples.count) agree, 0 differ, 0 skipped\n"))
        let registered = samples.filter(\.registers).count
        #expect(try receiver.registry.text("SELECT count(*) FROM result") == "\(registered)")
        let enrolments = try #require(try receiver.registry.text("SELECT group_concat(enrolment_id) FROM result"))
        for enrolment in enrolments.split(separator: ",") {
            #expect(enrolment.hasPrefix("selftest-"))
            #expect(ended.output.contains("\(enrolment)"))
        }
    }
}
