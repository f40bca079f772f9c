extension Settings {
    /// The keys whose values differ from those of `others` and take effect at the next start only, each with where its
    /// new value comes from. A plugin has none: all of it can be reloaded; so can the certificates of a listener.
    package func needingRestart(since others: Settings) -> [(key: String, origin: Origin)] {
        let keys: [(key: String, origin: Origin)] = SettingsTable.unnamedKeys.compactMap { key in
            guard key.needsRestart, let new = key.show(self), new.text != key.show(others)?.text else { return nil }
            return (key.publicName, new.origin)
        }
        return keys + listenersNeedingRestart(since: others)
    }

    /// Those that came, went, have other addresses, or have TLS now where they had none, or the other way round.
    private func listenersNeedingRestart(since others: Settings) -> [(key: String, origin: Origin)] {
        var changes: [(key: String, origin: Origin)] = []
        for listener in listeners {
            let title = "[listener \(listener.name)]"
            guard let before = others.listeners.first(where: { $0.name == listener.name }) else {
                changes.append((title, listener.origin))
                continue
            }
            if listener.addresses.value != before.addresses.value {
                changes.append(("address", listener.addresses.origin))
            }
            if listener.hasTLS != before.hasTLS { changes.append(("certificate", listener.certificate.origin)) }
        }
        for before in others.listeners where !listeners.contains(where: { $0.name == before.name }) {
            changes.append(("[listener \(before.name)]", before.origin))
        }
        return changes
    }
}
