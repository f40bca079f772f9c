import Foundation
import Net
import Registry
import Signature
import Synchronization
import Testing

/// The built program, serving on a free port of 127.0.0.1 with a database of its own. It ends with the last reference.
final class RunningServer: Sendable {
    static let secret = "a secret for tests only"

    struct DidNotListen: Error { let errors: String }

    let folder: TemporaryFolder
    /// Where it listens, in the order of its lines.
    let addresses: [SocketAddress]
    private let process: Mutex<Process>
    private let log: LineCollection

    var address: SocketAddress { addresses[0] }
    var database: String { folder.file("results.db") }

    /// What it has written to standard error so far.
    var errors: String { log.text }

    /// Starts it. `enrolments` is CSV to import first; `folder` that of an earlier server, whose database goes on;
    /// `arguments` come beside those for port and database, `environment` beside PATH and, unless it is nil, the
    /// secret; `command` is one that turns into the program, which follows it with its arguments. `sockets`, two at
    /// most, are passed on as by systemd, and listened at instead. `places` is how many addresses it will listen on, where
    /// sockets and flags do not tell.
    static func start(
        enrolments: [UInt8]? = nil, folder: TemporaryFolder? = nil, arguments: [String] = [],
        environment: [String: String] = [:], secret: String? = RunningServer.secret, through command: [String] = [],
        sockets: [Listener] = [], places: Int? = nil
    ) async throws -> RunningServer {
        let folder = try folder ?? TemporaryFolder()
        let database = folder.file("results.db")
        if let enrolments {
            _ = try EnrolmentImport(into: database).run(CSVReader(bytes: enrolments))
        }
        var variables = environment
        if variables["RESULTS_RECEIVER_SECRET"] == nil { variables["RESULTS_RECEIVER_SECRET"] = secret }
        variables.merge(BuiltProgram.inherited) { given, _ in given }
        if !sockets.isEmpty { variables["LISTEN_FDS"] = "\(sockets.count)" }
        let listens = arguments.contains("--listen") || arguments.contains("--config") || !sockets.isEmpty
        return try await RunningServer(
            sockets.isEmpty ? command : passing,
            ["serve", "--database", database] + (listens ? [] : ["--listen", "127.0.0.1:0"]) + arguments, variables,
            folder, sockets, places)
    }

    /// A shell that moves its own standard input and output to descriptors 3 and 4, which Process would close, and turns
    /// into the program.
    private static let passing =
        ["sh", "-c", "export LISTEN_PID=$$; exec \"$@\" 3<&0 4>&1 0</dev/null 1>/dev/null", "sh"]

    private init(
        _ command: [String], _ arguments: [String], _ environment: [String: String], _ folder: TemporaryFolder,
        _ sockets: [Listener], _ places: Int?
    ) async throws {
        let process = Process()
        let log = LineCollection()
        process.executableURL = URL(fileURLWithPath: command.isEmpty ? BuiltProgram.path : "/usr/bin/env")
        process.arguments = command.isEmpty ? arguments : command + [BuiltProgram.path] + arguments
        process.environment = environment
        process.currentDirectoryURL = URL(fileURLWithPath: folder.path)
        let pipe = Pipe()
        process.standardError = pipe
        process.standardOutput = FileHandle.nullDevice
        process.standardInput = FileHandle.nullDevice
        let handles = sockets.map { FileHandle(fileDescriptor: $0.descriptor, closeOnDealloc: false) }
        if let first = handles.first { process.standardInput = first }
        if handles.count > 1 { process.standardOutput = handles[1] }
        try process.run()
        let reading = pipe.fileHandleForReading
        Thread { while log.take(reading.availableData) {} }.start()

        let pattern = #/listening on https?:\/\/([^"\/ ]+)\//#
        var found: [SocketAddress] = []
        let wanted = places ?? max(1, sockets.count, arguments.count { $0 == "--listen" })
        for await line in log.lines {
            if let match = line.firstMatch(of: pattern) {
                found.append(try SocketAddress(parsing: String(match.1)))
                if found.count == wanted { break }
            }
        }
        guard found.count == wanted else { throw DidNotListen(errors: log.text) }
        self.folder = folder
        self.log = log
        addresses = found
        self.process = Mutex(process)
    }

    deinit { process.withLock { if $0.isRunning { kill($0.processIdentifier, SIGKILL) } } }

    var processID: pid_t { process.withLock { $0.processIdentifier } }

    /// Sends a signal and waits for the end.
    @discardableResult
    func end(by signal: Int32 = SIGTERM) async -> Int32 {
        kill(processID, signal)
        return await ended()
    }

    /// The exit code, or the number of the signal, once the process has ended.
    func ended() async -> Int32 {
        for await _ in log.lines {}
        return process.withLock {
            $0.waitUntilExit()
            return $0.terminationStatus
        }
    }

    /// The lines that it writes to standard error, from the next one on, until it ends.
    var lines: AsyncStream<String> { log.lines }

    /// Has it reload, and returns the line that says what came of that.
    func reload() async throws -> String {
        let isOutcome = #/"message":"(?:reloaded|not reloaded: all is as it was)"/#
        let before = errors.matches(of: isOutcome).count
        kill(processID, SIGHUP)
        var seen = 0
        for await line in lines where line.contains(isOutcome) {
            seen += 1
            if seen > before { return line }
        }
        throw DidNotListen(errors: errors)
    }

    /// Posts a body on a connection of its own; without `signature`, one that fits.
    func post(
        _ body: String, signature: String? = nil, target: String = "/results", fields: String = ""
    ) throws -> TestClient.Answer {
        let client = try TestClient(address)
        return try client.ask(try RunningServer.request(body, signature: signature, target: target, fields: fields))
    }

    static func request(
        _ body: String, signature: String? = nil, target: String = "/results", fields: String = ""
    ) throws -> String {
        """
        POST \(target) HTTP/1.1\r
        Host: localhost\r
        X-WebHook-Signature: \(try signature ?? sign(body))\r
        \(fields)Content-Length: \(body.utf8.count)\r
        \r
        \(body)
        """
    }

    static func sign(_ body: String, secret: String = secret) throws -> String {
        let secret = try #require(Secret(Array(secret.utf8)))
        return Signing.fieldValue(for: Array(body.utf8), secret: secret, algorithm: .sha1)
    }

    /// A message that fits the schema.
    static func message(student: String, course: String = "c1", part: String = "17", score: String = "8.5") -> String {
        """
        <message><type>coursepartcompletion</type><created>2026-11-20T14:03:12+01:00</created>\
        <student><id>\(student)</id><firstName>Secretia</firstName><lastName>Lastname</lastName>\
        <email>secretia@example.nl</email></student><course><id>\(course)</id></course>\
        <part><id>\(part)</id></part><result><completed>2026-11-20T14:03:10+01:00</completed>\
        <passed>true</passed><score>\(score)</score></result></message>
        """
    }

    /// CSV with one planned enrolment of each person in course c1.
    static func enrolments(_ persons: some Sequence<String>) -> [UInt8] {
        Array("enrolment_id,person_id,course_id\n".utf8) + persons.flatMap { Array("i-\($0),\($0),c1\n".utf8) }
    }
}

/// Lines as they come, for one reader at a time and from the first line on, and all text so far.
private final class LineCollection: Sendable {
    private struct State {
        var text: [UInt8] = []
        var lineStart = 0
        var all: [String] = []
        var hasEnded = false
        var readers: [AsyncStream<String>.Continuation] = []
    }

    private let state = Mutex(State())

    var text: String { state.withLock { String(decoding: $0.text, as: UTF8.self) } }

    /// All lines, those that came already included; ends when the process has closed its standard error.
    var lines: AsyncStream<String> {
        let (stream, continuation) = AsyncStream.makeStream(of: String.self)
        state.withLock { state in
            for line in state.all { continuation.yield(line) }
            if state.hasEnded { continuation.finish() } else { state.readers.append(continuation) }
        }
        return stream
    }

    /// False at the end.
    func take(_ data: Data) -> Bool {
        state.withLock { state in
            state.text += data
            while let end = state.text[state.lineStart...].firstIndex(of: UInt8(ascii: "\n")) {
                let line = String(decoding: state.text[state.lineStart..<end], as: UTF8.self)
                state.lineStart = end + 1
                state.all.append(line)
                for reader in state.readers { reader.yield(line) }
            }
            if data.isEmpty {
                state.hasEnded = true
                for reader in state.readers { reader.finish() }
                state.readers = []
            }
            return !data.isEmpty
        }
    }
}
