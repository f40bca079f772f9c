import Configuration
import Glibc
import Signature

/// Where a command runs: what it may read and write beside its arguments. Tests give their own.
struct Surroundings: Sendable {
    /// What `RESULTS_RECEIVER_SECRET` says; taken first, so that `environment` has the variable empty: it cannot be wiped.
    var secret: Secret?
    var environment: [String: String]
    /// The settings file that is read where nobody names one.
    var standardFile = SettingsLoader.standardFile
    var output: OutputChannel
    var errors: OutputChannel
    /// The descriptor that `-` stands for.
    var input: Int32 = STDIN_FILENO

    /// Whether a person watches what is written to `errors`.
    var errorsAreATerminal: Bool { errors.isTerminal }

    /// Writes `results-receiver: error: …` for each message, and the hint below.
    func report(_ failure: Failure) {
        for message in failure.messages { say("error", message) }
        if let hint = failure.hint { say("hint", hint) }
    }

    func warn(_ message: String) { say("warning", message) }

    /// Standard error is the last place to complain; where it is closed, nobody listens.
    func say(_ kind: String, _ message: String) {
        try? errors.writeLine("\(Program.name): \(kind): \(message)")
        try? errors.flush()
    }

    /// Waits until a line, or the end, of standard input was read.
    func waitForLine() {
        var byte: UInt8 = 0
        while unsafe Glibc.read(input, &byte, 1) == 1, byte != 0x0A {}
    }

    /// Reads a file, or standard input where the name is `-`, whole.
    func read(_ path: String, limit: Int) throws(Failure) -> [UInt8] {
        do throws(InputFileError) {
            return path == "-"
                ? try InputFile.read(descriptor: input, limit: limit) : try InputFile.read(path, limit: limit)
        } catch {
            throw Failure(error, reading: path == "-" ? "standard input" : path)
        }
    }
}

extension Failure {
    /// An input file that cannot be read.
    init(_ error: InputFileError, reading name: String) {
        let hint: String? =
            switch error {
            case .missing, .notAFile: "name a file that is there, or - for standard input"
            case .notPermitted: "check the owner and mode of the file"
            case .tooLarge, .system: nil
            }
        self.init(.reading(error), "\(name): \(error.message)", hint: hint)
    }
}

extension ExitCode {
    /// What a file that cannot be read means.
    static func reading(_ error: InputFileError) -> ExitCode {
        switch error {
        case .missing, .notAFile: .noInput
        case .notPermitted: .notPermitted
        case .tooLarge: .badData
        case .system: .outputError
        }
    }
}
