import Foundation
import Registry
import Testing

/// The real binary on a disk that fails. Never a 200 for what is not stored, and no restart is needed.
@Suite(.timeLimit(.minutes(5)))
struct StorageFaultTests {
    @Test(arguments: ["ENOSPC", "EIO", "EROFS", "sync EIO"])
    func whileTheDiskFailsTheAnswerIs503AndTheNextTryIsAccepted(_ fault: String) async throws {
        let faults = try await FaultLibrary()
        let server = try await RunningServer.start(
            enrolments: RunningServer.enrolments(["p1", "p2", "p3"]), environment: faults.environment())
        #expect(try server.post(RunningServer.message(student: "p1")).code == 200)

        try faults.begin(fault)
        for student in ["p2", "p3", "p2"] {
            let answer = try server.post(RunningServer.message(student: student))
            #expect(answer.code == 503)
            #expect(answer.content.contains("\"reason\":\"registry-unreachable\""))
            #expect(answer.head.contains("\r\nRetry-After: "))
        }
        try faults.end()

        for student in ["p2", "p3"] {
            let answer = try server.post(RunningServer.message(student: student))
            #expect(answer.code == 200, "\(answer.content)")
        }
        try await expectResults(of: ["p1", "p2", "p3"], in: server)
    }

    @Test func aDiskThatHangsIsAnsweredWithinEightSecondsAndWhatItCommittedLaterIsAcknowledged() async throws {
        let faults = try await FaultLibrary()
        let server = try await RunningServer.start(
            enrolments: RunningServer.enrolments(["p1"]), environment: faults.environment())
        try faults.begin("hang")
        let client = try TestClient(server.address, patience: 9)
        let began = ContinuousClock.now
        client.send(try RunningServer.request(RunningServer.message(student: "p1")))
        let answer = try client.answer()
        #expect(ContinuousClock.now - began < .seconds(8))
        #expect(answer.code == 503)
        try faults.end()
        for await line in server.lines where line.contains("committed after its sender was answered") { break }

        let again = try server.post(RunningServer.message(student: "p1"))
        #expect(again.code == 200)
        #expect(again.content.contains("\"reason\":\"redelivered\""))
        try await expectResults(of: ["p1"], in: server)
    }

    @Test func aSenderThatIsGoneWhenItsResultIsCommittedIsAcknowledgedNextTime() async throws {
        let faults = try await FaultLibrary()
        let server = try await RunningServer.start(
            enrolments: RunningServer.enrolments(["p1"]), environment: faults.environment())
        try faults.begin("hang")
        let message = RunningServer.message(student: "p1")
        let client = try TestClient(server.address)
        client.send(try RunningServer.request(message))
        // Others are answered after the octets of the first, and then after its end, have been seen.
        #expect(try server.post(message, signature: "no").code == 403)
        client.reset()
        #expect(try server.post(message, signature: "no").code == 403)
        try faults.end()
        for await line in server.lines where line.contains("\"reason\":\"registered\"") { break }

        let again = try server.post(message)
        #expect(again.code == 200)
        #expect(again.content.contains("\"reason\":\"redelivered\""))
        let third = try server.post(message)
        #expect(third.code == 404)
        try await expectResults(of: ["p1"], in: server)
    }

    @Test func aDatabaseLockedByAnotherProcessIs503AndAcceptedAfterwards() async throws {
        let server = try await RunningServer.start(enrolments: RunningServer.enrolments(["p1"]))
        let other = try Connection(registry: server.database, creating: false)
        try other.execute("BEGIN IMMEDIATE")
        let client = try TestClient(server.address, patience: 9)
        let began = ContinuousClock.now
        client.send(try RunningServer.request(RunningServer.message(student: "p1")))
        let answer = try client.answer()
        #expect(ContinuousClock.now - began < .seconds(8))
        #expect(answer.code == 503)
        #expect(answer.content.contains("\"reason\":\"registry-busy\""))
        #expect(answer.head.contains("\r\nRetry-After: "))
        try other.execute("COMMIT")
        #expect(try server.post(RunningServer.message(student: "p1")).code == 200)
    }

    /// The write and sync after which the process dies, from the first commit on; `+`: just after it.
    @Test(arguments: ["1", "1+", "2", "2+", "3", "3+", "4", "5+", "7", "9+", "12", "17+"])
    func whatWasAcknowledgedSurvivesAKillAtAnyWriteOrSync(_ point: String) async throws {
        let faults = try await FaultLibrary()
        let persons = (0..<8).map { "p\($0)" }
        // An orderly end first: opening must not use up the operations that are counted.
        let folder = try TemporaryFolder()
        let first = try await RunningServer.start(enrolments: RunningServer.enrolments(persons), folder: folder)
        await first.end()

        var acknowledged: Set<String> = []
        if let server = try? await RunningServer.start(folder: folder, environment: faults.environment(killing: point))
        {
            for person in persons {
                guard let answer = try? server.post(RunningServer.message(student: person)) else { break }
                #expect(answer.code == 200)
                acknowledged.insert(person)
            }
            await server.end(by: SIGKILL)
        }

        let server = try await RunningServer.start(folder: folder)
        for person in persons {
            let answer = try server.post(RunningServer.message(student: person))
            if acknowledged.contains(person) {
                #expect(answer.content.contains("\"reason\":\"duplicate\""), "\(person)")
            } else {
                // Its commit may have reached the disk before its answer could leave.
                #expect([200, 404].contains(answer.code), "\(person)")
            }
        }
        try await expectResults(of: persons, in: server)
        let check = try Connection(registry: server.database, creating: false).prepare("PRAGMA integrity_check")
        #expect(try check.first { $0.text(0) } == "ok")
    }

    /// Each person has exactly one result, and nobody else has any.
    private func expectResults(of persons: [String], in server: RunningServer) async throws {
        let ended = try await BuiltProgram.run(["results", "export", "--database", server.database])
        let found = ended.output.split(separator: "\n").dropFirst().map { $0.split(separator: ",")[2] }
        #expect(found.map(String.init).sorted() == persons.sorted())
    }
}
