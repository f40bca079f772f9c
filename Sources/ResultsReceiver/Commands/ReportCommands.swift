import Configuration
import Receiver
import Registry
import Results

/// `report missing`: who has no result where others have one.
struct ReportMissingCommand: Command {
    static let definition = CommandDefinition(
        path: ["report", "missing"], summary: "Show who is still planned in courses in which others have results",
        flags: [
            FlagDefinition(name: "--course", placeholder: "ID", summary: "Only this course"), .limit,
            RowFormat.flag(formats),
        ] + FlagDefinition.registry,
        details: [
            "A webhook that never came leaves no trace; this shows where one may be wanting. The columns are those of "
                + "'enrolments list'."
        ], exitCodes: CommandDefinition.registryCodes())

    private static let formats: [RowFormat] = [.table, .csv, .json]
    private let course: String?
    private let limit: Int?
    private let format: RowFormat
    private let registry: RegistryArguments

    init(_ arguments: ParsedArguments) throws(Failure) {
        course = arguments.value("--course")
        limit = try arguments.limit
        format = RowFormat(arguments, among: Self.formats)
        registry = RegistryArguments(arguments, of: Self.definition)
    }

    func run(in surroundings: Surroundings) async throws(Failure) -> ExitCode {
        let access = try registry.registry(in: surroundings)
        let rows = try withRegistry { () throws(RegistryError) in
            try access.missing(course: course, limit: limit.map { $0 + 1 })
        }
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

/// `report attention`: what needs a person now.
struct ReportAttentionCommand: Command {
    static let definition = CommandDefinition(
        path: ["report", "attention"], summary: "Show what needs somebody now, by cause, with its cure",
        flags: [.limit, .choice("--format", ["text", "csv", "json"], "How it is written (default: text)")]
            + FlagDefinition.registry,
        details: [
            "Messages that were refused, and neither accepted nor dismissed since; integrations whose latest requests "
                + "(of the last 24 hours) were signed wrongly; maintenance that lasts. In Dutch or German where the "
                + "locale is. For cron and mail: it prints nothing when there is nothing."
        ],
        exitCodes: [(.ok, "nothing needs anybody"), (.foundWork, "something needs somebody")]
            + CommandDefinition.registryCodes())

    private let limit: Int?
    private let format: String
    private let registry: RegistryArguments

    init(_ arguments: ParsedArguments) throws(Failure) {
        limit = try arguments.limit
        format = arguments.value("--format") ?? "text"
        registry = RegistryArguments(arguments, of: Self.definition)
    }

    func run(in surroundings: Surroundings) async throws(Failure) -> ExitCode {
        let settings = try registry.settings(in: surroundings)
        var items = try items(try RegistryArguments.open(settings), Language(of: settings, surroundings.environment))
        let hasMore = items.count > limit ?? .max
        items = Array(items.prefix(limit ?? .max))
        if let format = RowFormat(rawValue: format) {
            var writer = RowWriter(format, columns: AttentionItem.columns, output: surroundings.output)
            try writer.begin()
            for item in items { try writer.write(item.values) }
            try writer.finish()
        } else {
            for item in items { try write(item, settings.zone, surroundings.output) }
        }
        if let limit, hasMore { surroundings.noteMore(than: limit) }
        return items.isEmpty ? .ok : .foundWork
    }

    private func items(_ access: RegistryAccess, _ language: Language) throws(Failure) -> [AttentionItem] {
        let now = Timestamp.now()
        let (causes, wrong, maintenance) = try withRegistry { () throws(RegistryError) in
            (
                try access.causes(limit: limit.map { $0 + 1 }),
                try access.wrongSignatures(since: Timestamp(milliseconds: now.milliseconds - 86_400_000)),
                try access.maintenance()
            )
        }
        // What concerns every message comes first.
        var items: [AttentionItem] = []
        if let maintenance {
            items.append(
                AttentionItem(
                    cause: Reason.maintenance.rawValue, count: 1, first: maintenance.since, last: now,
                    cure: language.say(AttentionText.maintenance)))
        }
        for signatures in wrong {
            items.append(
                AttentionItem(
                    cause: signatures.reason, plugin: signatures.plugin, count: signatures.requests,
                    last: signatures.last, cure: language.say(AttentionText.wrongSignatures)))
        }
        return items
            + causes.map { cause in
                AttentionItem(
                    cause: cause.reason, plugin: cause.plugin, course: cause.course, count: cause.messages,
                    first: cause.first, last: cause.last, example: cause.example, cure: cause.cure(in: language))
            }
    }

    private func write(_ item: AttentionItem, _ zone: CivilTime, _ output: OutputChannel) throws(Failure) {
        var head = "\(item.count) × \(item.cause)"
        if let course = item.course { head += ", course \(course)" }
        if let plugin = item.plugin, !plugin.isEmpty { head += ", plugin \(plugin)" }
        head += ", last \(zone.date(of: item.last).iso8601)"
        if let example = item.example { head += ", such as \(example)" }
        try output.writeLine(TableWriter.cell(.text(head)))
        try output.writeLine("    " + TableWriter.cell(.text(item.cure)))
    }
}

/// Something that needs somebody.
private struct AttentionItem {
    /// The answer's reason.
    var cause: String
    var plugin: String?
    var course: String?
    /// Messages; of wrong signatures, requests.
    var count: Int
    var first: Timestamp?
    var last: Timestamp
    /// The reference of a delivery.
    var example: String?
    var cure: String

    static let columns = [
        "cause", "plugin", "course_id", "count", "first_at", "last_at", "example_reference", "cure",
    ]

    var values: [FieldValue] {
        [
            .text(cause), FieldValue(plugin), FieldValue(course), FieldValue(count), FieldValue(first),
            FieldValue(last), FieldValue(example), .text(cure),
        ]
    }
}

private struct AttentionText {
    let nl: String
    let en: String
    let de: String

    static let wrongSignatures = AttentionText(
        nl: "De laatste berichten hadden een verkeerde handtekening: vergelijk het geheim in het leerplatform met dat "
            + "van de instellingen.",
        en: "The latest messages had a wrong signature: compare the secret on the learning platform with that of the "
            + "settings.",
        de: "Die letzten Nachrichten hatten eine falsche Signatur: das Geheimnis in der Lernplattform mit dem der "
            + "Einstellungen vergleichen.")

    static let maintenance = AttentionText(
        nl: "Er is onderhoud, en resultaten worden geweigerd: 'maintenance off' beëindigt het.",
        en: "Maintenance lasts, and results are refused: 'maintenance off' ends it.",
        de: "Es ist Wartung, und Ergebnisse werden abgelehnt: 'maintenance off' beendet sie.")
}

extension Language {
    fileprivate func say(_ text: AttentionText) -> String {
        switch self {
        case .nl: text.nl
        case .en: text.en
        case .de: text.de
        }
    }
}
