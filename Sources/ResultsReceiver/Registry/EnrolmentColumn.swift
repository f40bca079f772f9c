/// The columns of an enrolment in files, in the order in which they are written.
package enum EnrolmentColumn: String, CaseIterable, Sendable {
    case enrolmentID = "enrolment_id"
    case personID = "person_id"
    case externalID = "external_id"
    case externalSource = "external_source"
    case firstName = "first_name"
    case lastName = "last_name"
    case email
    case courseID = "course_id"
    case courseName = "course_name"
    case status
    case startDate = "start_date"

    /// The longest value, in characters (Unicode scalars); as long as the schema allows in a message.
    package var limit: Int {
        switch self {
        case .enrolmentID, .personID, .externalID, .courseID: 64
        case .email: 254
        default: 200
        }
    }
}

/// Which columns a file has, and where. An import leaves the fields of absent columns as they are.
struct EnrolmentHeader: Sendable {
    /// For each column the file has, its position in a record; in the order of `EnrolmentColumn.allCases`.
    let columns: [(column: EnrolmentColumn, position: Int)]

    /// - Throws: CSVError for an unknown column and for needed ones that are missing.
    init(names: [String], line: Int) throws(CSVError) {
        for name in names where EnrolmentColumn(rawValue: name) == nil {
            let known = EnrolmentColumn.allCases.map(\.rawValue)
            throw CSVError(line: line, kind: .unknownColumn(quotable(name), nearest: nearest(to: name, among: known)))
        }
        columns = EnrolmentColumn.allCases.compactMap { column in
            names.firstIndex(of: column.rawValue).map { (column, $0) }
        }
        var missing: [String] = []
        if !has(.enrolmentID) { missing.append(EnrolmentColumn.enrolmentID.rawValue) }
        if !has(.personID) && !has(.externalID) { missing.append("person_id or external_id") }
        if !has(.courseID) { missing.append(EnrolmentColumn.courseID.rawValue) }
        guard missing.isEmpty else { throw CSVError(line: line, kind: .missingColumns(missing)) }
    }

    func has(_ column: EnrolmentColumn) -> Bool { columns.contains { $0.column == column } }
}

/// The candidate that a mistyped name most likely means, or nil if none is near: at most a third of it differs, or only
/// upper and lower case, spaces and underscores do.
func nearest(to name: String, among candidates: [String]) -> String? {
    func plain(_ text: String) -> [UInt8] {
        text.lowercased().utf8.filter { $0 > UInt8(ascii: " ") && $0 != UInt8(ascii: "_") && $0 != UInt8(ascii: "-") }
    }
    let wanted = plain(name)
    guard (1...64).contains(wanted.count) else { return nil }
    let distances = candidates.map { (distance(wanted, plain($0)), $0) }
    guard let best = distances.min(by: { $0.0 < $1.0 }), best.0 * 3 <= wanted.count else { return nil }
    return best.1
}

/// Levenshtein's distance: how many bytes must be put in, taken out or changed.
private func distance(_ a: [UInt8], _ b: [UInt8]) -> Int {
    var row = Array(0...b.count)
    for (i, left) in a.enumerated() {
        var diagonal = row[0]
        row[0] = i + 1
        for (j, right) in b.enumerated() {
            let above = row[j + 1]
            row[j + 1] = min(diagonal + (left == right ? 0 : 1), above + 1, row[j] + 1)
            diagonal = above
        }
    }
    return row[b.count]
}
