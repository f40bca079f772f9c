/// Why the rule of one result per enrolment refuses a completion. All are answered 404.
package enum Violation: Error, Sendable, Equatable {
    case unknownPerson
    /// The id fits more than one person; none of them is guessed.
    case ambiguousPerson
    /// No enrolment names the course.
    case unknownCourse
    /// A result is registered already, for the enrolment or from the very same bytes.
    case duplicate(Registration, sameBytes: Bool)
    /// Finished in the administration, without a result here.
    case enrolmentFinished
    case waitingList
    case enrolmentCancelled
    /// The person and the course are known, but not together.
    case noEnrolment
}

/// A result that was registered before.
package struct Registration: Sendable, Equatable {
    package var resultID: Int64
    package var enrolment: EnrolmentID
    package var receivedAt: Timestamp
    package var part: PartID?
    package var partName: String?
    /// Nil: not revoked.
    package var revokedAt: Timestamp?
    /// Only the bare fact is left of it: from which part it came is not known any more.
    package var isErased: Bool

    package init(
        resultID: Int64, enrolment: EnrolmentID, receivedAt: Timestamp, part: PartID? = nil, partName: String? = nil,
        revokedAt: Timestamp? = nil, isErased: Bool = false
    ) {
        self.resultID = resultID
        self.enrolment = enrolment
        self.receivedAt = receivedAt
        self.part = part
        self.partName = partName
        self.revokedAt = revokedAt
        self.isErased = isErased
    }
}
