/// What a server serves. Each lane makes a service of its own and never lends it: an implementation may keep
/// state that only one lane touches at a time, without locks.
package protocol Service: AnyObject {
    /// Judges a request by its head alone, before its content is read.
    func admit(_ head: RequestHead, from client: Client) -> Admission

    /// The answer to what never became a whole request. The connection is closed after it.
    ///
    /// `head` is there where one could be read; an answer may follow its Accept field.
    func refuse(_ refusal: Refusal, head: RequestHead?, from client: Client) -> Response
}

/// The judgement over a head.
package enum Admission {
    /// Answered at once; the content need not be read and no `100 Continue` is sent.
    case respond(Response)
    /// The content is wanted.
    case receive(any ContentReceiver)
}

/// Takes the whole content of one request, once, and answers it.
///
/// A protocol and not a closure: Swift 6.3.1 takes a closure with a capture list for a concurrent function, and would run
/// it on the global executor, where it races with the lane. A method stays with its caller.
package protocol ContentReceiver {
    /// The most octets of content that are taken; beyond it `Service.refuse` is asked with `.contentTooLarge`.
    var limit: Int { get }

    /// Called on the lane that asked; may suspend, and comes back to the lane.
    func receive(_ content: [UInt8]) async -> Response
}

/// Why a request is refused before its content could be handled.
package enum Refusal: Sendable, Equatable {
    /// The head or the content's framing is malformed or beyond a limit.
    case malformed(ParserError)
    /// The content is longer than its limit.
    case contentTooLarge(limit: Int)
    /// The content did not arrive in time.
    case contentTimedOut
    /// The budget for content in flight is used up, and this one was the slowest.
    case contentEvicted
    /// No room for another connection, overall or for this address.
    case tooManyConnections
}

/// The other end of a connection, as far as a service may know it.
package struct Client: Sendable, Equatable {
    /// The numeric IP address, without port.
    package var address: String

    package init(address: String) { self.address = address }
}
