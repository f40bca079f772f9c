import Configuration
import Registry
import Results

/// `deliveries show`: everything about one delivery.
struct DeliveriesShowCommand: Command {
    static let definition = CommandDefinition(
        path: ["deliveries", "show"], summary: "Show one delivery, and the others of the same message",
        arguments: [ArgumentDefinition(name: "REFERENCE", summary: "The reference of the answer (X-Request-Id)")],
        flags: [
            FlagDefinition(name: "--body", summary: "Write the message as it came, and nothing else")
        ] + FlagDefinition.registry,
        details: [
            "The message is kept where it was refused, its signature was right, and its time is not over "
                + "([deliveries] in the settings). It holds personal data."
        ],
        exitCodes: CommandDefinition.registryCodes([.noInput: "there is no such delivery, or its message is not kept"]))

    private let reference: String
    private let wantsBody: Bool
    private let registry: RegistryArguments

    init(_ arguments: ParsedArguments) throws(Failure) {
        reference = arguments.positional[0]
        wantsBody = arguments.has("--body")
        registry = RegistryArguments(arguments, of: Self.definition)
    }

    func run(in surroundings: Surroundings) async throws(Failure) -> ExitCode {
        let access = try registry.registry(in: surroundings)
        let rows = try access.found(reference)
        if wantsBody {
            try surroundings.output.write(try access.keptBody(of: rows))
            return .ok
        }
        for (index, row) in rows.enumerated() {
            if index > 0 { try surroundings.output.writeLine("") }
            try write(row, surroundings.output)
        }
        try writeOthers(of: rows, access, surroundings.output)
        return .ok
    }

    private func write(_ row: DeliveryRow, _ output: OutputChannel) throws(Failure) {
        let lines: [(String, String?)] = [
            ("reference", row.reference), ("received at", row.receivedAt.iso8601),
            ("answer", "\(row.code) \(row.reason)"),
            ("message", row.message), ("attempt", row.shownAttempt),
            ("outlook", row.outlook.map { $0 == .ending ? "the sender will soon give up" : "the sender has given up" }),
            ("student id", row.student), ("course id", row.course), ("part id", row.part), ("plugin", row.plugin),
            ("bytes", row.bytes.map(String.init)), ("duration", row.duration.map { "\($0) µs" }),
            ("client", row.client), ("replay of", row.replayOf),
            ("signature", row.digest == nil ? "not right: nothing of the message is kept" : "right"),
            ("body", row.hasBody ? "kept: --body writes it" : nil),
            ("open", row.isOpen ? "yes: neither accepted nor dismissed since" : nil),
        ]
        for case (let name, let value?) in lines {
            try output.writeLine(name.padding(to: 13) + TableWriter.cell(.text(value)))
        }
    }

    private func writeOthers(
        of rows: [DeliveryRow], _ access: RegistryAccess, _ output: OutputChannel
    ) throws(Failure) {
        guard let digest = rows.first?.digest else { return }
        let same = try withRegistry { () throws(RegistryError) in
            try access.deliveries(matching: DeliveryFilter(digest: digest, limit: 100))
        }
        var isFirst = true
        while let other = try withRegistry({ () throws(RegistryError) in try same.next() }) {
            guard !rows.contains(where: { $0.id == other.id }) else { continue }
            if isFirst { try output.writeLine("\nthe same message:") }
            isFirst = false
            let attempt = other.shownAttempt.map { "attempt \($0)" } ?? "replay"
            try output.writeLine(
                "  \(other.reference)  \(other.receivedAt.iso8601)  \(attempt)  \(other.code) \(other.reason)")
        }
    }
}

extension RegistryAccess {
    /// The deliveries with this reference, one at least.
    func found(_ reference: String) throws(Failure) -> [DeliveryRow] {
        let rows = try withRegistry { () throws(RegistryError) in try deliveries(of: reference) }
        guard !rows.isEmpty else { throw Failure(unknownReference: reference) }
        return rows
    }

    /// The message of a delivery, as it came.
    func keptBody(of rows: [DeliveryRow]) throws(Failure) -> [UInt8] {
        for row in rows where row.hasBody {
            if let body = try withRegistry({ () throws(RegistryError) in try self.body(ofDelivery: row.id) }) {
                return body
            }
        }
        throw Failure(
            .noInput, "the message of \(rows[0].reference) is not kept",
            hint: rows.contains { $0.code == 200 }
                ? "it was accepted: 'results list' shows its result" : "[deliveries] in the settings says what is kept")
    }
}

extension Failure {
    init(unknownReference reference: String) {
        self.init(
            .noInput, "there is no delivery with the reference '\(reference)'",
            hint: "'deliveries list' shows them; what is older than keep-deliveries is gone")
    }
}

extension String {
    func padding(to width: Int) -> String { self + String(repeating: " ", count: Swift.max(1, width - count)) }
}
