/// What is done with one input of the fuzzer, and what must hold for it whatever the input.
///
/// `scripts/fuzz` compiles the targets with the rooms and makes inputs for them; `FuzzInputTests` runs them with the
/// inputs that are kept in `Tests/Fuzz/`.
protocol FuzzTarget {
    init() throws

    /// Throws `BrokenInvariant` when something does not hold. Anything else that is thrown, a trap and a memory fault
    /// are findings as well.
    mutating func run(_ input: [UInt8]) throws
}

/// Something that must hold for every input, and does not for this one.
struct BrokenInvariant: Error, CustomStringConvertible {
    let description: String
}

/// Throws when the condition is false; `what` says it in words.
func demand(
    _ condition: @autoclosure () throws -> Bool, _ what: @autoclosure () -> String, line: Int = #line
) throws {
    guard try condition() else { throw BrokenInvariant(description: "line \(line): \(what())") }
}

/// Random numbers that depend on nothing but the input, so that each finding can be repeated (SplitMix64).
struct InputRandom: RandomNumberGenerator {
    private var state: UInt64 = 0xCBF2_9CE4_8422_2325

    init(seed input: [UInt8]) {
        for byte in input { state = (state ^ UInt64(byte)) &* 0x100_0000_01B3 }  // FNV-1a
    }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    /// The input in pieces of 1 to `longest` bytes.
    mutating func pieces(of input: [UInt8], longest: Int) -> [[UInt8]] {
        var pieces: [[UInt8]] = []
        var rest = input[...]
        while !rest.isEmpty {
            let count = Int.random(in: 1...longest, using: &self)
            pieces.append(Array(rest.prefix(count)))
            rest = rest.dropFirst(count)
        }
        return pieces
    }
}

extension String {
    /// Whether a terminal or a log line could take a part of it for something else than text.
    var holdsControlCharacter: Bool { utf8.contains { $0 < 0x20 || $0 == 0x7F } }
}
