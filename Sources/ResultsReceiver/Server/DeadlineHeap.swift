import Net

/// The deadlines of a lane's connections, earliest first: a binary heap.
///
/// A connection whose deadline moves to later keeps its entry, which is looked at again when it comes up; only one that
/// moves to earlier needs a new entry. So the many requests of a kept connection cost nothing here.
struct DeadlineHeap {
    struct Entry {
        let moment: Moment
        let token: UInt64
    }

    private var entries: [Entry] = []

    var earliest: Moment? { entries.first?.moment }
    var count: Int { entries.count }

    mutating func insert(_ entry: Entry) {
        entries.append(entry)
        var child = entries.count - 1
        while child > 0 {
            let parent = (child - 1) / 2
            guard entries[child].moment < entries[parent].moment else { break }
            entries.swapAt(child, parent)
            child = parent
        }
    }

    /// The earliest entry, removed, if it is not after `now`.
    mutating func pop(by now: Moment) -> Entry? {
        guard let first = entries.first, first.moment <= now else { return nil }
        let last = entries.removeLast()
        guard !entries.isEmpty else { return first }
        entries[0] = last
        var parent = 0
        while true {
            var least = parent
            for child in [2 * parent + 1, 2 * parent + 2] where child < entries.count {
                if entries[child].moment < entries[least].moment { least = child }
            }
            if least == parent { return first }
            entries.swapAt(parent, least)
            parent = least
        }
    }
}
