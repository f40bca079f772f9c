import Configuration
import Registry

/// `database check`: looks whether the database is whole and its rows agree.
struct DatabaseCheckCommand: Command {
    static let definition = CommandDefinition(
        path: ["database", "check"], summary: "Look whether the database is whole and its rows agree",
        flags: FlagDefinition.registry,
        details: [
            "Says what is wrong, a line each. Reads all of the database as it is at one moment, and changes nothing; the "
                + "server goes on meanwhile.",
            "Checked are SQLite's structures and references, the tables and triggers that keep the rule of one result per "
                + "enrolment, each enrolment with its result, the digests of messages, and every count that is kept.",
        ],
        exitCodes: [(.foundWork, "rows, counts or triggers are not as they should be")]
            + CommandDefinition.registryCodes([.badData: "the file is damaged: restore a backup"]))

    private let registry: RegistryArguments

    init(_ arguments: ParsedArguments) throws(Failure) {
        registry = RegistryArguments(arguments, of: Self.definition)
    }

    func run(in surroundings: Surroundings) async throws(Failure) -> ExitCode {
        let path = try registry.settings(in: surroundings).server.database.value
        let findings = try withRegistry { () throws(RegistryError) in try RegistryAccess(inspecting: path).check() }
        for line in findings.damage + findings.contradictions { try surroundings.output.writeLine(line) }
        if !findings.damage.isEmpty {
            throw Failure(
                .badData, "\(path) is damaged",
                hint: "end the server and run 'database restore FILE' with a backup; what is here is kept beside it")
        }
        guard findings.isSound else {
            surroundings.say("hint", "make a backup before anything else: 'database backup FILE'")
            return .foundWork
        }
        try surroundings.output.writeLine(
            "\(path): sound; \(findings.enrolments) enrolments, \(findings.results) results, "
                + "\(findings.deliveries) deliveries")
        return .ok
    }
}

/// `database backup`: copies the database while it is in use.
struct DatabaseBackupCommand: Command {
    static let definition = CommandDefinition(
        path: ["database", "backup"], summary: "Copy the database into one file while the server runs",
        arguments: [ArgumentDefinition(name: "FILE", summary: "What to write; it must not be there yet")],
        flags: FlagDefinition.registry,
        details: [
            "The copy is the database as it is at one moment, everything that was answered 200 before included. It is for "
                + "its owner alone (mode 0600), on disk and verified when the command ends. Until then it is called "
                + "FILE.partial, so that a FILE is always a whole one."
        ],
        exitCodes: CommandDefinition.registryCodes([
            .badData: "the database is damaged, and with it the copy",
            .unavailable: "another backup to FILE is under way",
            .cannotCreate: "FILE is there, or cannot be made",
        ]))

    private let file: String
    private let registry: RegistryArguments

    init(_ arguments: ParsedArguments) throws(Failure) {
        file = arguments.positional[0]
        registry = RegistryArguments(arguments, of: Self.definition)
    }

    func run(in surroundings: Surroundings) async throws(Failure) -> ExitCode {
        let path = try registry.settings(in: surroundings).server.database.value
        let access = try withRegistry { () throws(RegistryError) in try RegistryAccess(inspecting: path) }
        let line = CopyProgressLine(surroundings)
        defer { line.end() }
        let copy: (bytes: Int64, results: Int)
        do throws(BackupError) {
            copy = try access.backUp(to: file, progress: line.show)
        } catch {
            throw failure(error)
        }
        line.end()
        try surroundings.output.writeLine("\(file): \(copy.results) results, \(copy.bytes) bytes, verified")
        return .ok
    }

    private func failure(_ error: BackupError) -> Failure {
        switch error {
        case .exists: Failure(.cannotCreate, "\(file) is there already", hint: "name a file that is not there yet")
        case .underWay: Failure(.unavailable, "another backup to \(file) is under way", hint: "name another file")
        case .file(let fault): Failure(fault, hint: "look at the folder and the space of the disk")
        case .registry(let error): Failure(error)
        }
    }
}

extension Failure {
    /// A file that could not be made, read or written.
    init(_ fault: FileFault, hint: String) {
        let reason = InputFileError.sentence(fault.number)
        switch fault.number {
        // EPERM, EACCES, EROFS
        case 1, 13, 30: self.init(.notPermitted, "\(fault.path): \(reason)", hint: hint)
        // EIO, EFBIG, ENOSPC, EDQUOT
        case 5, 27, 28, 122: self.init(.outputError, "\(fault.path): \(reason)", hint: hint)
        default: self.init(.cannotCreate, "\(fault.path): \(reason)", hint: hint)
        }
    }
}
