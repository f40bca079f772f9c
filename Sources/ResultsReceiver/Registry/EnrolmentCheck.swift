internal import Results

/// Judges the fields of an enrolment one by one, on bytes, as an import may have a million of them.
enum EnrolmentCheck {
    /// Adds what is wrong with a row, and answers whether it has an enrolment id that others can be compared with.
    static func check(_ record: borrowing CSVRecord, _ header: EnrolmentHeader, _ issues: inout ImportIssues) -> Bool {
        var personColumn: (column: EnrolmentColumn, position: Int)?
        var hasPerson = false
        var hasID = true
        for (column, position) in header.columns {
            let range = record.range(position)
            if column == .personID || column == .externalID {
                personColumn = personColumn ?? (column, position)
                hasPerson = hasPerson || !range.isEmpty
            }
            if let kind = issue(in: record.bytes[range], column) {
                issues.add(ImportIssue(line: record.line(ofField: position), column: column, kind: kind))
                if column == .enrolmentID { hasID = false }
            }
        }
        if let personColumn, !hasPerson {
            let line = record.line(ofField: personColumn.position)
            issues.add(ImportIssue(line: line, column: personColumn.column, kind: .missingPerson))
        }
        return hasID
    }

    /// What is wrong with the value of a column; nil: nothing.
    static func issue(in value: ArraySlice<UInt8>, _ column: EnrolmentColumn) -> ImportIssue.Kind? {
        if value.isEmpty { return column == .enrolmentID || column == .courseID ? .missing : nil }
        switch column {
        case .enrolmentID, .personID, .externalID, .courseID, .externalSource:
            if isTooLong(value, column.limit) { return .tooLong(limit: column.limit) }
            return isToken(value) ? nil : .notToken
        case .firstName, .lastName, .email, .courseName:
            return isTooLong(value, column.limit) ? .tooLong(limit: column.limit) : nil
        case .status:
            let text = String(decoding: value, as: UTF8.self)
            if EnrolmentStatus(rawValue: text) != nil { return nil }
            return .unknownStatus(
                quotable(text), nearest: nearest(to: text, among: EnrolmentStatus.allCases.map(\.rawValue)))
        case .startDate:
            let text = String(decoding: value, as: UTF8.self)
            return value.count == 10 && CalendarDate(iso8601: text) != nil ? nil : .notDate(quotable(text))
        }
    }

    /// The rule of `Identifier`, its length aside: no control character, no space at either end, no two in a row.
    private static func isToken(_ value: ArraySlice<UInt8>) -> Bool {
        let space = UInt8(ascii: " ")
        var afterSpace = true
        for byte in value {
            if byte < space || (byte == space && afterSpace) { return false }
            afterSpace = byte == space
        }
        return !afterSpace
    }

    private static func isTooLong(_ value: ArraySlice<UInt8>, _ limit: Int) -> Bool {
        guard value.count > limit else { return false }
        // All bytes but those that continue a character begin one (RFC 3629 section 3).
        return value.count { $0 & 0xC0 != 0x80 } > limit
    }
}
