/// The octets of a connection that came and were not used yet.
struct InputBuffer: Sendable {
    /// Zeroed where nothing came yet; `start` and `end` say where the unread octets lie.
    private(set) var storage: [UInt8] = []
    private(set) var start = 0
    private(set) var end = 0

    /// Octets that wait to be read.
    var count: Int { end - start }

    /// Lets `body` fill spare room of at least `minimum` octets; it returns how many it filled.
    mutating func withSpare<E: Error>(
        minimum: Int, _ body: (UnsafeMutableRawBufferPointer) throws(E) -> Int
    ) throws(E) -> Int {
        makeRoom(minimum)
        let end = self.end
        // The pointer does not outlive the closure, and what lies behind `end` holds nothing.
        let filled = try unsafe storage.withUnsafeMutableBufferPointer { octets throws(E) in
            try unsafe body(UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(octets)[end...]))
        }
        precondition(filled >= 0 && filled <= storage.count - end, "no more can be filled than there is room")
        self.end += filled
        return filled
    }

    mutating func append(_ octets: UnsafeRawBufferPointer) {
        guard unsafe !octets.isEmpty else { return }
        _ = unsafe withSpare(minimum: octets.count) { room in
            unsafe room.copyMemory(from: octets)
            return octets.count
        }
    }

    /// Forgets the first octets.
    mutating func consume(_ count: Int) {
        start += count
        if start == end {
            start = 0
            end = 0
        }
    }

    /// Gives the memory back, where nothing waits.
    mutating func releaseIfEmpty() {
        if count == 0 { self = InputBuffer() }
    }

    private mutating func makeRoom(_ minimum: Int) {
        guard storage.count - end < minimum else { return }
        if start > 0, storage.count - count >= minimum, count <= start {
            // Moves no more octets than were used up since the last move, so that moving stays linear.
            storage.replaceSubrange(0..<count, with: storage[start..<end])
        } else {
            var larger: [UInt8] = []
            larger.reserveCapacity(max(count + minimum, storage.isEmpty ? 0 : 2 * count))
            larger.append(contentsOf: storage[start..<end])
            larger.append(contentsOf: repeatElement(0, count: larger.capacity - larger.count))
            storage = larger
        }
        end = count
        start = 0
    }
}
