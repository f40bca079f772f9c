/// What a valid message says: a student completed a course, or a part of it.
///
/// Names and the e-mail address of the message are not taken over: nothing needs them.
package struct Completion: Sendable, Equatable {
    /// When the learning platform first made the message; the same in every redelivery.
    package var created: Timestamp
    package var student: StudentID
    package var course: CourseID
    /// The platform's own part (activity). Stored, but no part of the one-result rule.
    package var part: PartID?
    package var partName: String?
    package var completed: Timestamp
    /// Nil: the message does not say, and nothing is registered about it. So too for the two below.
    package var passed: Bool?
    package var present: Bool?
    package var score: Score?

    package init(
        created: Timestamp, student: StudentID, course: CourseID, part: PartID? = nil, partName: String? = nil,
        completed: Timestamp, passed: Bool? = nil, present: Bool? = nil, score: Score? = nil
    ) {
        self.created = created
        self.student = student
        self.course = course
        self.part = part
        self.partName = partName
        self.completed = completed
        self.passed = passed
        self.present = present
        self.score = score
    }
}
