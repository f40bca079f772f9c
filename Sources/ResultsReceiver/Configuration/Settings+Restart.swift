extension Settings {
    /// The keys whose values differ from those of `others` and take effect at the next start only, each with where its
    /// new value comes from. A plugin has none: all of it can be reloaded.
    package func needingRestart(since others: Settings) -> [(key: String, origin: Origin)] {
        SettingsTable.unnamedKeys.compactMap { key in
            guard key.needsRestart, let new = key.show(self), new.text != key.show(others)?.text else { return nil }
            return (key.publicName, new.origin)
        }
    }
}
