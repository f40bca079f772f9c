import Configuration
import Registry
import Results

/// `results list`: shows registered results.
struct ResultsListCommand: Command {
    static let definition = CommandDefinition(
        path: ["results", "list"], summary: "Show the registered results, by result id",
        flags: [
            FlagDefinition(name: "--person", placeholder: "ID", summary: "Only those of this person or external id"),
            FlagDefinition(name: "--course", placeholder: "ID", summary: "Only those of this course"),
            FlagDefinition(name: "--enrolment", placeholder: "ID", summary: "Only those of this enrolment"),
        ] + ResultReport.flags + [.limitOfAll, RowFormat.flag(formats)] + FlagDefinition.registry,
        details: [TimeFlag.details], exitCodes: CommandDefinition.registryCodes())

    private static let formats: [RowFormat] = [.table, .csv, .json]
    private let report: ResultReport

    init(_ arguments: ParsedArguments) throws(Failure) {
        report = try ResultReport(arguments, of: Self.definition, in: Self.formats)
    }

    func run(in surroundings: Surroundings) async throws(Failure) -> ExitCode { try report.write(in: surroundings) }
}

/// `results export`: writes registered results for other programs.
struct ResultsExportCommand: Command {
    static let definition = CommandDefinition(
        path: ["results", "export"], summary: "Write the registered results for other programs, by result id",
        flags: ResultReport.flags + [RowFormat.flag(formats)] + FlagDefinition.registry,
        details: [
            "The columns are \(ResultRow.columns(withRevoked: false).joined(separator: ", ")). Moments are ISO 8601 in "
                + "UTC with milliseconds; what is not registered is empty. Result ids increase: to go on where the "
                + "last export ended, give its last one to --after.",
            TimeFlag.details,
        ], exitCodes: CommandDefinition.registryCodes())

    private static let formats: [RowFormat] = [.csv, .json, .ndjson]
    private let report: ResultReport

    init(_ arguments: ParsedArguments) throws(Failure) {
        report = try ResultReport(arguments, of: Self.definition, in: Self.formats)
    }

    func run(in surroundings: Surroundings) async throws(Failure) -> ExitCode { try report.write(in: surroundings) }
}

/// What `list` and `export` have in common: which results, as the flags say, and how they are written.
struct ResultReport: Sendable {
    static let flags = [
        FlagDefinition(name: "--since", placeholder: "TIME", summary: "Only those received then or later"),
        FlagDefinition(name: "--until", placeholder: "TIME", summary: "Only those received before"),
        FlagDefinition(name: "--after", placeholder: "RESULT_ID", summary: "Only those with a greater result id"),
        FlagDefinition(
            name: "--revoked", summary: "Revoked results too, with the columns revoked_at and revoked_reason"),
    ]
    private var filter: ResultFilter
    private let since: TimeFlag
    private let until: TimeFlag
    private let limit: Int?
    private let format: RowFormat
    private let registry: RegistryArguments

    /// The first of the formats is the one that needs no flag.
    init(_ arguments: ParsedArguments, of definition: CommandDefinition, in formats: [RowFormat]) throws(Failure) {
        format = RowFormat(arguments, among: formats)
        registry = RegistryArguments(arguments, of: definition)
        since = try TimeFlag("--since", arguments)
        until = try TimeFlag("--until", arguments)
        filter = ResultFilter(
            person: arguments.value("--person"), course: arguments.value("--course"),
            enrolment: arguments.value("--enrolment"), includesRevoked: arguments.has("--revoked"))
        limit = try arguments.limitOfAll
        if let after = arguments.value("--after") { filter.after = try ResultReport.resultID(after, "--after") }
    }

    /// Writes the results, one after the other as they are read.
    func write(in surroundings: Surroundings) throws(Failure) -> ExitCode {
        let settings = try registry.settings(in: surroundings)
        var filter = filter
        filter.since = try since.moment(in: settings.zone)
        filter.until = try until.moment(in: settings.zone)
        // One more, to know whether there are more.
        filter.limit = limit.map { $0 + 1 }
        let registry = try RegistryArguments.open(settings)
        let rows = try withRegistry { () throws(RegistryError) in try registry.results(matching: filter) }
        let withRevoked = filter.includesRevoked
        var writer = RowWriter(
            format, columns: ResultRow.columns(withRevoked: withRevoked), output: surroundings.output)
        try writer.begin()
        var count = 0
        while let row = try withRegistry({ () throws(RegistryError) in try rows.next() }) {
            count += 1
            if let limit, count > limit { break }
            try writer.write(row.values(withRevoked: withRevoked))
        }
        try writer.finish()
        if let limit, count > limit { surroundings.noteMore(than: limit) }
        return .ok
    }

    static func resultID(_ text: String, _ name: String) throws(Failure) -> Int64 {
        guard let id = Int64(text), id >= 0 else {
            throw Failure(.usage, "\(name): '\(text)' is no result id", hint: "'results list' shows them")
        }
        return id
    }
}
