import Configuration
import HTTP
import Receiver
import Registry
import Results

/// `deliveries list`: shows what came and what became of it, the latest first.
struct DeliveriesListCommand: Command {
    static let definition = CommandDefinition(
        path: ["deliveries", "list"], summary: "Show the deliveries that came, the latest first",
        flags: DeliverySelection.flags + [.limit, RowFormat.flag(formats)] + FlagDefinition.registry,
        details: [DeliverySelection.details, TimeFlag.details], exitCodes: CommandDefinition.registryCodes())

    private static let formats: [RowFormat] = [.table, .csv, .json]
    private let selection: DeliverySelection
    private let format: RowFormat
    private let limit: Int?
    private let registry: RegistryArguments

    init(_ arguments: ParsedArguments) throws(Failure) {
        selection = try DeliverySelection(arguments)
        format = RowFormat(arguments, among: Self.formats)
        limit = try arguments.limit
        registry = RegistryArguments(arguments, of: Self.definition)
    }

    func run(in surroundings: Surroundings) async throws(Failure) -> ExitCode {
        try selection.write(format, limit: limit, oldestFirst: false, registry, surroundings)
        return .ok
    }
}

/// `deliveries export`: writes them all for other programs, the oldest first.
struct DeliveriesExportCommand: Command {
    static let definition = CommandDefinition(
        path: ["deliveries", "export"], summary: "Write the deliveries that came for other programs, the oldest first",
        flags: DeliverySelection.flags + [.limitOfAll, RowFormat.flag(formats)] + FlagDefinition.registry,
        details: [
            "The columns are \(DeliveryRow.columns.joined(separator: ", ")).", DeliverySelection.details,
            TimeFlag.details,
        ], exitCodes: CommandDefinition.registryCodes())

    private static let formats: [RowFormat] = [.csv, .json, .ndjson]
    private let selection: DeliverySelection
    private let format: RowFormat
    private let limit: Int?
    private let registry: RegistryArguments

    init(_ arguments: ParsedArguments) throws(Failure) {
        selection = try DeliverySelection(arguments)
        format = RowFormat(arguments, among: Self.formats)
        limit = try arguments.limitOfAll
        registry = RegistryArguments(arguments, of: Self.definition)
    }

    func run(in surroundings: Surroundings) async throws(Failure) -> ExitCode {
        try selection.write(format, limit: limit, oldestFirst: true, registry, surroundings)
        return .ok
    }
}

/// Which deliveries a command is about, as its flags say.
struct DeliverySelection: Sendable {
    static let flags = [
        FlagDefinition(name: "--code", placeholder: "CODE", summary: "Only those answered with this status code"),
        FlagDefinition(name: "--reason", placeholder: "WORD", summary: "Only those answered with this reason"),
        FlagDefinition(
            name: "--person", placeholder: "ID", summary: "Only those of this person, by person id or external id"),
        FlagDefinition(name: "--course", placeholder: "ID", summary: "Only those of this course"),
        FlagDefinition(name: "--since", placeholder: "TIME", summary: "Only those received then or later"),
        FlagDefinition(name: "--until", placeholder: "TIME", summary: "Only those received before"),
    ]
    static let details =
        "attempt counts how often the same bytes have come; aNewSpring delivers a message \(DeliveryRow.attempts) times "
        + "at most, 16 hours apart at most. outlook is 'ending' when one or two attempts are left, and 'given-up' when "
        + "none is or none has come for 17 hours, for a message that is neither accepted nor dismissed."

    private var filter: DeliveryFilter
    private let since: TimeFlag
    private let until: TimeFlag

    init(_ arguments: ParsedArguments) throws(Failure) {
        since = try TimeFlag("--since", arguments)
        until = try TimeFlag("--until", arguments)
        filter = DeliveryFilter(
            reason: try arguments.reason, person: arguments.value("--person"), course: arguments.value("--course"))
        if let text = arguments.value("--code") {
            let known = Set(Reason.allCases.map(\.status.code)).sorted()
            guard let code = Int(text), known.contains(code) else {
                throw Failure(
                    .usage, "--code: '\(text)' is no code of an answer",
                    hint: "there are \(known.map(String.init).joined(separator: ", "))")
            }
            filter.code = code
        }
    }

    /// Writes the deliveries, one after the other as they are read.
    func write(
        _ format: RowFormat, limit: Int?, oldestFirst: Bool, _ arguments: RegistryArguments,
        _ surroundings: Surroundings
    ) throws(Failure) {
        let settings = try arguments.settings(in: surroundings)
        var filter = filter
        filter.since = try since.moment(in: settings.zone)
        filter.until = try until.moment(in: settings.zone)
        // One more, to know whether there are more.
        filter.limit = limit.map { $0 + 1 }
        let registry = try RegistryArguments.open(settings)
        let rows = try withRegistry { () throws(RegistryError) in
            try registry.deliveries(matching: filter, oldestFirst: oldestFirst)
        }
        var writer = RowWriter(format, columns: DeliveryRow.columns, output: surroundings.output)
        try writer.begin()
        var count = 0
        while let row = try withRegistry({ () throws(RegistryError) in try rows.next() }) {
            count += 1
            if let limit, count > limit { break }
            try writer.write(format == .table ? row.shownValues : row.values)
        }
        try writer.finish()
        if let limit, count > limit { surroundings.noteMore(than: limit) }
    }
}

extension DeliveryRow {
    /// For people: the attempt with how many there are.
    fileprivate var shownValues: [FieldValue] {
        zip(Self.columns, values).map { column, value in
            column == "attempt" ? FieldValue(shownAttempt) : value
        }
    }

    /// `4 of 11`
    var shownAttempt: String? { attempt.map { "\($0) of \(Self.attempts)" } }
}

extension FlagDefinition {
    static let limit = FlagDefinition(
        name: "--limit", placeholder: "N", summary: "The most rows (default: 100; 0: all)")
    static let limitOfAll = FlagDefinition(
        name: "--limit", placeholder: "N", summary: "The most rows (default: all)")
}

extension Surroundings {
    /// Says that a list was cut.
    func noteMore(than limit: Int) { say("note", "there are more than \(limit); --limit N shows more") }
}

extension ParsedArguments {
    /// `--limit`: 100 unless it says otherwise; nil: all.
    var limit: Int? {
        get throws(Failure) { has(FlagDefinition.limit.name) ? try limitOfAll : 100 }
    }

    /// `--limit`; nil: all.
    var limitOfAll: Int? {
        get throws(Failure) {
            guard let text = value(FlagDefinition.limit.name) else { return nil }
            guard let number = Int(text), 0..<Int.max ~= number else {
                throw Failure(.usage, "--limit: '\(text)' is no number of rows", hint: "write 100, or 0 for all")
            }
            return number == 0 ? nil : number
        }
    }

    /// `--reason`, which must be one that there is.
    var reason: String? {
        get throws(Failure) {
            guard let word = value("--reason") else { return nil }
            let known = Reason.allCases.map(\.rawValue)
            guard known.contains(word) else {
                throw Failure(
                    .usage, "--reason: '\(word)' is no reason",
                    hint: Suggestion.question(word, among: known) ?? "there are \(known.joined(separator: ", "))")
            }
            return word
        }
    }
}
