import Results
import Signature

extension Reason {
    /// The message that this reason has whatever the request was; nil where it tells of the request. Answers with a
    /// fixed message are written once, when the program starts to serve.
    func fixedMessage(in language: Language) -> String? {
        let rejection: Rejection? =
            switch self {
            case .registered: nil
            case .noSuchPath: .noSuchPath
            case .methodNotAllowed: .methodNotAllowed
            case .signatureMissing: .signature(.missing)
            case .signatureMismatch: .mismatch(.noSecretFits)
            case .emptyBody: .emptyBody
            case .registryBusy: .registryBusy
            case .registryUnreachable: .registryUnreachable
            case .overload: .overload(.queue)
            case .internal: .internal("")
            case .redelivered, .schema, .malformedHTTP, .tooLarge, .notXML, .doctype, .signatureMalformed,
                .unknownPerson, .unknownCourse, .noEnrolment, .duplicate, .enrolmentFinished, .waitingList,
                .enrolmentCancelled, .maintenance:
                nil
            }
        if self == .registered { return Acceptance.registeredMessage(in: language) }
        // No moment stands in these, so that any zone will do.
        return rejection?.message(in: language, zone: .utc)
    }
}
