import Glibc

/// A file descriptor with one owner, closed exactly once: when its owner lets it go.
package struct Descriptor: ~Copyable, Sendable {
    /// Lent: valid as long as this value lives.
    package let number: CInt

    /// Owns `number` from now on.
    package init(owning number: CInt) {
        self.number = number
    }

    deinit {
        // On Linux the descriptor is gone whatever close says, also after EINTR; only EBADF is a fault of ours.
        if close(number) < 0 && errno == EBADF { preconditionFailure("descriptor \(number) was closed twice") }
    }
}
