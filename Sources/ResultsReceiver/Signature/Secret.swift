internal import CHMAC

/// A key that a sender and this receiver share; never empty, never shown, wiped from memory with the last reference.
@safe package final class Secret: Sendable {
    // Sendable although a pointer: the octets are written in the initialiser, before anyone else can have a reference,
    // and in deinit, after the last one is gone. In between they are only read.
    private nonisolated(unsafe) let octets: UnsafeMutableRawBufferPointer

    /// How many octets it has. Fewer than 16 deserve a warning.
    package let count: Int

    /// Nil when empty. The array is the caller's, who may want to forget it soon.
    package convenience init?(_ bytes: [UInt8]) {
        guard !bytes.isEmpty else { return nil }
        unsafe self.init(count: bytes.count) { buffer in unsafe buffer.copyBytes(from: bytes) }
    }

    /// `count` is above zero; `fill` writes all of the octets.
    init(count: Int, fill: (UnsafeMutableRawBufferPointer) -> Void) {
        self.count = count
        unsafe octets = .allocate(byteCount: count, alignment: 1)
        unsafe fill(octets)
    }

    /// A secret that nobody knows.
    static func random() -> Secret {
        unsafe Secret(count: 32) { buffer in
            guard unsafe chmac_random(buffer.baseAddress, buffer.count) == 1 else {
                fatalError("OpenSSL's random generator has no seed")
            }
        }
    }

    deinit {
        unsafe chmac_wipe(octets.baseAddress, count)
        unsafe octets.deallocate()
    }

    /// Lends the octets; the pointer ends with the call.
    package func withOctets<Value, Failure: Error>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Value
    ) throws(Failure) -> Value {
        try unsafe body(UnsafeRawBufferPointer(octets))
    }

    /// The secret without white space at its end, as another system may have stored it; nil where there is none, or
    /// nothing else.
    var withoutTrailingWhiteSpace: Secret? {
        unsafe withOctets { octets in
            let end = unsafe octets.lastIndex { !($0 == 0x20 || (0x09...0x0d).contains($0)) }
            guard let end = end, end + 1 < octets.count else { return nil }
            return unsafe Secret(count: end + 1) { buffer in unsafe buffer.copyBytes(from: octets[...end]) }
        }
    }
}

extension Secret: Equatable {
    /// In a time that depends only on the lengths.
    package static func == (a: Secret, b: Secret) -> Bool {
        guard a.count == b.count else { return false }
        return unsafe a.withOctets { first in
            unsafe b.withOctets { second in
                unsafe chmac_equal(first.baseAddress, second.baseAddress, first.count) == 1
            }
        }
    }
}

extension Secret: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    package var description: String { "(secret)" }
    package var debugDescription: String { description }
    package var customMirror: Mirror { Mirror(self, children: [:]) }
}
