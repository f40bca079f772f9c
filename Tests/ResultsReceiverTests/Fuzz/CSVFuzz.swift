@testable import Registry

/// Bytes as a CSV file, whole and in pieces as a pipe gives them, and what was read written and read again.
struct CSVFuzz: FuzzTarget {
    init() {}

    func run(_ input: [UInt8]) throws {
        var random = InputRandom(seed: input)
        let whole = read(CSVReader(bytes: input))
        let cuts = [input.map { [$0] }, random.pieces(of: input, longest: 3), random.pieces(of: input, longest: 30)]
        for pieces in cuts {
            let cut = read(Self.reader(of: pieces))
            try demand(cut == whole, "in \(pieces.map(\.count)): \(cut), whole: \(whole)")
        }
        try check(whole, input)
        try writeAgain(whole)
    }

    private struct Trace: Equatable {
        var columns: [String] = []
        var records: [Record] = []
        /// Of records that were left out, and the one that ended the file.
        var errors: [CSVError] = []
    }

    private struct Record: Equatable {
        var line: Int
        var fields: [String]
        var lines: [Int]
    }

    private func read(_ reader: consuming CSVReader) -> Trace {
        var trace = Trace()
        do throws(CSVError) { trace.columns = try reader.readHeader() } catch {
            trace.errors.append(error)
            return trace
        }
        while true {
            do throws(CSVError) {
                guard try reader.next() else { return trace }
                let fields = 0..<reader.record.count
                trace.records.append(
                    Record(
                        line: reader.record.line, fields: fields.map(reader.record.text),
                        lines: fields.map(reader.record.line(ofField:))))
            } catch {
                trace.errors.append(error)
                if error.isFatal { return trace }
            }
        }
    }

    private static func reader(of pieces: [[UInt8]]) -> CSVReader {
        var rest = pieces[...]
        return CSVReader { chunk in
            guard let piece = rest.popFirst() else { return 0 }
            chunk.replaceSubrange(..<piece.count, with: piece)
            return piece.count
        }
    }

    private func check(_ trace: Trace, _ input: [UInt8]) throws {
        let lastLine = input.count { $0 == 0x0A } + 1
        var line = 1
        var bytes = 0
        for record in trace.records {
            try demand(record.fields.count == trace.columns.count, "\(record.fields.count) fields")
            try demand(record.line >= line, "line \(record.line) after \(line)")
            line = record.line
            for (text, given) in zip(record.fields, record.lines) {
                try demand(given == line, "line \(given) of a field on line \(line)")
                line += text.utf8.count { $0 == 0x0A }
            }
            try demand(line <= lastLine, "line \(line) of \(lastLine)")
            line += 1
            bytes += record.fields.reduce(0) { $0 + $1.utf8.count }
        }
        try demand(bytes <= input.count, "\(bytes) bytes of \(input.count)")
        try demand(Set(trace.columns).count == trace.columns.count && !trace.columns.contains(""), "\(trace.columns)")
        for error in trace.errors {
            try demand((1...lastLine).contains(error.line), "\(error) of \(lastLine) lines")
            let issue = ImportIssue(error)
            // A column's own name stands in it as it came; only the import's are known by then.
            let text = ImportIssue(line: issue.line, kind: issue.kind).description
            try demand(!text.holdsControlCharacter, text)
        }
        for error in trace.errors.dropLast() { try demand(!error.isFatal, "went on after \(error)") }
    }

    private func writeAgain(_ trace: Trace) throws {
        // One empty field would be a blank line. The export's own columns hold neither mark.
        let isOdd = trace.columns.contains { $0.contains(";") || $0.unicodeScalars.first == "\u{FEFF}" }
        guard trace.columns.count > 1, !isOdd else { return }
        let rows = trace.records.map(\.fields)
        let csv = try Self.written(.csv, trace.columns, rows)
        let again = read(CSVReader(bytes: csv))
        try demand(
            again.columns == trace.columns && again.records.map(\.fields) == rows && again.errors.isEmpty,
            "written: \(String(decoding: csv, as: UTF8.self)), read: \(again)")
        let lines = try Self.written(.ndjson, trace.columns, rows)
        try demand(lines.count { $0 < 0x20 } == rows.count, "control characters in \(lines)")
    }

    private static func written(_ format: ExportFormat, _ columns: [String], _ rows: [[String]]) throws -> [UInt8] {
        var output: [UInt8] = []
        var writer = RecordWriter<Never>(format: format, columns: columns) { output += $0 }
        writer.begin()
        for row in rows { writer.write(row.map(FieldValue.text)) }
        writer.finish()
        return output
    }
}
