import Synchronization

/// Counts how often a value fell below each of a few bounds. Observing is two relaxed additions, from any thread.
package final class Histogram: Sendable {
    private let bounds: [Double]
    /// The bounds in the unit of what is observed.
    private let limits: [UInt64]
    /// How many observed units make one of the metric.
    private let scale: Double
    /// One for each bound, for what is above the one before, and one for what is above all.
    private let counters: [Counter]
    private let sum = Atomic<UInt64>(0)

    private init(bounds: [Double], scale: Double) {
        self.bounds = bounds
        self.scale = scale
        limits = bounds.map { UInt64($0 * scale) }
        counters = (0...bounds.count).map { _ in Counter() }
    }

    /// Of numbers. The bounds increase.
    package convenience init(numbers bounds: [Int]) { self.init(bounds: bounds.map(Double.init), scale: 1) }

    /// Of durations. The bounds, in seconds, increase.
    package convenience init(seconds bounds: [Double]) { self.init(bounds: bounds, scale: 1e9) }

    /// Not for durations.
    package func observe(_ number: Int) { observe(units: UInt64(max(0, number))) }

    /// Only for durations.
    package func observe(_ duration: Duration) {
        let (seconds, attoseconds) = duration.components
        observe(units: UInt64(max(0, seconds)) &* 1_000_000_000 &+ UInt64(max(0, attoseconds)) / 1_000_000_000)
    }

    private func observe(units: UInt64) {
        var index = 0
        while index < limits.count && units > limits[index] { index += 1 }
        counters[index].increment()
        sum.wrappingAdd(units, ordering: .relaxed)
    }

    /// What was observed so far. While others observe, the sum may be a moment off the counts.
    package var reading: HistogramReading {
        var total: UInt64 = 0
        let cumulative = counters.map { counter in
            total += counter.value
            return total
        }
        return HistogramReading(
            buckets: Array(zip(bounds, cumulative)), count: total,
            sum: Double(sum.load(ordering: .relaxed)) / scale)
    }
}

/// What a histogram holds.
package struct HistogramReading: Sendable {
    /// How many were at most as large as the bound.
    package var buckets: [(bound: Double, count: UInt64)]
    /// How many there were.
    package var count: UInt64
    package var sum: Double

    package init(buckets: [(bound: Double, count: UInt64)], count: UInt64, sum: Double) {
        self.buckets = buckets
        self.count = count
        self.sum = sum
    }
}
