import Dispatch

struct DidNotHappen: Error {}

/// Waits for what nothing announces, such as a count of the server's own: looks every few milliseconds, 20 seconds at
/// most, and leaves the thread to others meanwhile.
func eventually(_ condition: () -> Bool) async throws {
    let end = ContinuousClock.now + .seconds(20)
    while !condition() {
        guard ContinuousClock.now < end else { throw DidNotHappen() }
        await withCheckedContinuation { continuation in
            DispatchQueue.global().asyncAfter(deadline: .now() + .milliseconds(2)) { continuation.resume() }
        }
    }
}
