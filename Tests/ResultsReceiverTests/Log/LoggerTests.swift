import Foundation
import Synchronization
import Testing

@testable import Log

@Suite struct LoggerTests {
    /// Keeps what a logger writes.
    private final class Sheet: Sendable {
        private let bytes = Mutex<[UInt8]>([])
        func write(_ more: [UInt8]) { bytes.withLock { $0 += more } }
        var text: String { String(decoding: bytes.withLock { $0 }, as: UTF8.self) }
        var lines: [String] { text.split(separator: "\n").map(String.init) }
        func objects() throws -> [[String: Any]] {
            try lines.map { try #require(try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any]) }
        }
    }

    private let sheet = Sheet()

    private func makeLogger(
        _ format: Logger.Format = .json, minimum: Level = .info, capacity: Int = 1 << 20,
        window: Duration = .seconds(60)
    ) -> Logger {
        Logger(minimum: minimum, format: format, capacity: capacity, window: window) { [sheet] in sheet.write($0) }
    }

    @Test func aLineIsOneJSONObjectInOrder() throws {
        let logger = makeLogger()
        logger.log(.info, "listening on http://127.0.0.1:8080/results", ["port": 8080, "tls": false, "at": "a/b"])
        logger.flush()
        let line = try #require(sheet.lines.first)
        let pattern =
            #/\{"time":"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z","level":"info",/#
        #expect(line.prefixMatch(of: pattern) != nil)
        #expect(
            line.hasSuffix(
                #""message":"listening on http://127.0.0.1:8080/results","port":8080,"tls":false,"at":"a/b"}"#))
    }

    @Test func whatAStrangerSentCannotForgeALineOrATerminalCommand() throws {
        let hostile = "a\"b\\c\r\nd\te\u{0}\u{1B}[2J\u{7F}\u{9B}31mé\u{1F600}"
        let logger = makeLogger()
        logger.log(.warning, hostile, ["field\n": .text(hostile)])
        logger.flush()
        #expect(sheet.lines.count == 1)
        let object = try #require(try sheet.objects().first)
        #expect(object["message"] as? String == hostile)
        #expect(object["field\n"] as? String == hostile)
        #expect(!sheet.text.unicodeScalars.contains { ($0.value < 0x20 && $0 != "\n") || (0x7F...0x9F) ~= $0.value })
    }

    @Test func thePlainFormatEscapesControlsToo() {
        let logger = makeLogger(.plain)
        logger.log(.error, "no\u{1B}[2J", ["path": "/a b", "code": 404, "to": "x", "empty": ""])
        logger.flush()
        #expect(sheet.text.hasSuffix(" error no\\u001b[2J path=\"/a b\" code=404 to=x empty=\"\"\n"))
    }

    @Test func linesBelowTheMinimumAreNotWritten() {
        let logger = makeLogger(minimum: .warning)
        logger.log(.info, "no")
        logger.log(.warning, "yes")
        logger.flush()
        #expect(sheet.lines.count == 1)
    }

    @Test func timesAreRightBeforeAndAfterLeapDays() {
        func shown(_ milliseconds: Int64) -> String {
            String(decoding: LogLine(.plain, at: milliseconds, .info, "x", [:]).bytes.prefix(24), as: UTF8.self)
        }
        #expect(shown(0) == "1970-01-01T00:00:00.000Z")
        #expect(shown(-1) == "1969-12-31T23:59:59.999Z")
        #expect(shown(951_782_400_000) == "2000-02-29T00:00:00.000Z")
        #expect(shown(951_868_800_000) == "2000-03-01T00:00:00.000Z")
        #expect(shown(1_795_180_990_123) == "2026-11-20T13:23:10.123Z")
        #expect(shown(4_107_542_400_000) == "2100-03-01T00:00:00.000Z")
    }

    @Test func repeatsBeyondTheLimitAreSummedWhenFlushed() throws {
        let logger = makeLogger()
        for index in 0..<25 { logger.logLimited("mismatch", .warning, "refused", ["index": .count(index)]) }
        logger.logLimited("other", .info, "another")
        logger.flush()
        let objects = try sheet.objects()
        #expect(objects.count == 12)
        #expect(objects.last?["repeated"] as? Int == 15)
        #expect(objects.last?["event"] as? String == "mismatch")
        logger.flush()
        #expect(sheet.lines.count == 12)
    }

    @Test func repeatsAreSummedWhenTheWindowEnds() async throws {
        let (events, event) = AsyncStream<String>.makeStream()
        let logger = Logger(format: .json, window: .milliseconds(50)) {
            event.yield(String(decoding: $0, as: UTF8.self))
        }
        for _ in 0..<12 { logger.logLimited("key", limit: 2, .info, "again") }
        // On a slow machine the twelve fall into several windows.
        var told = 0
        for await text in events {
            for line in text.split(separator: "\n") {
                told += line.firstMatch(of: #/"repeated":(\d+)/#).flatMap { Int($0.1) } ?? 1
            }
            if told >= 12 { break }
        }
        #expect(told == 12)
    }

    @Test func countingRepeatsStartsAnewInEachWindow() {
        var repeats = Repeats(length: .seconds(60))
        let start = ContinuousClock.now
        #expect(repeats.count("k", limit: 1, .info, "m", at: start) == (.write, nil))
        #expect(repeats.count("k", limit: 1, .info, "m", at: start) == (.holdBackFirst, nil))
        #expect(repeats.count("k", limit: 1, .error, "n", at: start) == (.holdBack, nil))
        #expect(repeats.ended(by: start + .seconds(59)) == [])
        let held = Repeats.Held(key: "k", level: .error, message: "n", count: 2)
        #expect(repeats.count("k", limit: 1, .info, "m", at: start + .seconds(60)) == (.write, held))
        #expect(repeats.ended(by: start + .seconds(500)) == [])
    }

    /// A reader that does not read: `log` returns at once all the same, and the loss is said.
    @Test func aBlockedWriterBlocksNobodyAndTheLossIsCounted() {
        let gate = DispatchSemaphore(value: 0)
        let writing = DispatchSemaphore(value: 0)
        let logger = Logger(format: .json, capacity: 1000) { [sheet] bytes in
            writing.signal()
            gate.wait()
            gate.signal()
            sheet.write(bytes)
        }
        logger.log(.info, "first")
        writing.wait()
        for _ in 0..<100 { logger.log(.info, "more") }
        gate.signal()
        logger.flush()
        let written = sheet.lines.count { $0.contains("more") }
        #expect(written < 20)
        #expect(sheet.text.contains(#""dropped":\#(100 - written)}"#))
    }

    @Test func aClosedPipeNeitherEndsTheProcessNorTheLog() {
        var ends: [CInt] = [0, 0]
        #expect(unsafe pipe(&ends) == 0)
        close(ends[0])
        Logger.writeAll(Array("lost".utf8), to: ends[1])
        close(ends[1])
        #expect(unsafe pipe(&ends) == 0)
        Logger.writeAll(Array("kept".utf8), to: ends[1])
        var got = [UInt8](repeating: 0, count: 10)
        #expect(unsafe read(ends[0], &got, 10) == 4)
        close(ends[0])
        close(ends[1])
    }
}
