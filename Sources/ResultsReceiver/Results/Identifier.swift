/// An id as the school's systems hand it out: 1 to 64 characters without leading, trailing or repeated white space
/// (the value space of the schema's token type). `Kind` only keeps a course's id from being passed for a person's.
package struct Identifier<Kind>: Hashable, Sendable, CustomStringConvertible {
    /// The id itself.
    package let text: String

    /// Nil when `text` is empty, longer than 64 characters (Unicode scalars, as XSD counts) or not a token.
    package init?(_ text: String) {
        let scalars = text.unicodeScalars
        guard (1...64).contains(scalars.count), scalars.first != " ", scalars.last != " " else { return nil }
        var afterSpace = false
        for scalar in scalars {
            guard scalar.value >= 0x20, !(scalar == " " && afterSpace) else { return nil }
            afterSpace = scalar == " "
        }
        self.text = text
    }

    package var description: String { text }
}

/// Marks the id of a student in the learning platform: Coachview's person id or an external id.
package enum StudentKind: Sendable {}
/// Marks the id of a course in the learning platform, which is Coachview's part.
package enum CourseKind: Sendable {}
/// Marks the id of a part (activity) of a course, which Coachview does not know.
package enum PartKind: Sendable {}
/// Marks the id of an enrolment.
package enum EnrolmentKind: Sendable {}

package typealias StudentID = Identifier<StudentKind>
package typealias CourseID = Identifier<CourseKind>
package typealias PartID = Identifier<PartKind>
package typealias EnrolmentID = Identifier<EnrolmentKind>
