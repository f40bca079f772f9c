import Configuration
import Receiver
import Results
import Signature

extension Settings {
    /// What the receiver is told, with the schemas read; fails with the exit code of whatever cannot be had.
    ///
    /// `secrets` gives those of a plugin: the ones in use and the retired ones. A command that checks no signature needs
    /// none, and need not be permitted to read them.
    func receiverSettings(
        secrets: (PluginSettings) throws(Failure) -> (active: [Secret], retired: [Secret]) = { _ in ([], []) }
    ) throws(Failure) -> ReceiverSettings {
        var plugins: [Plugin] = []
        for plugin in self.plugins {
            let (active, retired) = try secrets(plugin)
            plugins.append(
                Plugin(
                    name: plugin.name, secrets: active, algorithms: Set(plugin.algorithms.value),
                    personKey: plugin.personKey.value, externalSource: plugin.externalSource.value,
                    schema: try plugin.loadSchema(), retiredSecrets: retired))
        }
        guard let zone = CivilTime(zone: server.timeZone.value) else {
            throw Failure(.configuration, "the system does not know the time zone \(server.timeZone.value)")
        }
        return ReceiverSettings(
            path: server.path.value, plugins: plugins, language: Language(rawValue: server.language.value) ?? .nl,
            zone: zone, acknowledgesRedelivery: server.redelivery.value == .acknowledge,
            bodyBytes: limits.bodyBytes.value, keepsBodies: deliveries.bodies.value == .refused)
    }
}
