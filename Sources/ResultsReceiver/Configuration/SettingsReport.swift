/// The settings as a settings file has them, each value with its origin as a comment.
package struct SettingsReport {
    package let text: String

    /// Secrets do not stand in it: a secret of the environment is masked, files and credentials are only named.
    package init(_ settings: Settings) {
        var lines = ["# settings file: \(settings.file ?? "none")"]
        for section in SettingsTable.unnamed { SettingsReport.add(section, settings, section.name, to: &lines) }
        for listener in settings.listeners {
            SettingsReport.add(SettingsTable.listener, listener, "listener \(listener.name)", to: &lines)
        }
        for plugin in settings.plugins {
            SettingsReport.add(SettingsTable.plugin, plugin, "plugin \(plugin.name)", to: &lines)
        }
        text = lines.joined(separator: "\n") + "\n"
    }

    private static func add<Target>(
        _ section: SectionDefinition<Target>, _ target: Target, _ title: String, to lines: inout [String]
    ) {
        lines += ["", "[\(title)]"]
        for key in section.keys {
            guard let (value, origin) = key.show(target) else { continue }
            let line = "\(key.name) = \(value)"
            lines.append(line + String(repeating: " ", count: max(1, 48 - line.count)) + "# \(origin)")
        }
    }
}
