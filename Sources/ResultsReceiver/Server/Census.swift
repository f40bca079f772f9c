import Net
import Synchronization

/// Counts open connections, in all and per client, over all lanes.
final class Census: Sendable {
    private let open = Atomic(0)
    private let perClient = Mutex<[IPAddress: Int]>([:])

    var openConnections: Int { open.load(ordering: .relaxed) }

    func enter() { open.wrappingAdd(1, ordering: .relaxed) }
    func leave() { open.wrappingSubtract(1, ordering: .relaxed) }

    /// False, and not counted, when the client has `limit` connections already.
    func enter(_ client: IPAddress, limit: Int) -> Bool {
        perClient.withLock { counts in
            let count = counts[client, default: 0]
            guard count < limit else { return false }
            counts[client] = count + 1
            return true
        }
    }

    func leave(_ client: IPAddress) {
        perClient.withLock { counts in
            let count = counts[client, default: 0]
            counts[client] = count > 1 ? count - 1 : nil
        }
    }
}
