package import HTTP

/// The stable machine word that an answer gives for what became of a delivery. This file is the status table: which
/// code, name and Edu-V status belong to each.
package enum Reason: String, CaseIterable, Sendable {
    case registered
    case redelivered
    case schema
    case malformedHTTP = "malformed-http"
    case tooLarge = "too-large"
    case emptyBody = "empty-body"
    case notXML = "not-xml"
    case doctype
    case signatureMissing = "signature-missing"
    case signatureMalformed = "signature-malformed"
    case signatureMismatch = "signature-mismatch"
    case unknownPerson = "unknown-person"
    case unknownCourse = "unknown-course"
    case noEnrolment = "no-enrolment"
    case duplicate
    case enrolmentFinished = "enrolment-finished"
    case waitingList = "waiting-list"
    case enrolmentCancelled = "enrolment-cancelled"
    case noSuchPath = "no-such-path"
    case methodNotAllowed = "method-not-allowed"
    case registryBusy = "registry-busy"
    case registryUnreachable = "registry-unreachable"
    case maintenance
    case overload
    case `internal`

    package var status: Status {
        switch self {
        case .registered, .redelivered: .ok
        case .schema, .malformedHTTP, .tooLarge, .emptyBody, .notXML, .doctype: .badRequest
        case .signatureMissing, .signatureMalformed, .signatureMismatch: .forbidden
        case .unknownPerson, .unknownCourse, .noEnrolment, .duplicate, .enrolmentFinished, .waitingList,
            .enrolmentCancelled, .noSuchPath:
            .notFound
        case .methodNotAllowed: .methodNotAllowed
        case .registryBusy, .registryUnreachable, .maintenance, .overload: .serviceUnavailable
        case .internal: .internalServerError
        }
    }

    /// Coachview's technical name of the code.
    package var name: String {
        switch status {
        case .ok: "HttpStatusCode.OK"
        case .badRequest: "HttpStatusCode.BadRequest"
        case .forbidden: "HttpStatusCode.Forbidden"
        case .notFound: "HttpStatusCode.NotFound"
        case .methodNotAllowed: "HttpStatusCode.MethodNotAllowed"
        case .serviceUnavailable: "HttpStatusCode.ServerUnavailable"
        default: "HttpStatusCode.InternalServerError"
        }
    }

    /// The Edu-V status (version 0.0.4): four digits and their message, which for 0099 is the reason itself.
    package var eduV: (status: String, message: String) {
        switch self {
        case .registered, .redelivered: ("0000", "OK")
        case .schema: ("0011", "Schema incorrect")
        case .unknownPerson: ("2004", "Student unknown")
        case .unknownCourse: ("3101", "Course unknown")
        case .noEnrolment, .duplicate, .enrolmentFinished, .waitingList, .enrolmentCancelled:
            ("2005", "Enrolment unknown")
        case .malformedHTTP, .tooLarge, .emptyBody, .notXML, .doctype, .signatureMissing, .signatureMalformed,
            .signatureMismatch, .noSuchPath, .methodNotAllowed, .registryBusy, .registryUnreachable, .maintenance,
            .overload, .internal:
            ("0099", rawValue)
        }
    }

    /// After how many seconds another try makes sense, for the answers that ask for one (Retry-After).
    package var retryAfter: Int? {
        switch self {
        case .overload, .registryBusy: 10
        case .registryUnreachable: 60
        case .maintenance: 300
        default: nil
        }
    }
}
