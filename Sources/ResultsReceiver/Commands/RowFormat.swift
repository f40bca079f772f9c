import Registry

/// How a list of rows is written.
enum RowFormat: String, CaseIterable, Sendable {
    case table, csv, json, ndjson

    static func flag(_ formats: [RowFormat]) -> FlagDefinition {
        .choice("--format", formats.map(\.rawValue), "How it is written (default: \(formats[0].rawValue))")
    }
}

/// Writes rows in the format that was asked for, in constant memory.
struct RowWriter {
    private enum Kind {
        case table(TableWriter)
        case records(RecordWriter<Failure>)
    }

    private var kind: Kind

    init(_ format: RowFormat, columns: [String], output: OutputChannel) {
        switch ExportFormat(rawValue: format.rawValue) {
        case nil: kind = .table(TableWriter(columns: columns, output: output))
        case let format?:
            kind = .records(
                RecordWriter(format: format, columns: columns) { (bytes) throws(Failure) in try output.write(bytes) })
        }
    }

    mutating func begin() throws(Failure) {
        guard case .records(var writer) = kind else { return }
        try writer.begin()
        kind = .records(writer)
    }

    mutating func write(_ values: [FieldValue]) throws(Failure) {
        switch kind {
        case .table(var writer):
            // Taken out while it changes, so that its rows are not copied.
            kind = .table(TableWriter(columns: [], output: writer.output))
            defer { kind = .table(writer) }
            try writer.write(values)
        case .records(var writer):
            try writer.write(values)
            kind = .records(writer)
        }
    }

    mutating func finish() throws(Failure) {
        switch kind {
        case .table(var writer): try writer.finish()
        case .records(var writer): try writer.finish()
        }
    }
}

/// Writes rows as aligned columns for people. The widths are those of the first 500 rows; what is wider later sticks out.
struct TableWriter {
    let output: OutputChannel
    private var waiting: [[String]]
    private var widths: [Int]?
    private static let sample = 500

    init(columns: [String], output: OutputChannel) {
        self.output = output
        waiting = [columns]
    }

    mutating func write(_ values: [FieldValue]) throws(Failure) {
        let cells = values.map(Self.cell)
        if let widths { return try write(cells, widths) }
        waiting.append(cells)
        if waiting.count > Self.sample { try settle() }
    }

    mutating func finish() throws(Failure) {
        if widths == nil { try settle() }
    }

    private mutating func settle() throws(Failure) {
        let widths = waiting[0].indices.map { column in waiting.map { $0[column].count }.max() ?? 0 }
        self.widths = widths
        for row in waiting { try write(row, widths) }
        waiting = []
    }

    private func write(_ cells: [String], _ widths: [Int]) throws(Failure) {
        var line = ""
        for (cell, width) in zip(cells, widths) {
            line += cell + String(repeating: " ", count: max(0, width - cell.count) + 2)
        }
        try output.writeLine(String(line.reversed().drop { $0 == " " }.reversed()))
    }

    /// A value as a person reads it; control characters would change the terminal.
    private static func cell(_ value: FieldValue) -> String {
        switch value {
        case .absent: "-"
        case .text(let text):
            String(
                String.UnicodeScalarView(
                    text.unicodeScalars.map { $0.properties.generalCategory == .control ? "\u{FFFD}" : $0 }))
        case .integer(let number): "\(number)"
        case .decimal(let digits): digits
        case .truth(let truth): truth ? "true" : "false"
        }
    }
}
