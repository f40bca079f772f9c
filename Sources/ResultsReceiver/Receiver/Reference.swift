import Glibc

/// The server's own name for one request: 15 characters of Crockford's base 32, 75 random bits.
///
/// Unique for all that matters (an even chance of one collision after some 2 * 10^11 requests) and not to be guessed.
/// 15 characters fit into a Swift string without memory of its own.
struct ReferenceSource {
    private static let length = 15
    private static let alphabet = Array("0123456789abcdefghjkmnpqrstvwxyz".utf8)

    /// The kernel's random bytes for the next references: a system call for each would cost more than the reference.
    private var pool = [UInt8](repeating: 0, count: 16 * length)
    private var used: Int

    /// A source belongs to one lane.
    init() { used = pool.count }

    mutating func next() -> String {
        if used == pool.count { refill() }
        let start = used
        used += ReferenceSource.length
        return unsafe String(unsafeUninitializedCapacity: ReferenceSource.length) { characters in
            for index in 0..<ReferenceSource.length {
                unsafe characters[index] = ReferenceSource.alphabet[Int(pool[start + index] & 31)]
            }
            return ReferenceSource.length
        }
    }

    private mutating func refill() {
        // getentropy(3): at most 256 bytes, all of them or none.
        let wanted = pool.count
        guard unsafe pool.withUnsafeMutableBytes({ unsafe getentropy($0.baseAddress, wanted) }) == 0 else {
            fatalError("the kernel gives no random bytes, errno \(errno)")
        }
        used = 0
    }
}
