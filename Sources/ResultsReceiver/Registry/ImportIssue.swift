internal import Results

/// What is wrong with one place of an imported file.
package struct ImportIssue: Sendable, Equatable {
    package enum Kind: Sendable, Equatable {
        case csv(CSVError.Kind)
        /// A needed value is empty.
        case missing
        /// Neither person_id nor external_id has a value.
        case missingPerson
        /// An id that is empty, or begins or ends with a space, or holds two in a row or a control character.
        case notToken
        case tooLong(limit: Int)
        case unknownStatus(String, nearest: String?)
        case notDate(String)
        case repeatedEnrolment(String, firstLine: Int)
        /// The enrolment has a registered result, for another person than the file names.
        case differentPerson(String)
        /// The same for the course.
        case differentCourse(String)
    }

    /// 1 is the file's first line; 0 where there is no file.
    package var line: Int
    package var column: String?
    package var kind: Kind

    package init(line: Int, column: String? = nil, kind: Kind) {
        self.line = line
        self.column = column
        self.kind = kind
    }

    init(line: Int, column: EnrolmentColumn, kind: Kind) {
        self.init(line: line, column: column.rawValue, kind: kind)
    }

    init(_ error: CSVError) {
        self.init(line: error.line, column: error.column, kind: .csv(error.kind))
    }
}

extension ImportIssue: CustomStringConvertible {
    /// `line 3, column start_date: …`; names and addresses are not quoted.
    package var description: String {
        let place = (line > 0 ? ["line \(line)"] : []) + (column.map { ["column \($0)"] } ?? [])
        return place.isEmpty ? "\(kind)" : place.joined(separator: ", ") + ": \(kind)"
    }
}

extension ImportIssue.Kind: CustomStringConvertible {
    package var description: String {
        switch self {
        case .csv(let kind): "\(kind)"
        case .missing: "a value is needed"
        case .missingPerson: "person_id or external_id needs a value"
        case .notToken: "no spaces at the ends, no two in a row and no control characters are allowed"
        case .tooLong(let limit): "longer than \(limit) characters"
        case .unknownStatus(let status, let nearest):
            "unknown status '\(status)'"
                + (nearest.map { "; did you mean '\($0)'?" }
                    ?? "; one of " + EnrolmentStatus.allCases.map(\.rawValue).joined(separator: ", "))
        case .notDate(let text): "'\(text)' is no date of the form yyyy-mm-dd"
        case .repeatedEnrolment(let id, let line): "enrolment '\(quotable(id))' stands on line \(line) already"
        case .differentPerson(let id):
            "enrolment '\(quotable(id))' has a registered result, for another person; revoke the result first, or mend the file"
        case .differentCourse(let id):
            "enrolment '\(quotable(id))' has a registered result, in another course; revoke the result first, or mend the file"
        }
    }
}

/// The first issues of a file; what comes beyond is only known to exist.
struct ImportIssues {
    static let limit = 20

    private(set) var list: [ImportIssue] = []
    private(set) var hasMore = false

    /// Whether there is no use in looking further.
    var isFull: Bool { hasMore }

    mutating func add(_ issue: ImportIssue) {
        if list.count < Self.limit { list.append(issue) } else { hasMore = true }
    }
}

/// A value as it may stand in a sentence for a terminal: 40 characters at most, without control characters.
func quotable(_ text: String) -> String {
    let scalars = text.unicodeScalars
    var shown = ""
    for scalar in scalars.prefix(40) {
        let isControl = scalar.properties.generalCategory == .control || scalar.properties.generalCategory == .format
        shown.unicodeScalars.append(isControl ? "\u{FFFD}" : scalar)
    }
    return scalars.count > 40 ? shown + "…" : shown
}
