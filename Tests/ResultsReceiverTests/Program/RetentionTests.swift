import Foundation
import Testing

@testable import Registry

/// `[retention]` of the settings, as the program that runs obeys it.
@Suite(.timeLimit(.minutes(2)))
struct RetentionTests {
    @Test func theRunningServerErasesOldResultsAndStillRefusesTheirMessages() async throws {
        let folder = try TemporaryFolder()
        try Data("[server]\nlisten = 127.0.0.1:0\n[retention]\nresults = 365d\n".utf8).write(
            to: URL(fileURLWithPath: folder.file("x.conf")))
        let first = try await RunningServer.start(
            enrolments: RunningServer.enrolments(["p1", "p2"]), folder: folder)
        let message = RunningServer.message(student: "p1")
        #expect(try first.post(message).code == 200)
        #expect(try first.post(RunningServer.message(student: "p2")).code == 200)
        await first.end()
        do {
            let old = try Connection(registry: first.database, creating: false)
            let trigger = try old.prepare("SELECT sql FROM sqlite_schema WHERE name = 'result_facts_stay'").first {
                $0.text(0) ?? ""
            }
            try old.execute(
                """
                DROP TRIGGER result_facts_stay;
                UPDATE result SET received_at = 1000 WHERE result_id = 1;
                INSERT INTO result_day VALUES (0, 1, 1);
                """)
            try old.execute(try #require(trigger))
        }
        let server = try await RunningServer.start(folder: folder, arguments: ["--config", folder.file("x.conf")])
        // The next batch of the delivery log takes it along.
        #expect(try server.post("<a/>").code == 400)
        let registry = try Connection(registry: server.database, creating: false)
        try await eventually {
            (try? registry.number("SELECT count(*) FROM result WHERE erased_at IS NOT NULL")) == 1
        }
        #expect(try registry.number("SELECT erased_at IS NULL FROM result WHERE result_id = 2") == 1)
        let again = try server.post(message, fields: "Accept-Language: en\r\n")
        #expect(again.content.contains("\"reason\":\"duplicate\""))
        #expect(!again.content.contains("from the whole course"), "from which part is not known any more")
        let other = try server.post(RunningServer.message(student: "p1", part: "18"), fields: "Accept-Language: en\r\n")
        #expect(other.content.contains("\"reason\":\"duplicate\""))
        #expect(!other.content.contains("several parts") && !other.content.contains("Several parts"))
        #expect(try await BuiltProgram.run(["database", "check", "--database", server.database]).code == 0)
    }

    @Test(arguments: [("30", "the unit is missing"), ("never", "no whole number with a unit"), ("1s", "out of range")])
    func aWrongTimeIsOneLineWithPlaceKeyAndCure(value: String, message: String) async throws {
        let folder = try TemporaryFolder()
        try Data("[retention]\nresults = \(value)\n".utf8).write(to: URL(fileURLWithPath: folder.file("x.conf")))
        let ended = try await BuiltProgram.run(["results", "list", "--config", "x.conf"], folder: folder.path)
        #expect(ended.code == 78)
        #expect(ended.errors.hasPrefix("results-receiver: error: x.conf:2:11: results: "))
        #expect(ended.errors.contains(message))
        #expect(ended.errors.split(separator: "\n")[0].hasSuffix(", or off"))
    }
}
