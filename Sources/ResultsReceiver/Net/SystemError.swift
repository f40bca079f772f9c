import Glibc

/// A system call that failed, with the number it left in `errno`.
package struct SystemError: Error, Hashable, Sendable, CustomStringConvertible {
    package let number: CInt
    /// The name of the C function.
    package let call: String

    package init(_ number: CInt, _ call: String) {
        self.number = number
        self.call = call
    }

    /// `bind: Address already in use`.
    package var description: String {
        // The text stays valid until the thread's next strerror; it is copied at once.
        guard let text = unsafe strerror(number) else { return "\(call): error \(number)" }
        return unsafe "\(call): \(String(cString: text))"
    }
}

/// Calls the system: `errno` is taken before anything can change it, and an interrupted call is made again.
///
/// EBADF and EFAULT trap, because they mean that a descriptor or memory was used after it was given back; carrying on
/// would read or write someone else's. Not for `close`, which must not be repeated.
@inline(__always)
func systemCall<Result: SignedInteger>(_ name: String, _ body: () -> Result) throws(SystemError) -> Result {
    while true {
        let result = body()
        if result >= 0 { return result }
        let number = errno
        switch number {
        case EINTR: continue
        case EBADF, EFAULT: preconditionFailure("\(name) was given a descriptor or memory that is not there: \(number)")
        default: throw SystemError(number, name)
        }
    }
}
