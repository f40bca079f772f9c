package import Metrics

/// The numbers that `/metrics` shows, as they were at one moment.
package struct Readings: Sendable {
    package var version: String
    /// Every answer that there can be, also those that were never given.
    package var answers: [(code: Int, reason: String, count: UInt64)]
    package var requestDurations: HistogramReading
    package var signatures: [(plugin: String, position: Int, algorithm: String, count: UInt64)]
    package var groupSizes: HistogramReading
    package var commitDurations: HistogramReading
    package var queueDepth: Int
    package var connections: Int
    package var connectionsNotAllowed: Int
    /// Nil: the registry cannot be read.
    package var registry: RegistryReading?
    package var reloadSucceeded: Bool
    /// Of each listener with TLS, when its certificate expires: seconds since 1970.
    package var certificates: [(listener: String, expiry: Int64)]
    package var failedHandshakes: [(reason: String, count: Int)]

    package init(
        version: String, answers: [(code: Int, reason: String, count: UInt64)], requestDurations: HistogramReading,
        signatures: [(plugin: String, position: Int, algorithm: String, count: UInt64)],
        groupSizes: HistogramReading, commitDurations: HistogramReading, queueDepth: Int, connections: Int,
        connectionsNotAllowed: Int, registry: RegistryReading?, reloadSucceeded: Bool,
        certificates: [(listener: String, expiry: Int64)] = [],
        failedHandshakes: [(reason: String, count: Int)] = []
    ) {
        self.version = version
        self.answers = answers
        self.requestDurations = requestDurations
        self.signatures = signatures
        self.groupSizes = groupSizes
        self.commitDurations = commitDurations
        self.queueDepth = queueDepth
        self.connections = connections
        self.connectionsNotAllowed = connectionsNotAllowed
        self.registry = registry
        self.reloadSucceeded = reloadSucceeded
        self.certificates = certificates
        self.failedHandshakes = failedHandshakes
    }
}

/// What is read from the registry for `/metrics`.
package struct RegistryReading: Sendable {
    package var enrolments: [(status: String, count: Int)]
    package var bytes: Int

    package init(enrolments: [(status: String, count: Int)], bytes: Int) {
        self.enrolments = enrolments
        self.bytes = bytes
    }
}

/// Whether a delivery that came now could be registered.
package enum Availability: Sendable, Equatable {
    case ready
    /// A machine word, and what it means.
    case notReady(reason: String, meaning: String)
}

/// What an admin service shows: the receiver, seen from outside.
package protocol Observed: Sendable {
    func readings() async -> Readings
    /// Whether every lane that serves does its work.
    func lanesRespond() async -> Bool
    func readiness() async -> Availability
}
