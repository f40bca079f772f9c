/// What the program tells its caller at the end; the numbers from 64 are those of sysexits.h.
enum ExitCode: Int32, CaseIterable, Sendable {
    case ok = 0
    /// A report found work, or a self-test disagreed.
    case foundWork = 1
    case usage = 64
    case badData = 65
    case noInput = 66
    case unavailable = 69
    case internalError = 70
    case cannotCreate = 73
    case outputError = 74
    case notPermitted = 77
    case configuration = 78

    /// For usage texts and documentation.
    var meaning: String {
        switch self {
        case .ok: "all is well"
        case .foundWork: "there is something to look at"
        case .usage: "wrong usage"
        case .badData: "the data is wrong"
        case .noInput: "a file to read is not there"
        case .unavailable: "something that is needed cannot be reached now"
        case .internalError: "a fault in the program"
        case .cannotCreate: "a file cannot be made"
        case .outputError: "reading or writing failed"
        case .notPermitted: "permission denied"
        case .configuration: "the settings are wrong"
        }
    }
}

/// Why a command ends early: what to write to standard error, and the exit code.
struct Failure: Error, Sendable, Equatable {
    var code: ExitCode
    /// Each becomes a line `results-receiver: error: …`.
    var messages: [String]
    /// What cures it, as a line of its own.
    var hint: String?

    init(_ code: ExitCode, _ messages: [String], hint: String? = nil) {
        self.code = code
        self.messages = messages
        self.hint = hint
    }

    init(_ code: ExitCode, _ message: String, hint: String? = nil) {
        self.init(code, [message], hint: hint)
    }

    /// The reader of the output went away, as `head` does: no error, and nothing more to do.
    static let readerGone = Failure(.ok, [])
}
