import Foundation
import Results

@testable import Registry

/// Bytes as a file of enrolments: its rows one by one, and where all are right, the import into a registry.
final class EnrolmentsFuzz: FuzzTarget {
    private let folder: TemporaryFolder
    /// An empty registry; each import gets a copy.
    private let empty: [UInt8]

    init() throws {
        folder = try TemporaryFolder()
        do {
            let registry = try RegistryAccess(to: folder.file("empty.db"), creating: true)
            _ = try registry.enrolments().next()
        }
        empty = try Array(Data(contentsOf: URL(filePath: folder.file("empty.db"))))
    }

    func run(_ input: [UInt8]) throws {
        let lastLine = input.count { $0 == 0x0A } + 1
        guard let (rows, issues) = try checkedRows(input, lastLine) else { return }
        let path = folder.file("registry.db")
        try Data(empty).write(to: URL(filePath: path))
        defer {
            for suffix in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: path + suffix) }
        }
        let report: ImportReport
        do throws(ImportError) { report = try EnrolmentImport(into: path).run(CSVReader(bytes: input)) } catch {
            guard case .invalid(let found, _) = error else { throw error }
            try demand(!found.isEmpty && found.count <= ImportIssues.limit, "\(found.count) issues")
            let isSame = found.starts(with: issues) || issues.count > ImportIssues.limit
            try demand(isSame, "\(found), row by row \(issues)")
            try check(found, lastLine)
            try demand(try listed(path).isEmpty, "refused, but rows are there")
            return
        }
        try demand(issues.isEmpty, "imported in spite of \(issues)")
        try demand(report == ImportReport.inserted(rows, report), "\(rows) rows, \(report)")
        try demand(try listed(path).count == rows, "other rows than were imported")
        try importAgain(input, rows, path)
    }

    /// The same file changes nothing; nor does what is listed.
    private func importAgain(_ input: [UInt8], _ rows: Int, _ path: String) throws {
        let before = try listed(path)
        let same = try EnrolmentImport(into: path).run(CSVReader(bytes: input))
        try demand(same.unchanged == rows && same.inserted == 0 && same.updated == 0, "again: \(same)")
        var output: [UInt8] = []
        var writer = RecordWriter<Never>(format: .csv, columns: EnrolmentRow.columns) { output += $0 }
        writer.begin()
        for row in before { writer.write(row.values) }
        writer.finish()
        let listedAgain = try EnrolmentImport(into: path).run(CSVReader(bytes: output))
        try demand(listedAgain.unchanged == rows, "as listed: \(listedAgain)")
        try demand(try listed(path) == before, "the rows changed")
    }

    private func listed(_ path: String) throws -> [EnrolmentRow] {
        let rows = try RegistryAccess(to: path).enrolments()
        var all: [EnrolmentRow] = []
        while let row = try rows.next() { all.append(row) }
        return all
    }

    /// How many rows there are, and what is wrong with them one by one; nil: the header or the form of the file is at
    /// fault.
    private func checkedRows(_ input: [UInt8], _ lastLine: Int) throws -> (rows: Int, issues: [ImportIssue])? {
        var reader = CSVReader(bytes: input)
        let header: EnrolmentHeader
        var issues = ImportIssues()
        var rows = 0
        do throws(CSVError) {
            header = try EnrolmentHeader(names: reader.readHeader(), line: reader.record.line)
        } catch {
            try check([ImportIssue(error)], lastLine)
            return nil
        }
        while true {
            do throws(CSVError) {
                guard try reader.next() else { break }
            } catch {
                try check([ImportIssue(error)], lastLine)
                return nil
            }
            rows += 1
            try compareWithIdentifier(reader.record, header)
            _ = EnrolmentCheck.check(reader.record, header, &issues)
        }
        try check(issues.list, lastLine)
        return (rows, issues.list)
    }

    private func check(_ issues: [ImportIssue], _ lastLine: Int) throws {
        for issue in issues {
            try demand((1...lastLine).contains(issue.line), "\(issue) of \(lastLine) lines")
            try demand(!issue.description.holdsControlCharacter, issue.description)
        }
    }

    /// An id that is imported is one that a message can name.
    private func compareWithIdentifier(_ record: CSVRecord, _ header: EnrolmentHeader) throws {
        for (column, position) in header.columns {
            let text = record.text(position)
            switch column {
            case .personID, .externalID, .courseID, .enrolmentID:
                guard !text.isEmpty else { continue }
                let isRight = EnrolmentCheck.issue(in: record.bytes[record.range(position)], column) == nil
                try demand(isRight == (StudentID(text) != nil), "\(column) \(text)")
            default: continue
            }
        }
    }
}

extension ImportReport {
    /// What an import of so many rows into an empty registry reports, warnings aside.
    fileprivate static func inserted(_ rows: Int, _ warnings: ImportReport) -> ImportReport {
        var report = warnings
        report.inserted = rows
        report.updated = 0
        report.unchanged = 0
        report.kept = 0
        return report
    }
}
