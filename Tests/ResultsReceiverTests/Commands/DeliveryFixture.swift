import Foundation
import Registry
import Results
import Signature
import Testing

/// Commands beside a registry whose delivery log holds what a test wants.
struct DeliveryFixture {
    let commands: CommandFixture
    let registry: RegistryFixture

    init() throws {
        registry = try RegistryFixture()
        var commands = try CommandFixture()
        commands.registry = registry
        commands.environment = ["RESULTS_RECEIVER_DATABASE": registry.path]
        self.commands = commands
    }

    /// Records a refused delivery of a message as it would have come.
    func refuse(
        _ reference: String, _ message: String, reason: String = "unknown-person", code: Int = 404,
        student: String? = "p1", course: String? = "c1", at moment: Timestamp = .now(), keepsBody: Bool = true,
        plugin: String = "default"
    ) throws {
        let body = Array(message.utf8)
        let record = DeliveryRecord(
            reference: reference, receivedAt: moment, plugin: plugin, code: code, reason: reason, message: "why",
            student: student, course: course, part: "17", bytes: body.count, duration: 300, client: "192.0.2.1",
            digest: Digest().digest(of: body), body: keepsBody ? body : nil)
        _ = try registry.store.record([record], turnedAway: [])
    }

    func lines(_ output: String) -> [String] { output.split(separator: "\n").map(String.init) }
}
