import Synchronization

/// A number that only grows, from 0 at the program's start. Counting is one relaxed addition, from any thread.
package final class Counter: Sendable {
    private let count = Atomic<UInt64>(0)

    package init() {}

    package func increment() { count.wrappingAdd(1, ordering: .relaxed) }
    package var value: UInt64 { count.load(ordering: .relaxed) }
}
