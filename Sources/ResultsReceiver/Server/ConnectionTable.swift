/// The connections of a lane by token: a place in the table, and how often it was taken before, so that a token that
/// outlives its connection finds nothing rather than another one's.
struct ConnectionTable {
    private struct Slot {
        var connection: Connection?
        var generation: UInt32 = 0
    }

    private var slots: [Slot] = []
    private var free: [UInt32] = []

    private(set) var count = 0

    /// The token that `insert` will give next. The topmost bit is never set.
    private func token(_ index: UInt32) -> UInt64 { UInt64(slots[Int(index)].generation) << 32 | UInt64(index) }

    mutating func insert(_ make: (_ token: UInt64) -> Connection) -> Connection {
        let index: UInt32
        if let last = free.popLast() {
            index = last
        } else {
            index = UInt32(slots.count)
            slots.append(Slot())
        }
        let connection = make(token(index))
        slots[Int(index)].connection = connection
        count += 1
        return connection
    }

    subscript(_ token: UInt64) -> Connection? {
        let index = Int(UInt32(truncatingIfNeeded: token))
        guard index < slots.count, slots[index].generation == UInt32(truncatingIfNeeded: token >> 32) else {
            return nil
        }
        return slots[index].connection
    }

    mutating func remove(_ token: UInt64) {
        guard self[token] != nil else { return }
        let index = UInt32(truncatingIfNeeded: token)
        slots[Int(index)].connection = nil
        slots[Int(index)].generation = (slots[Int(index)].generation + 1) & 0x7FFF_FFFF
        free.append(index)
        count -= 1
    }

    /// Those that are there now; the table may change while they are gone through.
    var all: [Connection] { slots.compactMap(\.connection) }
}
