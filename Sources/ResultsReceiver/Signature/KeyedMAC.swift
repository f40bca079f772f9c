internal import CHMAC

/// An HMAC under one key, for any number of messages. Belongs to one lane: it is not Sendable.
@safe final class KeyedMAC {
    let algorithm: Algorithm
    private let context: UnsafeMutableRawPointer
    /// OpenSSL checks the room it is given against its longest MAC, whatever it then writes.
    private var room = [UInt8](repeating: 0, count: Int(CHMAC_LONGEST))

    init(_ secret: Secret, _ algorithm: Algorithm) {
        self.algorithm = algorithm
        let context = unsafe secret.withOctets { octets in
            unsafe chmac_create(algorithm.hash, octets.baseAddress, octets.count)
        }
        guard let context = unsafe context else { fatalError("OpenSSL has no memory or no provider for \(algorithm)") }
        unsafe self.context = context
    }

    deinit { unsafe chmac_free(context) }

    func mac(of message: [UInt8]) -> [UInt8] {
        compute(message)
        return Array(room.prefix(algorithm.byteCount))
    }

    /// 1 when `mac` is the message's, else 0: a number, so that nothing need branch on it. The time does not tell
    /// where the two differ.
    func matches(_ message: [UInt8], _ mac: [UInt8]) -> Int {
        guard mac.count == algorithm.byteCount else { return 0 }
        compute(message)
        return unsafe mac.withUnsafeBytes { mac in
            unsafe room.withUnsafeBytes { room in
                Int(unsafe chmac_equal(room.baseAddress, mac.baseAddress, mac.count))
            }
        }
    }

    private func compute(_ message: [UInt8]) {
        let done = unsafe message.withUnsafeBytes { message in
            unsafe chmac_compute(context, message.baseAddress, message.count, &room)
        }
        guard done == 1 else { fatalError("OpenSSL has no memory for a MAC") }
    }
}
