/// What is wrong with a CSV file, and where.
package struct CSVError: Error, Sendable, Equatable {
    package enum Kind: Sendable, Equatable {
        /// Not even a header line.
        case empty
        case unnamedColumn
        case unknownColumn(String, nearest: String?)
        case repeatedColumn
        /// Needed columns that the header does not name. Alternatives stand in one string.
        case missingColumns([String])
        case fieldCount(Int, expected: Int)
        /// A quotation mark inside a field that does not begin with one.
        case bareQuote
        /// Something other than a separator or a line end behind the closing quotation mark.
        case textAfterQuote
        /// The file ends inside a quoted field. The error's line is the one on which the field begins.
        case unterminatedQuote
        case bareCarriageReturn
        case nul
        case notUTF8
        case fieldTooLong(limit: Int)
        case recordTooLong(limit: Int)
        case tooManyFields(limit: Int)
        /// `read` failed with this errno.
        case unreadable(Int32)
    }

    /// 1 is the file's first line. Line feeds inside quoted fields count.
    package var line: Int
    /// The name of the column, once the header is known.
    package var column: String?
    package var kind: Kind

    package init(line: Int, column: String? = nil, kind: Kind) {
        self.line = line
        self.column = column
        self.kind = kind
    }

    /// Whether the reader can go on with the next record.
    package var isFatal: Bool {
        switch kind {
        case .fieldCount, .notUTF8: false
        default: true
        }
    }
}

extension CSVError.Kind: CustomStringConvertible {
    package var description: String {
        switch self {
        case .empty: "the file is empty; its first line must name the columns"
        case .unnamedColumn: "a column without a name"
        case .unknownColumn(let name, let nearest):
            "unknown column '\(name)'"
                + (nearest.map { "; did you mean '\($0)'?" }
                    ?? "; the columns are " + EnrolmentColumn.allCases.map(\.rawValue).joined(separator: ", "))
        case .repeatedColumn: "the column is named twice"
        case .missingColumns(let names):
            "the header line lacks " + names.joined(separator: ", ")
        case .fieldCount(let count, let expected):
            "\(count) field\(count == 1 ? "" : "s") where the header line names \(expected) columns"
        case .bareQuote:
            "a quotation mark inside an unquoted field; put the field in quotation marks and double those inside"
        case .textAfterQuote: "text behind the closing quotation mark; double quotation marks inside a field"
        case .unterminatedQuote: "the quoted field that begins here is never closed"
        case .bareCarriageReturn: "a carriage return without line feed; lines end with LF or CRLF"
        case .nul: "a NUL byte; the file must be UTF-8 text (not UTF-16)"
        case .notUTF8: "not UTF-8; save the file with the encoding UTF-8"
        case .fieldTooLong(let limit): "a field of more than \(limit) bytes; is a quotation mark missing before it?"
        case .recordTooLong(let limit): "a record of more than \(limit) bytes"
        case .tooManyFields(let limit): "more than \(limit) fields"
        case .unreadable(let code): "cannot be read (error \(code))"
        }
    }
}

extension CSVError: CustomStringConvertible {
    /// `line 3, column start_date: …`
    package var description: String { ImportIssue(self).description }
}
