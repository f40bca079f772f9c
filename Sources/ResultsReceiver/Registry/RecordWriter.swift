package import Results

/// How rows are written for other programs.
package enum ExportFormat: String, CaseIterable, Sendable {
    /// RFC 4180 with commas, a header line and LF as line end, so that `wc -l` counts the rows.
    case csv
    /// One array of objects, a line each.
    case json
    /// One object per line.
    case ndjson
}

/// One value of a row, with its type, as JSON tells text from numbers.
package enum FieldValue: Sendable, Equatable {
    /// An empty field in CSV, `null` in JSON.
    case absent
    case text(String)
    case integer(Int64)
    /// A decimal number in JSON's own notation, taken over digit by digit.
    case decimal(String)
    case truth(Bool)

    package init(_ text: String?) { self = text.map(FieldValue.text) ?? .absent }
    package init(_ truth: Bool?) { self = truth.map(FieldValue.truth) ?? .absent }
    package init(_ score: Score?) { self = score.map { .decimal($0.description) } ?? .absent }
    package init(_ moment: Timestamp?) { self.init(moment?.iso8601) }
    package init(_ date: CalendarDate?) { self.init(date?.iso8601) }
}

/// Writes rows as CSV, JSON or NDJSON in constant memory.
///
/// Values are written exactly as they are, also those that begin with `=`, `+`, `-` or `@`, which a spreadsheet may
/// take for a formula: the files are read by programs, and what was changed for one reader is wrong for the next.
package struct RecordWriter<Failure: Error> {
    package let format: ExportFormat
    package let columns: [String]
    private let sink: ([UInt8]) throws(Failure) -> Void
    private var buffer: [UInt8] = []
    private var rows = 0

    /// Each column's name as JSON text with its colon.
    private let keys: [[UInt8]]

    /// Hands its output to `sink` in pieces of about 64 KiB.
    package init(format: ExportFormat, columns: [String], sink: @escaping ([UInt8]) throws(Failure) -> Void) {
        self.format = format
        self.columns = columns
        self.sink = sink
        keys = columns.map { column in
            var key: [UInt8] = []
            Self.appendJSON(column, to: &key)
            return key + [UInt8(ascii: ":")]
        }
        buffer.reserveCapacity(68 << 10)
    }

    private var capacity: Int { 64 << 10 }

    /// Writes what comes before the first row.
    package mutating func begin() throws(Failure) {
        switch format {
        case .csv: try writeCSV(columns.map(FieldValue.text))
        case .json: buffer.append(UInt8(ascii: "["))
        case .ndjson: break
        }
    }

    /// Writes one row; `values` has one for each column.
    package mutating func write(_ values: [FieldValue]) throws(Failure) {
        precondition(values.count == columns.count, "A row has one value for each column.")
        switch format {
        case .csv: try writeCSV(values)
        case .json:
            buffer.append(contentsOf: rows == 0 ? "\n".utf8 : ",\n".utf8)
            writeObject(values)
        case .ndjson:
            writeObject(values)
            buffer.append(UInt8(ascii: "\n"))
        }
        rows += 1
        if buffer.count >= capacity { try flush() }
    }

    /// Writes what comes behind the last row, and hands everything over.
    package mutating func finish() throws(Failure) {
        if format == .json { buffer.append(contentsOf: rows == 0 ? "]\n".utf8 : "\n]\n".utf8) }
        try flush()
    }

    private mutating func flush() throws(Failure) {
        try sink(buffer)
        buffer.removeAll(keepingCapacity: true)
    }

    private mutating func writeCSV(_ values: [FieldValue]) throws(Failure) {
        for (index, value) in values.enumerated() {
            if index > 0 { buffer.append(UInt8(ascii: ",")) }
            switch value {
            case .absent: break
            case .text(let text): appendCSV(text)
            case .integer(let number): buffer.append(contentsOf: String(number).utf8)
            case .decimal(let digits): buffer.append(contentsOf: digits.utf8)
            case .truth(let truth): buffer.append(contentsOf: truth ? "true".utf8 : "false".utf8)
            }
        }
        buffer.append(UInt8(ascii: "\n"))
    }

    private mutating func appendCSV(_ text: String) {
        let needsMarks = text.utf8.contains { byte in
            byte == UInt8(ascii: ",") || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\n")
                || byte == UInt8(ascii: "\r")
        }
        guard needsMarks else { return buffer.append(contentsOf: text.utf8) }
        buffer.append(UInt8(ascii: "\""))
        for byte in text.utf8 {
            if byte == UInt8(ascii: "\"") { buffer.append(byte) }
            buffer.append(byte)
        }
        buffer.append(UInt8(ascii: "\""))
    }

    private mutating func writeObject(_ values: [FieldValue]) {
        for (index, value) in values.enumerated() {
            buffer.append(UInt8(ascii: index == 0 ? "{" : ","))
            buffer.append(contentsOf: keys[index])
            switch value {
            case .absent: buffer.append(contentsOf: "null".utf8)
            case .text(let text): Self.appendJSON(text, to: &buffer)
            case .integer(let number): buffer.append(contentsOf: String(number).utf8)
            case .decimal(let digits): buffer.append(contentsOf: digits.utf8)
            case .truth(let truth): buffer.append(contentsOf: truth ? "true".utf8 : "false".utf8)
            }
        }
        buffer.append(UInt8(ascii: "}"))
    }

    /// Appends a string of RFC 8259 section 7: only what must be escaped is, so slashes and letters stay as they are.
    private static func appendJSON(_ text: String, to buffer: inout [UInt8]) {
        buffer.append(UInt8(ascii: "\""))
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"):
                buffer.append(UInt8(ascii: "\\"))
                buffer.append(byte)
            case UInt8(ascii: "\n"): buffer.append(contentsOf: "\\n".utf8)
            case UInt8(ascii: "\r"): buffer.append(contentsOf: "\\r".utf8)
            case UInt8(ascii: "\t"): buffer.append(contentsOf: "\\t".utf8)
            case 0..<0x20, 0x7F:
                buffer.append(contentsOf: "\\u00".utf8)
                buffer.append(contentsOf: [hexadecimal(byte >> 4), hexadecimal(byte & 0x0F)])
            default: buffer.append(byte)
            }
        }
        buffer.append(UInt8(ascii: "\""))
    }

    private static func hexadecimal(_ digit: UInt8) -> UInt8 {
        digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10
    }
}
