package import Metrics

/// What a committer counts of the groups that were stored. The committer's thread alone writes.
package final class CommitFigures: Sendable {
    /// How many messages were stored in one transaction.
    package let groupSizes = Histogram(numbers: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000])
    /// How long a transaction took, its sync included.
    package let durations = Histogram(
        seconds: [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10])

    package init() {}
}
