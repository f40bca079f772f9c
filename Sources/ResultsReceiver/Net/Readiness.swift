import CSystem

/// What a descriptor became ready for.
package struct Readiness: Sendable {
    /// As given when the descriptor was added.
    package let token: UInt64
    private let events: UInt32

    init(token: UInt64, events: UInt32) {
        self.token = token
        self.events = events
    }

    /// Reading will not block: octets, the end, or an error.
    package var isReadable: Bool { has(CSYSTEM_EPOLLIN) }
    package var isWritable: Bool { has(CSYSTEM_EPOLLOUT) }
    /// The other side has finished sending; it may still read.
    package var isHalfClosed: Bool { has(CSYSTEM_EPOLLRDHUP) }
    /// The connection is gone in both directions, or reset.
    package var isGone: Bool { has(CSYSTEM_EPOLLERR) || has(CSYSTEM_EPOLLHUP) }

    private func has(_ flag: Int) -> Bool { events & UInt32(flag) != 0 }
}
