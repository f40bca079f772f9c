package import Metrics

/// What the results listeners have answered since the start, counted by the services of all lanes.
///
/// A request costs two or three relaxed additions, and no lock.
package final class Traffic: Sendable {
    private let answers = Reason.allCases.map { _ in Counter() }
    /// From the moment a request was complete, or could be refused, until its answer was made. Eight seconds are what
    /// senders may rely on.
    package let durations = Histogram(
        seconds: [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 8])
    /// Which secrets are in use.
    package let signatures = SignatureTally()

    package init() {}

    func count(_ reason: Reason, since began: ContinuousClock.Instant) {
        answers[Self.positions[reason] ?? 0].increment()
        durations.observe(.now - began)
    }

    /// How often each reason was answered: all of them, in the order of the status table.
    package var answered: [(reason: Reason, count: UInt64)] {
        zip(Reason.allCases, answers).map { ($0, $1.value) }
    }

    private static let positions = Dictionary(
        uniqueKeysWithValues: Reason.allCases.enumerated().map { ($0.element, $0.offset) })
}
