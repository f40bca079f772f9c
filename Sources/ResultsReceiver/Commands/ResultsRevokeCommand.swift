import Glibc
import Registry
import Results

/// `results revoke`: undoes a registered result.
struct ResultsRevokeCommand: Command {
    static let definition = CommandDefinition(
        path: ["results", "revoke"], summary: "Undo a registered result: its enrolment is planned again",
        arguments: [ArgumentDefinition(name: "RESULT_ID", summary: "As 'results list' shows it")],
        flags: [
            FlagDefinition(
                name: "--reason", placeholder: "TEXT", isNeeded: true, summary: "Why, for those who read it later")
        ] + FlagDefinition.registry,
        details: [
            "For a tester's message in production, or a wrong mark. The result stays in the registry as history with "
                + "who revoked it, when and why; 'results list --revoked' shows it. The same message is never "
                + "registered again; a corrected one is."
        ],
        exitCodes: CommandDefinition.registryCodes([.badData: "there is no such result, or it was revoked before"]))

    private let id: Int64
    private let reason: String
    private let registry: RegistryArguments

    init(_ arguments: ParsedArguments) throws(Failure) {
        id = try ResultReport.resultID(arguments.positional[0], "RESULT_ID")
        reason = arguments.value("--reason") ?? ""
        registry = RegistryArguments(arguments, of: Self.definition)
    }

    func run(in surroundings: Surroundings) async throws(Failure) -> ExitCode {
        let registry = try registry.registry(in: surroundings)
        let author = Self.author(surroundings.environment)
        let row: ResultRow
        do throws(RevokeError) {
            row = try registry.revoke(id, reason: reason, by: author)
        } catch {
            throw failure(error)
        }
        try surroundings.output.writeLine("result \(id) is revoked; enrolment \(row.enrolmentID) is planned again")
        return .ok
    }

    private func failure(_ error: RevokeError) -> Failure {
        switch error {
        case .unknownResult:
            Failure(.badData, "there is no result \(id)", hint: "'results list' shows them")
        case .revokedBefore(let moment, let reason):
            Failure(.badData, "result \(id) was revoked at \(moment.iso8601) already: \(reason)")
        case .badReason:
            Failure(.usage, "--reason needs a text of at most \(RegistryAccess.reasonLimit) characters")
        case .registry(let error): Failure(error)
        }
    }

    /// Who asks for it: the user behind sudo, else the one who is logged in.
    static func author(_ environment: [String: String]) -> String {
        for name in ["SUDO_USER", "LOGNAME", "USER"] {
            if let user = environment[name], !user.isEmpty { return user }
        }
        return "user \(getuid())"
    }
}
