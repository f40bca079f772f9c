/// The files of `Resources/samples/`, as they were when the program was built.
enum SampleFile {
    static var manifest: [UInt8] { PackageResources.manifest_json }
    static var enrolments: [UInt8] { PackageResources.enrolments_csv }

    /// The messages by the names of their files.
    static func message(_ name: String) -> [UInt8]? {
        switch name {
        case "message.xml": PackageResources.message_xml
        case "other-part.xml": PackageResources.other_part_xml
        case "bare.xml": PackageResources.bare_xml
        case "score-too-high.xml": PackageResources.score_too_high_xml
        case "wrong-order.xml": PackageResources.wrong_order_xml
        case "no-student-id.xml": PackageResources.no_student_id_xml
        case "impossible-day.xml": PackageResources.impossible_day_xml
        case "cut-off.xml": PackageResources.cut_off_xml
        case "latin-1.xml": PackageResources.latin_1_xml
        case "doctype.xml": PackageResources.doctype_xml
        default: nil
        }
    }

    /// The columns of the enrolments that hold ids: enrolment, person, external id, course.
    private static let idColumns: Set<Int> = [0, 1, 2, 7]

    /// All ids that the enrolments hold. Their file has no quotes.
    static var identifiers: [String] {
        var ids: Set<String> = []
        for row in rows.dropFirst() {
            for column in idColumns where !row[column].isEmpty { ids.insert(row[column]) }
        }
        return ids.sorted()
    }

    /// The enrolments with another beginning of all ids.
    static func enrolments(prefix: String) -> [UInt8] {
        let renamed = rows.dropFirst().map { row in
            row.enumerated().map { idColumns.contains($0) && !$1.isEmpty ? prefix + $1 : $1 }
        }
        let lines = (rows.prefix(1) + renamed).map { $0.joined(separator: ",") + "\n" }
        return Array(lines.joined().utf8)
    }

    private static var rows: [[String]] {
        String(decoding: enrolments, as: UTF8.self).split(separator: "\n").map { line in
            line.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        }
    }
}
