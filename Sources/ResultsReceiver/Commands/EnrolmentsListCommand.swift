import Registry
import Results

/// `enrolments list`: shows enrolments.
struct EnrolmentsListCommand: Command {
    static let definition = CommandDefinition(
        path: ["enrolments", "list"], summary: "Show the enrolments, by enrolment id",
        flags: [
            FlagDefinition(name: "--person", placeholder: "ID", summary: "Only those of this person or external id"),
            FlagDefinition(name: "--course", placeholder: "ID", summary: "Only those of this course"),
            .choice("--status", EnrolmentStatus.allCases.map(\.rawValue), "Only those with this status"),
            .limitOfAll, RowFormat.flag(formats),
        ] + FlagDefinition.registry,
        details: ["CSV and JSON have the columns of 'enrolments import'."], exitCodes: CommandDefinition.registryCodes()
    )

    private static let formats: [RowFormat] = [.table, .csv, .json]
    private let filter: EnrolmentFilter
    private let limit: Int?
    private let format: RowFormat
    private let registry: RegistryArguments

    init(_ arguments: ParsedArguments) throws(Failure) {
        limit = try arguments.limitOfAll
        // One more, to know whether there are more.
        filter = EnrolmentFilter(
            person: arguments.value("--person"), course: arguments.value("--course"),
            status: arguments.value("--status").flatMap(EnrolmentStatus.init(rawValue:)), limit: limit.map { $0 + 1 })
        format = RowFormat(arguments, among: Self.formats)
        registry = RegistryArguments(arguments, of: Self.definition)
    }

    func run(in surroundings: Surroundings) async throws(Failure) -> ExitCode {
        let registry = try registry.registry(in: surroundings)
        let rows = try withRegistry { () throws(RegistryError) in try registry.enrolments(matching: filter) }
        var writer = RowWriter(format, columns: EnrolmentRow.columns, output: surroundings.output)
        try writer.begin()
        var count = 0
        while let row = try withRegistry({ () throws(RegistryError) in try rows.next() }) {
            count += 1
            if let limit, count > limit { break }
            try writer.write(row.values)
        }
        try writer.finish()
        if let limit, count > limit { surroundings.noteMore(than: limit) }
        return .ok
    }
}
