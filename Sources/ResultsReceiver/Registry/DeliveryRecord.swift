package import Results

/// One delivery as the log keeps it, whatever came of it.
package struct DeliveryRecord: Sendable, Equatable {
    /// The answer's reference.
    package var reference: String
    package var receivedAt: Timestamp
    /// The integration whose secret fitted, or that was asked for.
    package var plugin: String?
    /// The answer's HTTP status code.
    package var code: Int
    /// The answer's machine word.
    package var reason: String
    /// What the sender was told; nil where the reason says it all.
    package var message: String?
    package var student: String?
    package var course: String?
    package var part: String?
    /// Of the body; nil where it was not read.
    package var bytes: Int?
    /// From the end of the body to the answer, in microseconds; of an accepted one, until it was written.
    package var duration: Int64?
    /// The sender's address; nil for a replay.
    package var client: String?
    /// SHA-256 of the body; nil: no right signature vouches for it.
    package var digest: [UInt8]?
    /// The body of a refused message, where it is to be kept.
    package var body: [UInt8]?
    /// The delivery whose message was run again.
    package var replayOf: Int64?

    package init(
        reference: String, receivedAt: Timestamp, plugin: String? = nil, code: Int, reason: String,
        message: String? = nil, student: String? = nil, course: String? = nil, part: String? = nil, bytes: Int? = nil,
        duration: Int64? = nil, client: String? = nil, digest: [UInt8]? = nil, body: [UInt8]? = nil,
        replayOf: Int64? = nil
    ) {
        self.reference = reference
        self.receivedAt = receivedAt
        self.plugin = plugin
        self.code = code
        self.reason = reason
        self.message = message
        self.student = student
        self.course = course
        self.part = part
        self.bytes = bytes
        self.duration = duration
        self.client = client
        self.digest = digest
        self.body = body
        self.replayOf = replayOf
    }
}

/// How many requests were refused on one day before a right signature, for one reason.
package struct TurnedAway: Sendable, Equatable {
    package var reason: String
    /// The integration that was asked for; empty where none was.
    package var plugin: String
    package var requests: Int
    /// The latest of them.
    package var last: Timestamp

    package init(reason: String, plugin: String, requests: Int, last: Timestamp) {
        self.reason = reason
        self.plugin = plugin
        self.requests = requests
        self.last = last
    }
}

/// How long everything is kept.
struct Retention: Sendable {
    var deliveries: DeliveryRetention
    /// Nil: for good.
    var results: Duration?
}

/// How long the log is kept.
package struct DeliveryRetention: Sendable, Equatable {
    /// Of deliveries.
    package var age: Duration
    /// Of the bodies of refused ones.
    package var bodyAge: Duration
    /// The most that the kept bodies take together, in bytes; the oldest go first.
    package var bodyBytes: Int
    /// The most deliveries; the oldest go first.
    package var deliveries: Int

    package init(
        age: Duration = .seconds(730 * 86_400), bodyAge: Duration = .seconds(60 * 86_400),
        bodyBytes: Int = 256 << 20, deliveries: Int = 5_000_000
    ) {
        self.age = age
        self.bodyAge = bodyAge
        self.bodyBytes = bodyBytes
        self.deliveries = deliveries
    }
}
