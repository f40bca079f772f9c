import Registry
import Results

/// `enrolments add`: adds one enrolment by hand.
struct EnrolmentsAddCommand: Command {
    /// The flags and the columns of the import that they stand for.
    private static let columns: [(flag: FlagDefinition, column: EnrolmentColumn)] = [
        (FlagDefinition(name: "--course", placeholder: "ID", isNeeded: true, summary: "The course"), .courseID),
        (FlagDefinition(name: "--person", placeholder: "ID", summary: "The person id"), .personID),
        (FlagDefinition(name: "--external-id", placeholder: "ID", summary: "The external id"), .externalID),
        (
            FlagDefinition(name: "--external-source", placeholder: "NAME", summary: "Where the external id comes from"),
            .externalSource
        ),
        (FlagDefinition(name: "--first-name", placeholder: "NAME", summary: "The first name"), .firstName),
        (FlagDefinition(name: "--last-name", placeholder: "NAME", summary: "The last name"), .lastName),
        (FlagDefinition(name: "--email", placeholder: "ADDRESS", summary: "The e-mail address"), .email),
        (FlagDefinition(name: "--course-name", placeholder: "NAME", summary: "The course's name"), .courseName),
        (.choice("--status", EnrolmentStatus.allCases.map(\.rawValue), "The status (default: ingepland)"), .status),
        (FlagDefinition(name: "--start-date", placeholder: "DATE", summary: "The start date, yyyy-mm-dd"), .startDate),
    ]

    static let definition = CommandDefinition(
        path: ["enrolments", "add"], summary: "Add one enrolment",
        arguments: [ArgumentDefinition(name: "ENROLMENT_ID", summary: "Its id, which no other enrolment has")],
        flags: columns.map(\.flag) + FlagDefinition.registry,
        details: [
            "A person id or an external id is needed. What is there already is changed by 'enrolments import', not by "
                + "this command."
        ],
        exitCodes: CommandDefinition.registryCodes(creating: true, [.badData: "there is an enrolment of this id"]))

    private let values: [EnrolmentColumn: String]
    private let registry: RegistryArguments

    init(_ arguments: ParsedArguments) throws(Failure) {
        var values: [EnrolmentColumn: String] = [.enrolmentID: arguments.positional[0]]
        for (flag, column) in Self.columns { values[column] = arguments.value(flag.name) }
        guard !(values[.personID] ?? "").isEmpty || !(values[.externalID] ?? "").isEmpty else {
            throw Failure(.usage, "a person is missing", hint: "give --person ID or --external-id ID")
        }
        self.values = values
        registry = RegistryArguments(arguments, of: Self.definition)
    }

    func run(in surroundings: Surroundings) async throws(Failure) -> ExitCode {
        let registry = try registry.registry(in: surroundings, creating: true)
        let id = values[.enrolmentID] ?? ""
        do throws(EnrolmentError) {
            try registry.add(values)
        } catch {
            if case .invalid(let issues) = error { throw Failure(.usage, issues.map(message)) }
            throw Failure(error, enrolment: id)
        }
        try surroundings.output.writeLine("enrolment \(id) is added")
        return .ok
    }

    private func message(_ issue: ImportIssue) -> String {
        let flag = Self.columns.first { $0.column.rawValue == issue.column }?.flag.name
        return "\(flag ?? "ENROLMENT_ID"): \(issue.kind)"
    }
}

/// `enrolments cancel`: cancels one enrolment.
struct EnrolmentsCancelCommand: Command {
    static let definition = CommandDefinition(
        path: ["enrolments", "cancel"], summary: "Cancel an enrolment that has no result",
        arguments: [ArgumentDefinition(name: "ENROLMENT_ID", summary: "Its id")], flags: FlagDefinition.registry,
        exitCodes: CommandDefinition.registryCodes([
            .badData: "there is no such enrolment, or it cannot be cancelled any more"
        ]))

    private let id: String
    private let registry: RegistryArguments

    init(_ arguments: ParsedArguments) throws(Failure) {
        id = arguments.positional[0]
        registry = RegistryArguments(arguments, of: Self.definition)
    }

    func run(in surroundings: Surroundings) async throws(Failure) -> ExitCode {
        let registry = try registry.registry(in: surroundings)
        do throws(EnrolmentError) { try registry.cancel(enrolment: id) } catch { throw Failure(error, enrolment: id) }
        try surroundings.output.writeLine("enrolment \(id) is cancelled")
        return .ok
    }
}

extension Failure {
    fileprivate init(_ error: EnrolmentError, enrolment id: String) {
        switch error {
        case .invalid(let issues): self.init(.badData, issues.map { "\($0.kind)" })
        case .exists:
            self.init(.badData, "there is an enrolment '\(id)' already", hint: "'enrolments import' changes it")
        case .unknownEnrolment:
            self.init(.badData, "there is no enrolment '\(id)'", hint: "'enrolments list' shows them")
        case .notCancellable(let status):
            self.init(
                .badData, "enrolment '\(id)' is \(status.rawValue)",
                hint: "only one that is ingepland or wachtlijst can be cancelled")
        case .hasResult(let result):
            self.init(
                .badData, "enrolment '\(id)' has the registered result \(result)",
                hint: "'results revoke \(result)' undoes it")
        case .registry(let error): self.init(error)
        }
    }
}
