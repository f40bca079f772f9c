/// Why a message is not taken: the three reasons of its 400, and a failure that is not the sender's.
package enum MessageError: Error, Sendable, Equatable {
    /// Not XML in UTF-8.
    case notXML(Issue)
    /// There is a DOCTYPE; nothing in it was processed.
    case doctype(Issue)
    /// Against the schema, or beyond the limits of depth and attributes: the first 5 issues, at least one.
    case schema([Issue])
    /// libxml2 could not do its work, such as for want of memory; its code. Nothing is known of the message.
    case failed(code: Int)

    /// The most issues that are told of one message.
    package static let issueLimit = 5
}
