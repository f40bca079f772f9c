import Foundation
import Testing

/// The real binary and signed messages that try to make it read files, call others, or work and swell.
@Suite(.timeLimit(.minutes(5)))
struct HostileMessageTests {
    /// Where the messages point; no call may name it.
    private static let bait = "bait-4711"

    /// Messages that name a resource, each in another way.
    private static func messages(naming place: String) -> [String] {
        let message = RunningServer.message(student: "nobody")
        func inRoot(_ attributes: String, _ content: String = "") -> String {
            message.replacing("<message>", with: "<message \(attributes)>\(content)")
        }
        let hints = "xsi:noNamespaceSchemaLocation=\"\(place)\" xsi:schemaLocation=\"urn:x \(place)\""
        var messages: [String] = []
        messages.append("<!DOCTYPE message SYSTEM \"\(place)\">" + message)
        messages.append("<!DOCTYPE message PUBLIC \"-//x//y\" \"\(place)\">" + message)
        messages.append(
            "<!DOCTYPE message [<!ENTITY e SYSTEM \"\(place)\">]>" + message.replacing("nobody", with: "&e;"))
        messages.append("<!DOCTYPE message [<!ENTITY % e SYSTEM \"\(place)\"> %e;]>" + message)
        messages.append(inRoot("xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" " + hints))
        messages.append(inRoot("xmlns:xi=\"http://www.w3.org/2001/XInclude\"", "<xi:include href=\"\(place)\"/>"))
        messages.append("<?xml-stylesheet type=\"text/xsl\" href=\"\(place)\"?>" + message)
        messages.append("<?oasis-xml-catalog catalog=\"\(place)\"?>" + message)
        messages.append(inRoot("xml:base=\"\(place)\""))
        messages.append(inRoot("xmlns=\"\(place)\""))
        messages.append(message.replacing("nobody", with: "&\(bait);"))
        return messages
    }

    private static let places = [
        "file:///tmp/\(bait)", "/tmp/\(bait)", "\(bait).dtd", "http://127.0.0.1:9/\(bait)", "ftp://127.0.0.1/\(bait)",
    ]

    @Test(.enabled(if: Wrapping.allowsTracing, "there is no strace, or it may not trace"))
    func noFileIsOpenedAndNoConnectionMadeBecauseOfAMessage() async throws {
        let trace = try TemporaryFolder()
        let server = try await RunningServer.start(
            enrolments: RunningServer.enrolments(["p1", "p2"]),
            // Whoever looks for leaks traces the process, too, and there can be only one.
            environment: ["ASAN_OPTIONS": "detect_leaks=0"], through: Wrapping.traced(into: trace.file("calls")))
        // What is opened once, for the first message of all, is opened now.
        #expect(try server.post(RunningServer.message(student: "p1")).code == 200)
        #expect(try server.post("<message/>").code == 400)
        for message in Self.places.flatMap(Self.messages(naming:)) {
            let code = try server.post(message).code
            // The hints and instructions that XML allows leave a message that fits; its person is unknown.
            #expect(code == 400 || code == 404, "\(message)")
        }
        #expect(try server.post(RunningServer.message(student: "p2")).code == 200)
        #expect(await server.end() == 0)
        try await eventually { !FileManager.default.fileExists(atPath: "/proc/\(server.processID)") }

        let calls = try String(contentsOfFile: trace.file("calls"), encoding: .utf8).split(separator: "\n")
        // It sees what is opened.
        #expect(calls.contains { $0.contains("openat(") && $0.contains("/results.db") })
        #expect(!calls.contains { $0.contains(Self.bait) })
        #expect(!calls.contains { $0.contains("connect(") || $0.contains("/etc/xml") || $0.contains("xmlcatalog") })
        // After a commit the server looks whether its files are still there: between the two that it made there is only
        // what the C library and the scheduler of threads ask the kernel.
        let commits = calls.indices.filter { calls[$0].contains("stat") && calls[$0].contains("/results.db-shm\"") }
        try #require(commits.count >= 2)
        let between = calls[commits[commits.count - 2]...commits[commits.count - 1]]
        // An empty path is a question about a file that is open.
        let others = between.filter { !$0.contains("/results.db") && !$0.contains("AT_EMPTY_PATH") }
        let harmless = #/"\/proc\/|"\/etc\/localtime"|\/zoneinfo\/|--- SIG|\+\+\+ exited/#
        #expect(others.allSatisfy { $0.contains(harmless) }, "\(others)")
    }

    // MARK: Bombs

    @Test(.enabled(if: !runsUnderSanitizer(), "a sanitizer's own memory would be counted"))
    func aBombTakesMemoryInProportionToItsSize() async throws {
        let server = try await RunningServer.start()
        func peak() throws -> Int {
            let status = try String(contentsOfFile: "/proc/\(server.processID)/status", encoding: .utf8)
            return try #require(status.firstMatch(of: #/VmHWM:\s+(\d+) kB/#).flatMap { Int($0.1) }) * 1024
        }
        #expect(try server.post("<message/>").code == 400)
        let before = try peak()
        // The tree of a message of nothing but empty elements is the largest: measured, 46 times the message.
        let size = 1_000_000
        for bomb in Bomb.all(size) {
            #expect(try server.post(bomb.text).code == 400, "\(bomb.name)")
            let bytes = try peak() - before
            #expect(bytes < 64 * size, "\(bomb.name)")
        }
    }
}
