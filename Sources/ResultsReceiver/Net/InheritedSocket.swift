import Glibc

/// A listening socket that a service manager made and passed on when it started the program (sd_listen_fds(3)).
package struct InheritedSocket: Sendable {
    /// FileDescriptorName= of the socket unit; by default that unit's name, or `unknown` where nobody names it.
    package let name: String
    package let listener: Listener

    /// The variables by which sockets are passed. They are meant for one process: whoever takes the sockets unsets them.
    package static let variables = ["LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"]

    /// The first of them; more follow without a gap.
    private static let first: CInt = 3

    /// Takes the sockets over, in the order of the descriptors; none where the variables are not there or meant for
    /// another process. Once in a process: from then on the descriptors are the listeners'.
    ///
    /// All of them are closed on exec, also where one is wrong.
    package static func take(from environment: [String: String]) throws(InheritedSocketError) -> [InheritedSocket] {
        guard let process = environment["LISTEN_PID"], pid_t(process) == getpid(),
            let text = environment["LISTEN_FDS"]
        else { return [] }
        guard let count = CInt(text), (0...1024).contains(count) else { throw .wrongCount(text) }
        let names = (environment["LISTEN_FDNAMES"] ?? "").split(separator: ":", omittingEmptySubsequences: false)
        var sockets: [InheritedSocket] = []
        var wrong: InheritedSocketError?
        for number in first..<first + count {
            let index = Int(number - first)
            let name = names.indices.contains(index) && !names[index].isEmpty ? String(names[index]) : "unknown"
            guard fcntl(number, F_SETFD, FD_CLOEXEC) == 0 else {
                wrong = wrong ?? .notOpen(number)
                continue
            }
            guard let listener = Listener(inheriting: Descriptor(owning: number)) else {
                wrong = wrong ?? .notListening(name)
                continue
            }
            sockets.append(InheritedSocket(name: name, listener: listener))
        }
        if let wrong { throw wrong }
        return sockets
    }
}

/// What is wrong with sockets that were passed on.
package enum InheritedSocketError: Error, Sendable, Equatable, CustomStringConvertible {
    case wrongCount(String)
    case notOpen(CInt)
    /// By its name.
    case notListening(String)

    package var description: String {
        switch self {
        case .wrongCount(let text): "LISTEN_FDS is '\(text)', which is no number of sockets"
        case .notOpen(let number): "LISTEN_FDS promises descriptor \(number), which is not open"
        case .notListening(let name): "the inherited socket '\(name)' is no listening TCP socket"
        }
    }
}
