import HTTP
import Net

/// One connection of a lane: what its requests have come to. The lane alone touches it.
final class Connection {
    enum State {
        /// Before anything can be asked: TLS.
        case handshake
        /// Nothing of a request is there.
        case idle
        /// A head has begun.
        case head
        /// A head was admitted, and its content is coming.
        case content(any ContentReceiver)
        /// The service has the whole request; nothing is read meanwhile.
        case handling
        /// A part of an answer waits until the client has room for it.
        case writing(closing: Bool)
        /// The answer was given before its request's content had come; that is read and dropped, so that the
        /// connection can stay.
        case dropping
        /// The last answer was given; what still comes is dropped until the client closes.
        case lingering
        case closed
    }

    let token: UInt64
    let transport: any Transport
    /// The transport has records, and a handshake before them.
    let hasRecords: Bool
    /// The other end.
    let peer: Client
    /// Whose request it is that is under way: the peer's, or that of the client whom a trusted proxy named.
    var client: Client
    /// Its address.
    let ip: IPAddress
    /// For whom a proxy's request under way counts; nil when it does not count.
    var forwardedFor: IPAddress?
    /// Whom it counts for; nil when it does not count.
    let subscriber: IPAddress?
    /// A newcomer that was refused is not one of the connections.
    let isCounted: Bool

    var state = State.idle
    var parser: RequestParser
    /// Of the request under way.
    var head: RequestHead?
    /// No request has come on it yet.
    var isFresh = true

    // What the event loop has said; it says every change once.
    var isReadable = false
    var isWritable = true
    var isHalfClosed = false
    var isGone = false
    /// Reading waits until it is writable, or the other way round.
    var isCrossed = false
    /// Reading has come to the end.
    var hasEnded = false

    /// The lane is working on it further up the stack.
    var isInTurn = false

    /// The part of an answer that the kernel had no room for.
    var output: ArraySlice<UInt8> = []
    /// Of the last answer: whom to tell when it does not arrive.
    var undelivered: (@Sendable () -> Void)?
    /// The kernel has the whole of the last answer.
    var isHandedOver = false

    /// When the state becomes too old; `Moment.never` when it may last.
    var deadline = Moment.never
    /// The entry among the lane's deadlines that will come up first.
    var scheduled = Moment.never

    /// What it counts for in the budget, and as what.
    var charge = 0
    var chargedAs = InFlightBudget.Size.small
    /// Octets of the content that the service has while it handles the request.
    var handedBytes = 0
    var contentBegan = Moment.never
    var lingerRest = 0
    /// It counts among the busy ones.
    var isBusy = false

    init(
        token: UInt64, transport: any Transport, ip: IPAddress, subscriber: IPAddress?, isCounted: Bool,
        limits: Limits
    ) {
        self.token = token
        self.transport = transport
        self.hasRecords = transport.hasRecords
        self.ip = ip
        peer = Client(address: ip.description)
        client = peer
        self.subscriber = subscriber
        self.isCounted = isCounted
        self.parser = RequestParser(limits: limits)
    }

    /// Octets of content that are gathered.
    var contentBytes: Int { parser.bufferedBytes - parser.unparsedBytes }

    /// It may make room for a newcomer.
    var lacksRequest: Bool {
        switch state {
        case .handshake, .idle, .head, .content, .dropping, .lingering: true
        case .handling, .writing, .closed: false
        }
    }
}

extension Moment {
    static let never = Moment(nanoseconds: .max)
}
