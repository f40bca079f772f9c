/// Where a message of another schema holds the fields of a completion: one XPath 1.0 expression for each.
///
/// Prefixes are those declared on the root element of the XSD. An expression may give a node (at most one, whose text
/// is read by the rules of the field's type), a string, a number (a score; rounded to hundredths) or a truth value
/// (`passed` and `present`). Nothing, or only white space, means that the field is not given.
package struct FieldMapping: Sendable, Equatable {
    /// The fields; the raw value follows `map-` in the settings.
    package enum Field: String, Sendable, CaseIterable {
        /// Where mapped, it must be `coursepartcompletion` or `coursePartCompletion`.
        case type
        /// Where not mapped or not given, the moment of `completed` stands in for it.
        case created
        case studentID = "student-id"
        case courseID = "course-id"
        case partID = "part-id"
        case completed
        case passed
        case present
        case score

        /// Whether a mapping without it is incomplete.
        package var isNeeded: Bool { self == .studentID || self == .courseID || self == .completed }
    }

    /// The expressions. They are checked when the schema is loaded.
    package var expressions: [Field: String]

    package init(_ expressions: [Field: String]) { self.expressions = expressions }

    package subscript(_ field: Field) -> String? { expressions[field] }

    /// The shape of the built-in schema: what stands in for a mapping where another schema has none.
    package static let standard = FieldMapping([
        .type: "/message/type",
        .created: "/message/created",
        .studentID: "/message/student/id",
        .courseID: "/message/course/id",
        .partID: "/message/part/id",
        .completed: "/message/result/completed",
        .passed: "/message/result/passed",
        .present: "/message/result/present",
        .score: "/message/result/score",
    ])
}
