import Foundation
import Net
import Synchronization

/// Clients on threads of their own that post results, each of another person, until they are told to stop.
final class Load: Sendable {
    struct Outcome: Sendable {
        /// Those whose result was answered 200.
        var acknowledged: [String] = []
        /// Answers of other codes.
        var refused: [String] = []
        /// Connections that were not taken, or not answered.
        var failures: [String] = []
    }

    private let outcome = Mutex(Outcome())
    private let next = Atomic(0)
    private let isStopped = Atomic(false)
    private let clients = DispatchGroup()
    private let persons: [String]

    /// `reuses`: a client stays on one connection, and takes another only when that was closed after an answer.
    init(on address: SocketAddress, clients count: Int, persons: [String], reuses: Bool) {
        self.persons = persons
        for _ in 0..<count {
            clients.enter()
            Thread {
                self.run(address, reuses)
                self.clients.leave()
            }.start()
        }
    }

    /// How many results were acknowledged so far.
    var count: Int { outcome.withLock { $0.acknowledged.count } }

    /// Lets every client finish what it is at.
    func stop() async -> Outcome {
        isStopped.store(true, ordering: .relaxed)
        await withCheckedContinuation { continuation in
            clients.notify(queue: .global()) { continuation.resume() }
        }
        return outcome.withLock { $0 }
    }

    private func run(_ address: SocketAddress, _ reuses: Bool) {
        var kept: TestClient?
        while !isStopped.load(ordering: .relaxed) {
            let index = next.wrappingAdd(1, ordering: .relaxed).oldValue
            guard index < persons.count else { return }
            let person = persons[index]
            do {
                let request = try RunningServer.request(RunningServer.message(student: person))
                let client = try kept ?? TestClient(address, patience: 30)
                kept = nil
                let answer = try client.ask(request)
                outcome.withLock { outcome in
                    if answer.code == 200 {
                        outcome.acknowledged.append(person)
                    } else {
                        outcome.refused.append(answer.content)
                    }
                }
                if reuses && !answer.closes { kept = client }
            } catch {
                outcome.withLock { $0.failures.append("\(error)") }
            }
        }
    }
}
