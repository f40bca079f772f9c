import Configuration
import Glibc
import Receiver
import Registry

/// `enrolments import`: takes over a CSV file, all of it or nothing.
struct EnrolmentsImportCommand: Command {
    static let definition = CommandDefinition(
        path: ["enrolments", "import"], summary: "Take over enrolments from a CSV file, all of them or none",
        arguments: [ArgumentDefinition(name: "FILE", summary: "The file; - reads standard input")],
        flags: [
            FlagDefinition(name: "--replay", summary: "Then run refused messages again that would now be accepted")
        ] + FlagDefinition.registry,
        details: [
            "The first line names the columns, separated by commas or semicolons: "
                + EnrolmentColumn.allCases.map(\.rawValue).joined(separator: ", ")
                + ". Needed are enrolment_id, course_id, and person_id or external_id; status is ingepland unless it "
                + "says otherwise; start_date is yyyy-mm-dd.",
            "An enrolment that is there already is updated; a column that the file does not have leaves its field as "
                + "it is. Where a result is registered, status, approval, person and course stay.",
            "Afterwards it says how many messages that were refused for want of an enrolment would now be accepted; "
                + "--replay runs them, as 'deliveries replay' does.",
            "It works while the server runs.",
        ],
        exitCodes: CommandDefinition.registryCodes(
            creating: true, [.badData: "the file is wrong: nothing was imported", .noInput: "the file is not there"]))

    private let file: String
    private let replays: Bool
    private let registry: RegistryArguments

    init(_ arguments: ParsedArguments) throws(Failure) {
        file = arguments.positional[0]
        replays = arguments.has("--replay")
        registry = RegistryArguments(arguments, of: Self.definition)
    }

    private var fileName: String { file == "-" ? "standard input" : file }

    func run(in surroundings: Surroundings) async throws(Failure) -> ExitCode {
        let settings = try registry.settings(in: surroundings)
        let descriptor = try open(surroundings)
        defer { if file != "-" { close(descriptor) } }
        let progress = ProgressLine(surroundings)
        let report: ImportReport
        do throws(ImportError) {
            report = try EnrolmentImport(into: settings.server.database.value)
                .run(CSVReader(descriptor: descriptor)) { progress.show($0) }
        } catch {
            progress.end()
            throw failure(error)
        }
        progress.end()
        let total = report.inserted + report.updated + report.unchanged
        try surroundings.output.writeLine(
            "\(fileName): \(total) \(total == 1 ? "enrolment" : "enrolments"): \(report.inserted) new, "
                + "\(report.updated) changed, \(report.unchanged) as before"
                + (report.kept > 0 ? "; \(report.kept) of them with a registered result" : ""))
        for id in report.ambiguous { surroundings.warn(ambiguity(id)) }
        if report.hasMoreAmbiguous { surroundings.warn("there are more ids that fit several persons") }
        try lookAtRefused(settings, surroundings)
        return .ok
    }

    /// Says how many refused messages the import has mended, or runs them.
    private func lookAtRefused(_ settings: Settings, _ surroundings: Surroundings) throws(Failure) {
        let trial: ReplaySession
        do throws(Failure) {
            trial = try ReplaySession(settings, surroundings, isDry: true)
        } catch {
            // The enrolments are in; without the plugins' schemas no message can be read.
            for message in error.messages { surroundings.warn("refused messages were not looked at: \(message)") }
            return
        }
        let mended = try trial.mended(by: Self.reasons)
        guard replays else {
            if !mended.isEmpty {
                try surroundings.output.writeLine(
                    "\(mended.count) refused \(mended.count == 1 ? "message" : "messages") would now be accepted: "
                        + "'enrolments import --replay' or 'deliveries replay' runs them")
            }
            return
        }
        let session = try ReplaySession(settings, surroundings, isDry: false)
        defer { session.close() }
        for id in mended { try session.runOpen(id) }
        try session.writeSummary()
    }

    /// What an enrolment can mend.
    private static let reasons: [Reason] = [
        .unknownPerson, .unknownCourse, .noEnrolment, .waitingList, .enrolmentCancelled, .enrolmentFinished, .duplicate,
    ]

    private func open(_ surroundings: Surroundings) throws(Failure) -> Int32 {
        if file == "-" { return surroundings.input }
        do throws(InputFileError) {
            return try InputFile.open(file)
        } catch {
            throw Failure(error, reading: file)
        }
    }

    private func failure(_ error: ImportError) -> Failure {
        switch error {
        case .registry(let error): return Failure(error)
        case .invalid(let issues, let hasMore):
            // A failing read is no fault of the file's content.
            for issue in issues {
                if case .csv(.unreadable(let code)) = issue.kind {
                    return Failure(code == EISDIR ? .notAFile : .system(code), reading: fileName)
                }
            }
            return Failure(
                .badData, issues.map { "\(fileName): \($0)" } + (hasMore ? ["\(fileName): there is more"] : []),
                hint: "nothing was imported")
        }
    }

    private func ambiguity(_ id: AmbiguousID) -> String {
        let cure = "results for it will be refused until the import or external-source tells them apart"
        return switch id.kind {
        case .personAndExternal: "the id '\(id.id)' is one person's person_id and another's external_id; \(cure)"
        case .severalPersons: "the external_id '\(id.id)' fits several persons; \(cure)"
        }
    }
}
