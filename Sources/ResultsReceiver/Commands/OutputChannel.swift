import Configuration
import Glibc
import Synchronization

/// Standard output or standard error, or a collection of what would have been written there.
///
/// Buffers 64 KiB, so that an export is neither slow nor large in memory. Thread-safe.
final class OutputChannel: Sendable {
    private struct State {
        var buffer: [UInt8] = []
        /// Once writing failed, it fails always.
        var failure: Failure?
    }

    private static let capacity = 64 << 10
    private let state = Mutex(State())
    /// Nil: everything stays in the buffer.
    private let descriptor: Int32?

    /// The descriptor stays its owner's.
    init(descriptor: Int32) { self.descriptor = descriptor }

    /// Keeps what is written, for `collected`.
    init() { descriptor = nil }

    /// Whether a person watches.
    var isTerminal: Bool { descriptor.map { isatty($0) == 1 } ?? false }

    /// All that was written to a channel without descriptor.
    var collected: String { state.withLock { String(decoding: $0.buffer, as: UTF8.self) } }

    func write(_ text: String) throws(Failure) { try write(Array(text.utf8)) }

    func writeLine(_ text: String) throws(Failure) { try write(text + "\n") }

    func write(_ bytes: [UInt8]) throws(Failure) {
        try locked { (state) throws(Failure) in
            state.buffer += bytes
            if state.buffer.count >= OutputChannel.capacity { try flush(&state) }
        }
    }

    /// Throws `Failure.readerGone`, or one of exit code 74.
    func flush() throws(Failure) {
        try locked { (state) throws(Failure) in try flush(&state) }
    }

    private func locked(_ body: (inout State) throws(Failure) -> Void) throws(Failure) {
        let result: Result<Void, Failure> = state.withLock { state in
            if let failure = state.failure { return .failure(failure) }
            do throws(Failure) {
                return .success(try body(&state))
            } catch {
                state.failure = error
                return .failure(error)
            }
        }
        try result.get()
    }

    private func flush(_ state: inout State) throws(Failure) {
        guard let descriptor else { return }
        defer { state.buffer.removeAll(keepingCapacity: true) }
        var position = 0
        while position < state.buffer.count {
            let count = unsafe state.buffer[position...].withUnsafeBytes {
                unsafe Glibc.write(descriptor, $0.baseAddress, $0.count)
            }
            if count >= 0 {
                position += count
            } else if errno == EPIPE {
                throw .readerGone
            } else if errno != EINTR {
                throw Failure(
                    .outputError, "cannot write the output: \(InputFileError.sentence(errno))",
                    hint: "look at where standard output goes")
            }
        }
    }
}
