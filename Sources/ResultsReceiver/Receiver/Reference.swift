import Glibc
import Results

/// The server's own name for one request: 15 characters of Crockford's base 32.
///
/// The first 8 are the milliseconds since the beginning of 2026, modulo 2^40 (34 years), so that references sort by time
/// and an index over them grows at its end; the other 7 are 35 random bits: at ten requests in every millisecond, two
/// alike come about once a week. 15 characters fit into a Swift string without memory of its own.
struct ReferenceSource {
    private static let length = 15
    private static let timed = 8
    private static let random = 7
    private static let alphabet = Array("0123456789abcdefghjkmnpqrstvwxyz".utf8)
    /// 2026-01-01T00:00:00Z, in milliseconds since 1970.
    private static let epoch: Int64 = 1_767_225_600_000

    /// The kernel's random bytes for the next references: a system call for each would cost more than the reference.
    private var pool = [UInt8](repeating: 0, count: 32 * random)
    private var used: Int

    /// A source belongs to one lane.
    init() { used = pool.count }

    mutating func next() -> String {
        if used == pool.count { refill() }
        let start = used
        used += ReferenceSource.random
        let time = UInt64(bitPattern: Timestamp.now().milliseconds - ReferenceSource.epoch)
        return unsafe String(unsafeUninitializedCapacity: ReferenceSource.length) { characters in
            for index in 0..<ReferenceSource.timed {
                let shift = UInt64(5 * (ReferenceSource.timed - 1 - index))
                unsafe characters[index] = ReferenceSource.alphabet[Int(time >> shift & 31)]
            }
            for index in 0..<ReferenceSource.random {
                unsafe characters[ReferenceSource.timed + index] =
                    ReferenceSource.alphabet[Int(pool[start + index] & 31)]
            }
            return ReferenceSource.length
        }
    }

    private mutating func refill() {
        // getentropy(3): at most 256 bytes, all of them or none.
        let wanted = pool.count
        guard unsafe pool.withUnsafeMutableBytes({ unsafe getentropy($0.baseAddress, wanted) }) == 0 else {
            // It fails where the kernel has no such call (before Linux 3.17) or a filter forbids it: from the first answer
            // on, and never later. A reference that could be guessed, or come twice, would mix up people's results.
            fatalError("the kernel gives no random bytes, errno \(errno)")
        }
        used = 0
    }
}
