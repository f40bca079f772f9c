/// The statuses of an enrolment, in Coachview's own words.
package enum EnrolmentStatus: String, Sendable, CaseIterable {
    /// On the waiting list.
    case wachtlijst
    /// Planned: the only status in which a result can be registered.
    case ingepland
    /// Finished.
    case afgerond
    /// Cancelled.
    case geannuleerd
}

/// One person in one course (Coachview's part): a row of the import.
package struct Enrolment: Sendable, Equatable {
    package var id: EnrolmentID
    package var personID: StudentID?
    package var externalID: StudentID?
    /// The system that gave the external id; nil where the import names none.
    package var externalSource: String?
    package var firstName: String?
    package var lastName: String?
    package var email: String?
    package var course: CourseID
    package var courseName: String?
    package var status: EnrolmentStatus
    package var startDate: CalendarDate?

    package init(
        id: EnrolmentID, personID: StudentID? = nil, externalID: StudentID? = nil, externalSource: String? = nil,
        firstName: String? = nil, lastName: String? = nil, email: String? = nil, course: CourseID,
        courseName: String? = nil, status: EnrolmentStatus = .ingepland, startDate: CalendarDate? = nil
    ) {
        self.id = id
        self.personID = personID
        self.externalID = externalID
        self.externalSource = externalSource
        self.firstName = firstName
        self.lastName = lastName
        self.email = email
        self.course = course
        self.courseName = courseName
        self.status = status
        self.startDate = startDate
    }
}

/// Which ids of a person the student id of a message is compared with.
package enum PersonKey: String, Sendable, CaseIterable {
    case personID = "person-id"
    case externalID = "external-id"
    case either
}
