internal import Glibc

/// Writing failed: a full disk, a closed pipe.
package struct OutputError: Error, Sendable, Equatable {
    /// The errno of the failed `write`.
    package var code: Int32

    package init(code: Int32) { self.code = code }
}

/// Where exported bytes go.
package struct Output: Sendable {
    private let sink: @Sendable ([UInt8]) throws(OutputError) -> Void

    /// Hands every piece to `sink`.
    package init(_ sink: @escaping @Sendable ([UInt8]) throws(OutputError) -> Void) {
        self.sink = sink
    }

    /// Writes to a descriptor, which stays its caller's.
    package init(descriptor: Int32) {
        self.init { (bytes) throws(OutputError) in
            var position = 0
            while position < bytes.count {
                let count = unsafe bytes.withUnsafeBytes { buffer in
                    let rest = unsafe UnsafeRawBufferPointer(rebasing: buffer[position...])
                    return unsafe Glibc.write(descriptor, rest.baseAddress, rest.count)
                }
                if count >= 0 {
                    position += count
                } else if errno != EINTR {
                    throw OutputError(code: errno)
                }
            }
        }
    }

    package func write(_ bytes: [UInt8]) throws(OutputError) {
        try sink(bytes)
    }
}
