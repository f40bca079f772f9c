import Configuration
import Registry

/// `database restore`: puts a backup in the database's place.
struct DatabaseRestoreCommand: Command {
    static let definition = CommandDefinition(
        path: ["database", "restore"], summary: "Put a backup in the place of the database; the server must not run",
        arguments: [ArgumentDefinition(name: "FILE", summary: "A backup of this or an earlier release")],
        flags: FlagDefinition.registry,
        details: [
            "FILE is checked first, and stays as it is. The database that was there is kept beside the new one, with the "
                + "time in its name. Where anything fails, nothing has changed.",
            "Result ids go on where the old database ended, so that an export by --after misses none. The command says how "
                + "many results of the old database are not in FILE.",
        ],
        exitCodes: CommandDefinition.registryCodes(
            creating: true,
            [
                .badData: "FILE is damaged, or no backup of this program", .noInput: "FILE is not there",
                .unavailable: "a server or another command uses the database or FILE",
                .cannotCreate: "the database's folder is not there",
            ]))

    private let file: String
    private let registry: RegistryArguments

    init(_ arguments: ParsedArguments) throws(Failure) {
        file = arguments.positional[0]
        registry = RegistryArguments(arguments, of: Self.definition)
    }

    func run(in surroundings: Surroundings) async throws(Failure) -> ExitCode {
        let path = try registry.settings(in: surroundings).server.database.value
        let line = CopyProgressLine(surroundings)
        defer { line.end() }
        let report: RestoreReport
        do throws(RestoreError) {
            report = try RegistryRestore(from: file, to: path).run(progress: line.show)
        } catch {
            throw failure(error, path)
        }
        line.end()
        try surroundings.output.writeLine("\(path) is restored from \(file): \(report.results) results")
        for line in report.contradictions { surroundings.warn("\(file): \(line)") }
        if let kept = report.kept {
            try surroundings.output.writeLine("the database that was there is kept as \(kept)")
            switch report.missing {
            case nil:
                surroundings.warn(
                    "the old database cannot be read: result ids go on where \(file) ends, so exports by --after must "
                        + "begin again there")
            case 0?: break
            case let missing?:
                surroundings.warn(
                    "\(missing) results of the old database are not in \(file): 'results export --database \(kept)' shows "
                        + "what was there")
            }
        }
        return .ok
    }

    private func failure(_ error: RestoreError, _ path: String) -> Failure {
        let cure = "another backup may be sound; nothing was changed"
        switch error {
        case .sameFile: return Failure(.usage, "\(file) is the database itself", hint: "name a backup")
        case .unsound(let lines): return Failure(.badData, lines.map { "\(file) is damaged: \($0)" }, hint: cure)
        case .registry(.inUse(let name)):
            return Failure(
                .unavailable, "\(name) is in use",
                hint: name == path
                    ? "end the server, and any command that uses it, first: systemctl stop results-receiver"
                    : "'database backup' copies a database that is in use")
        case .registry(let error):
            return Failure(error)
        case .file(let fault):
            if fault.path == file, [2, 20].contains(fault.number) {
                return Failure(.noInput, "\(file): there is no such file", hint: "name a file that is there")
            }
            return Failure(fault, hint: "nothing was changed; look at the folder and the space of the disk")
        }
    }
}
