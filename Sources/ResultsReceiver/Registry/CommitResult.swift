/// What the committer tells whoever waits for an entry.
package enum CommitResult: Sendable, Equatable {
    /// The transaction is on disk, with this outcome for the entry.
    case done(Outcome)
    /// The queue was full; nothing was tried (`overload`).
    case overloaded
    /// Another process held the write lock until the deadline (`registry-busy`).
    case busy
    /// The store failed, or did not answer by the deadline (`registry-unreachable`).
    case unreachable
}
