import Registry

/// How a list of rows is written.
enum RowFormat: String, CaseIterable, Sendable {
    case table, csv, json, ndjson

    static func flag(_ formats: [RowFormat]) -> FlagDefinition {
        .choice("--format", formats.map(\.rawValue), "How it is written (default: \(formats[0].rawValue))")
    }

    /// What `--format` says, or the first.
    init(_ arguments: ParsedArguments, among formats: [RowFormat]) {
        self = arguments.value("--format").flatMap(RowFormat.init(rawValue:)) ?? formats[0]
    }
}

/// Writes rows in the format that was asked for, in constant memory.
struct RowWriter {
    // One of the two. Changed in place: an enum's payload would be copied, with its buffer, for every row.
    private var table: TableWriter?
    private var records: RecordWriter<Failure>?

    init(_ format: RowFormat, columns: [String], output: OutputChannel) {
        if let format = ExportFormat(rawValue: format.rawValue) {
            records = RecordWriter(format: format, columns: columns) { (bytes) throws(Failure) in
                try output.write(bytes)
            }
        } else {
            table = TableWriter(columns: columns, output: output)
        }
    }

    mutating func begin() throws(Failure) { try records?.begin() }

    mutating func write(_ values: [FieldValue]) throws(Failure) {
        try table?.write(values)
        try records?.write(values)
    }

    mutating func finish() throws(Failure) {
        try table?.finish()
        try records?.finish()
    }
}

/// Writes rows as aligned columns for people. The widths are those of the first 500 rows; what is wider later sticks out.
struct TableWriter {
    private let output: OutputChannel
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
        let widths = waiting[0].indices.map { column in waiting.map { Self.width($0[column]) }.max() ?? 0 }
        self.widths = widths
        for row in waiting { try write(row, widths) }
        waiting = []
    }

    private func write(_ cells: [String], _ widths: [Int]) throws(Failure) {
        var line: [UInt8] = []
        for (index, cell) in cells.enumerated() {
            line.append(contentsOf: cell.utf8)
            guard index < cells.count - 1 else { break }
            let padding = max(0, widths[index] - Self.width(cell)) + 2
            line.append(contentsOf: repeatElement(UInt8(ascii: " "), count: padding))
        }
        line.append(UInt8(ascii: "\n"))
        try output.write(line)
    }

    /// In columns of a terminal, for the letters that ids, names and addresses here are made of.
    private static func width(_ cell: String) -> Int { cell.unicodeScalars.count }

    /// A value as a person reads it; control characters would change the terminal.
    static func cell(_ value: FieldValue) -> String {
        switch value {
        case .absent: "-"
        case .text(let text): text.utf8.contains { $0 < 0x20 || $0 == 0x7F || $0 == 0xC2 } ? harmless(text) : text
        case .integer(let number): "\(number)"
        case .decimal(let digits): digits
        case .truth(let truth): truth ? "true" : "false"
        }
    }

    private static func harmless(_ text: String) -> String {
        let scalars = text.unicodeScalars.map { $0.properties.generalCategory == .control ? "\u{FFFD}" : $0 }
        return String(String.UnicodeScalarView(scalars))
    }
}
