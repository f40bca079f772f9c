import Configuration
import Registry
import Results

/// `person export`: everything held about one person.
struct PersonExportCommand: Command {
    static let definition = CommandDefinition(
        path: ["person", "export"], summary: "Write everything that is held about one person, as JSON",
        arguments: [PersonArguments.id], flags: [PersonArguments.source] + FlagDefinition.registry,
        details: [
            "Enrolments, results (revoked ones too) and deliveries with the messages that are kept, those included that "
                + "could not be read but hold the id."
        ], exitCodes: PersonArguments.exitCodes)

    private let person: PersonArguments

    init(_ arguments: ParsedArguments) throws(Failure) {
        person = PersonArguments(arguments, of: Self.definition)
    }

    func run(in surroundings: Surroundings) async throws(Failure) -> ExitCode {
        let record = try person.record(try person.registry.registry(in: surroundings))
        person.warn(ofUnclear: record.unclear, surroundings)
        let output = surroundings.output
        try write("{\"ids\":", ["id"], record.ids.map { [.text($0)] }, output)
        try write(",\"enrolments\":", EnrolmentRow.columns, record.enrolments.map(\.values), output)
        try write(
            ",\"results\":", ResultRow.columns(withRevoked: true), record.results.map { $0.values(withRevoked: true) },
            output)
        try write(
            ",\"deliveries\":", DeliveryRow.columns + ["body"],
            record.deliveries.map { $0.values + [FieldValue(record.text(of: $0))] }, output)
        try output.writeLine("}")
        return .ok
    }

    private func write(
        _ name: String, _ columns: [String], _ rows: [[FieldValue]], _ output: OutputChannel
    ) throws(Failure) {
        try output.write(name)
        var writer = RowWriter(.json, columns: columns, output: output)
        try writer.begin()
        for row in rows { try writer.write(row) }
        try writer.finish()
    }
}

extension PersonRecord {
    /// The kept message; what is not UTF-8 in it is replaced.
    fileprivate func text(of delivery: DeliveryRow) -> String? {
        bodies[delivery.id].map { String(decoding: $0, as: UTF8.self) }
    }
}

/// `person erase`: erases what is held about one person.
struct PersonEraseCommand: Command {
    static let definition = CommandDefinition(
        path: ["person", "erase"], summary: "Erase what is held about one person",
        arguments: [PersonArguments.id],
        flags: [
            PersonArguments.source,
            FlagDefinition(name: "--yes", summary: "Do it; without it, only says what would be erased"),
        ] + FlagDefinition.registry,
        details: [
            "Enrolments without a result are deleted. Of a registered result stays that there was one: its id, enrolment "
                + "id, course, day of receipt and the digest of its message, so that no second one is registered. "
                + "Deliveries lose the ids, the text and the message. What was erased is overwritten in the database; "
                + "backups and the administration itself are yours to see to."
        ], exitCodes: PersonArguments.exitCodes)

    private let person: PersonArguments
    private let isSure: Bool

    init(_ arguments: ParsedArguments) throws(Failure) {
        person = PersonArguments(arguments, of: Self.definition)
        isSure = arguments.has("--yes")
    }

    func run(in surroundings: Surroundings) async throws(Failure) -> ExitCode {
        let access = try person.registry.registry(in: surroundings)
        let record = try person.record(access)
        let found = Erasure(
            enrolments: record.enrolments.count, results: record.results.count, deliveries: record.deliveries.count)
        guard isSure else {
            try surroundings.output.writeLine("would erase: \(found.counts)")
            person.warn(ofUnclear: record.unclear, surroundings)
            surroundings.say("hint", "--yes erases them; it cannot be undone")
            return .ok
        }
        let erasure: Erasure
        do throws(PersonError) {
            erasure = try access.erase(person: person.id, source: person.source)
        } catch {
            throw person.failure(error)
        }
        try surroundings.output.writeLine("erased: \(erasure.counts)")
        person.warn(ofUnclear: erasure.unclear, surroundings)
        if !erasure.hasEmptiedLog {
            surroundings.warn(
                "others were reading or writing, and the database's log holds what was erased until it is begun anew: "
                    + "the server does so when it stops, or after the next thousands of messages")
        }
        return .ok
    }
}

extension Erasure {
    fileprivate var counts: String { "\(enrolments) enrolments, \(results) results, \(deliveries) deliveries" }
}

/// The arguments that name a person.
struct PersonArguments: Sendable {
    static let id = ArgumentDefinition(name: "ID", summary: "The person id or an external id")
    static let source = FlagDefinition(
        name: "--external-source", placeholder: "NAME", summary: "ID is the external id of this source")
    static let exitCodes = CommandDefinition.registryCodes([
        .badData: "the id fits more than one person", .noInput: "nothing is held about such a person",
    ])

    let id: String
    let source: String?
    let registry: RegistryArguments

    init(_ arguments: ParsedArguments, of definition: CommandDefinition) {
        id = arguments.positional[0]
        source = arguments.value(Self.source.name)
        registry = RegistryArguments(arguments, of: definition)
    }

    func record(_ access: RegistryAccess) throws(Failure) -> PersonRecord {
        let record: PersonRecord
        do throws(PersonError) { record = try access.record(ofPerson: id, source: source) } catch {
            throw failure(error)
        }
        guard !record.isEmpty else {
            throw Failure(
                .noInput, "nothing is held about a person with the id '\(id)'",
                hint: "'enrolments list' and 'deliveries list' show the ids")
        }
        return record
    }

    /// `count` refused deliveries may be this person's or another's.
    func warn(ofUnclear count: Int, _ surroundings: Surroundings) {
        guard count > 0 else { return }
        surroundings.warn(
            "\(count) refused \(count == 1 ? "delivery" : "deliveries") with an id that another person has too "
                + "\(count == 1 ? "is" : "are") left out: 'deliveries list --person \(id)' shows them")
    }

    func failure(_ error: PersonError) -> Failure {
        switch error {
        case .ambiguous:
            Failure(
                .badData, "the id '\(id)' fits more than one person",
                hint: "give the person id, or --external-source NAME for the external id of one source")
        case .registry(let error): Failure(error)
        }
    }
}
