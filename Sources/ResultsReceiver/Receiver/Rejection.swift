package import HTTP
package import Results
package import Schema
package import Signature

/// Why a delivery is refused, with all that its message or the log needs to say.
package enum Rejection: Error, Sendable {
    case noSuchPath
    case methodNotAllowed
    /// The request cannot be read.
    case malformed(ParserError)
    /// The content did not arrive in time.
    case contentTimedOut
    /// In octets.
    case tooLarge(limit: Int)
    /// The signature header is missing, or is none.
    case signature(SignatureError)
    /// Told to the sender in one and the same way, whatever the true reason.
    case mismatch(Mismatch)
    case emptyBody
    case message(MessageError)
    /// The completion is there for its ids and its part.
    case violation(Violation, of: Completion)
    case registryBusy
    case registryUnreachable
    /// The operator's message, if there is one.
    case maintenance(message: String?)
    case overload(Overload)
    /// What failed, without personal data: for the log alone.
    case `internal`(String)

    /// Why no secret matches. Only the log tells.
    package enum Mismatch: String, Sendable {
        case noSecretFits = "no secret of the plugin fits"
        case secretEndsInWhiteSpace =
            "a secret would fit without the white space at its end: look at the line ends of its file"
        case retiredSecretFits = "a retired secret fits: the sender still signs with it"
        case bodyHasLineEnd = "a secret would fit without the line end at the end of the body: it was signed without it"
        case bodyLacksLineEnd = "a secret would fit with a line end at the end of the body: it was lost on the way"
        case algorithmNotAllowed = "the plugin does not allow this algorithm"
        case unknownPlugin = "no plugin of this name is configured"
        case severalPluginsNamed = "the query names a plugin more than once"
        case noPluginNamed = "several plugins are configured and the query names none"
    }

    /// What there is too much of. Only the log tells.
    package enum Overload: String, Sendable {
        case queue = "the queue before the registry is full"
        case connections = "no room for another connection"
        case contents = "the budget for content in flight is used up"
    }

    package var reason: Reason {
        switch self {
        case .noSuchPath: .noSuchPath
        case .methodNotAllowed: .methodNotAllowed
        case .malformed, .contentTimedOut: .malformedHTTP
        case .tooLarge: .tooLarge
        case .signature(.missing): .signatureMissing
        case .signature(.repeated), .signature(.hexadecimal), .signature(.malformed): .signatureMalformed
        case .mismatch: .signatureMismatch
        case .emptyBody: .emptyBody
        case .message(.notXML): .notXML
        case .message(.doctype): .doctype
        case .message(.schema): .schema
        case .message(.failed): .internal
        case .violation(.unknownPerson, _), .violation(.ambiguousPerson, _): .unknownPerson
        case .violation(.unknownCourse, _): .unknownCourse
        case .violation(.duplicate, _): .duplicate
        case .violation(.enrolmentFinished, _): .enrolmentFinished
        case .violation(.waitingList, _): .waitingList
        case .violation(.enrolmentCancelled, _): .enrolmentCancelled
        case .violation(.noEnrolment, _): .noEnrolment
        case .registryBusy: .registryBusy
        case .registryUnreachable: .registryUnreachable
        case .maintenance: .maintenance
        case .overload: .overload
        case .internal: .internal
        }
    }

    /// What the log adds to the reason; nil where the reason says it all. Without values of the message.
    package var detail: String? {
        switch self {
        case .malformed(let error): error.word
        case .contentTimedOut: "the content did not arrive in time"
        case .signature(.repeated): "several signature headers"
        case .signature(.hexadecimal): "hexadecimal instead of Base64"
        case .mismatch(let mismatch): mismatch.rawValue
        case .message(.failed(let code)): "libxml2 failed, code \(code)"
        case .message(let error): error.told(in: .en, quotingValues: false)
        case .violation(.ambiguousPerson, _): "the student id fits more than one person"
        case .violation(.duplicate(let first, let sameBytes), _):
            "result \(first.resultID)\(sameBytes ? ", identical bytes" : "")\(first.revokedAt == nil ? "" : ", revoked")"
        case .overload(let overload): overload.rawValue
        case .internal(let failure): failure
        default: nil
        }
    }
}

extension Rejection {
    /// Under which refusals are summed that no right signature vouches for: a fixed word for each reason.
    var repetitionKey: String {
        switch self {
        case .mismatch(.noSecretFits): Reason.signatureMismatch.rawValue
        case .mismatch(.secretEndsInWhiteSpace): "signature-mismatch: white space"
        case .mismatch(.retiredSecretFits): "signature-mismatch: retired"
        case .mismatch(.bodyHasLineEnd), .mismatch(.bodyLacksLineEnd): "signature-mismatch: line end"
        case .mismatch(.algorithmNotAllowed): "signature-mismatch: algorithm"
        case .mismatch(.unknownPlugin), .mismatch(.severalPluginsNamed), .mismatch(.noPluginNamed):
            "signature-mismatch: plugin"
        default: reason.rawValue
        }
    }
}

extension MessageError {
    /// The issues, each behind its line and column.
    func told(in language: Language, quotingValues: Bool) -> String {
        issues.map { "\($0.line):\($0.column): \($0.text(in: language, quotingValues: quotingValues))" }
            .joined(separator: "; ")
    }

    private var issues: [Issue] {
        switch self {
        case .notXML(let issue), .doctype(let issue): [issue]
        case .schema(let issues): issues
        case .failed: []
        }
    }
}
