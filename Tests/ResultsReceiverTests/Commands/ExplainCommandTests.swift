import Foundation
import Registry
import Results
import Testing

@testable import ResultsReceiver

/// `explain`: each check says what it found.
@Suite struct ExplainCommandTests {
    private let fixture: DeliveryFixture
    private var commands: CommandFixture
    private let message = RunningServer.message(student: "p1")

    init() throws {
        fixture = try DeliveryFixture()
        commands = fixture.commands
        commands.environment["RESULTS_RECEIVER_SECRET"] = RunningServer.secret
    }

    /// The verdicts by check.
    private func verdicts(_ output: String) -> [String: String] {
        Dictionary(
            uniqueKeysWithValues: fixture.lines(output).map { line in
                let words = line.split(separator: " ", maxSplits: 2)
                return (String(words[1]), String(words[0]))
            })
    }

    private func explain(_ body: String, _ flags: String...) async throws -> (
        verdicts: [String: String], CommandFixture.Ended
    ) {
        let file = try commands.write("message.xml", body)
        let ended = try await commands.run(["explain", file] + flags)
        return (verdicts(ended.output), ended)
    }

    @Test func aMessageThatWouldBeAcceptedPassesEveryCheckAndIsNotStored() async throws {
        try fixture.registry.enrol("e1", person: "p1")
        let (verdicts, ended) = try await explain(message, "--signature", try RunningServer.sign(message))
        #expect(ended.code == 0)
        #expect(verdicts.count == 9 && verdicts.values.allSatisfy { $0 == "ok" })
        #expect(ended.output.contains("sha1, secret 1 of plugin default"))
        #expect(ended.output.contains("the result would be registered for e1 [e1 (ingepland)]"))
        #expect(try fixture.registry.text("SELECT count(*) FROM result") == "0")
        #expect(try fixture.registry.text("SELECT count(*) FROM delivery") == "0")
    }

    @Test func theOrderIsThatOfADelivery() async throws {
        let (_, ended) = try await explain(message)
        let checks = fixture.lines(ended.output).map { String($0.split(separator: " ")[1]) }
        #expect(
            checks == [
                "signature", "size", "xml", "schema", "maintenance", "repetition", "person", "course", "enrolment",
            ])
    }

    @Test func withoutASignatureItIsNotChecked() async throws {
        let (verdicts, _) = try await explain(message)
        #expect(verdicts["signature"] == "-")
    }

    @Test(arguments: [
        ("schema", "FAILED", "<message/>"), ("xml", "FAILED", "<message"), ("xml", "FAILED", "<!DOCTYPE a><a/>"),
        ("size", "FAILED", ""),
    ])
    func whatCannotBeReadFailsThereAndTheRestIsSkipped(check: String, verdict: String, body: String) async throws {
        let (verdicts, ended) = try await explain(body)
        #expect(ended.code == 1)
        #expect(verdicts[check] == verdict)
        for later in ["maintenance", "repetition", "person", "course", "enrolment"] { #expect(verdicts[later] == "-") }
    }

    @Test func aWrongSignatureFailsAndSaysWhatWouldFit() async throws {
        let (verdicts, ended) = try await explain(message, "--signature", try RunningServer.sign(message + "\n"))
        #expect(ended.code == 1 && verdicts["signature"] == "FAILED" && verdicts["schema"] == "ok")
        #expect(ended.output.contains("a secret would fit with a line end at the end of the body"))
    }

    @Test func theRegistrysChecksFailOneByOne() async throws {
        var (verdicts, ended) = try await explain(message)
        #expect(verdicts["person"] == "FAILED" && verdicts["course"] == "FAILED" && ended.code == 1)
        try fixture.registry.enrol("other", person: "p2")
        (verdicts, _) = try await explain(message)
        #expect(verdicts["person"] == "FAILED" && verdicts["course"] == "ok")
        try fixture.registry.enrol("e0", person: "p1", course: "c9")
        (verdicts, ended) = try await explain(message)
        #expect(verdicts["person"] == "ok" && verdicts["enrolment"] == "FAILED")
        #expect(ended.output.contains("no-enrolment: "))
        try fixture.registry.enrol("e1", person: "p1", status: .wachtlijst)
        (verdicts, ended) = try await explain(message)
        #expect(ended.output.contains("waiting-list: ") && ended.output.contains("[e1 (wachtlijst)]"))
        _ = try await commands.run("maintenance", "on")
        (verdicts, _) = try await explain(message)
        #expect(verdicts["maintenance"] == "FAILED")
    }

    @Test func bytesThatAreRegisteredFailTheRepetition() async throws {
        try fixture.registry.enrol("e1", person: "p1")
        try fixture.refuse("r1", message)
        _ = try await commands.run("deliveries", "replay", "r1")
        let (verdicts, ended) = try await explain(message)
        #expect(verdicts["repetition"] == "FAILED" && ended.code == 1)
        #expect(ended.output.contains("[e1 (afgerond, result 1)]"))
    }

    @Test func aRecordedDeliveryIsExplainedByItsReference() async throws {
        try fixture.refuse("r1", message)
        let ended = try await commands.run("explain", "r1")
        #expect(ended.code == 1)
        #expect(verdicts(ended.output)["signature"] == "ok" && verdicts(ended.output)["person"] == "FAILED")
    }

    @Test func whatIsNeitherAFileNorAReferenceIsOneError() async throws {
        let ended = try await commands.run("explain", "nothing.xml")
        #expect(ended.code == 66)
        #expect(
            ended.errors.hasPrefix(
                "results-receiver: error: 'nothing.xml' is neither a file nor the reference of a delivery\n"))
    }

    @Test func theFindingsAreInTheLanguageOfTheLocale() async throws {
        var dutch = commands
        dutch.environment["LANG"] = "nl_NL.UTF-8"
        let file = try dutch.write("message.xml", message)
        #expect(try await dutch.run("explain", file).output.contains("voldoet aan het schema"))
    }
}
