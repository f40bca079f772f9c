/// Settings while they are put together from file, environment and flags, in this order.
struct SettingsAssembly {
    var loaded: LoadedSettings
    private let stateFolder: String?

    init(stateFolder: String?) {
        self.stateFolder = stateFolder
        loaded = LoadedSettings(settings: Settings())
        loaded.settings.server.database.value = ValueContext(stateFolder: stateFolder).stateFile("results.db")
    }

    // MARK: The file

    mutating func read(_ bytes: [UInt8], file: String) {
        loaded.settings.file = file
        let text = SettingsText(bytes, file: file)
        loaded.mistakes += text.mistakes
        var seen: [String: Place] = [:]
        for section in text.sections { read(section, seen: &seen) }
    }

    private mutating func read(_ section: SettingsText.Section, seen: inout [String: Place]) {
        guard section.isReadable, !SettingsTable.named.contains(section.name) || hasName(section) else {
            loaded.hasUnreadSection = true
            return
        }
        let title = section.argument.map { "\(section.name) \($0)" } ?? section.name
        let first = seen[title]
        if let first {
            mistake(
                section.place, "[\(title)]", "the section is given twice",
                cure: "put its keys under line \(first.line)")
        }
        seen[title] = first ?? section.place
        // The keys of a section given twice are still checked, but change nothing.
        if let definition = SettingsTable.unnamed.first(where: { $0.name == section.name }) {
            refuseArgument(of: section)
            var settings = loaded.settings
            read(section, by: definition, into: &settings)
            if first == nil { loaded.settings = settings }
        } else if section.name == SettingsTable.plugin.name {
            var plugin = PluginSettings(name: section.argument ?? "", origin: .file(section.place))
            read(section, by: SettingsTable.plugin, into: &plugin)
            if first == nil { loaded.settings.plugins.append(plugin) }
        } else if section.name == SettingsTable.listener.name {
            var listener = ListenerSettings(name: section.argument ?? "", origin: .file(section.place))
            let mistakes = loaded.mistakes.count
            read(section, by: SettingsTable.listener, into: &listener)
            if loaded.mistakes.count == mistakes { check(listener) }
            if first == nil { loaded.settings.listeners.append(listener) }
        } else {
            loaded.hasUnreadSection = true
            let names = SettingsTable.unnamed.map(\.name)
            let cure = Suggestion.nearest(to: section.name, among: names + SettingsTable.named).map { name in
                "did you mean '[\(name)\(SettingsTable.named.contains(name) ? " NAME" : "")]'?"
            }
            mistake(
                section.place, "[\(title)]", "unknown section",
                cure: cure
                    ?? "the sections are \(names.map { "[\($0)]" }.joined(separator: ", ")), [listener NAME] and [plugin NAME]"
            )
        }
    }

    private mutating func read<Target>(
        _ section: SettingsText.Section, by definition: SectionDefinition<Target>, into target: inout Target
    ) {
        var seen: [String: Place] = [:]
        let before = target
        for entry in section.entries {
            guard let key = definition.key(entry.key) else {
                mistake(
                    entry.place, entry.key, "unknown key in [\(section.name)]",
                    cure: SettingsAssembly.cure(for: entry.key, in: definition))
                continue
            }
            var scratch = before
            if let first = seen[key.name] {
                mistake(
                    entry.place, key.name, "the key is given twice",
                    cure: "it stands on line \(first.line) already" + (key.isList ? "; separate values by commas" : ""))
                read(entry, by: key, into: &scratch)
            } else {
                seen[key.name] = entry.place
                read(entry, by: key, into: &target)
            }
        }
    }

    private mutating func read<Target>(
        _ entry: SettingsText.Entry, by key: KeyDefinition<Target>, into target: inout Target
    ) {
        do throws(RawValue.Malformed) {
            let items = key.isList ? try entry.value.list() : [try entry.value.single()]
            do throws(WrongItem) {
                let context = ValueContext(
                    folder: SettingsAssembly.folder(of: entry.place.file), stateFolder: stateFolder)
                try key.assign(&target, items.map(\.text), .file(entry.place), context)
            } catch {
                let place = items.indices.contains(error.index) ? items[error.index].place : nil
                mistake(place ?? entry.place, key.name, error.wrong.message, cure: error.wrong.cure)
            }
        } catch {
            mistake(error.place ?? entry.place, key.name, error.message)
        }
    }

    private mutating func refuseArgument(of section: SettingsText.Section) {
        guard let argument = section.argument else { return }
        mistake(
            section.place, "[\(section.name) \(argument)]", "this section takes no name",
            cure: "write [\(section.name)]")
    }

    /// Whether the section has a name; it stands in a query, a list of systemd's or log lines, so it is plain.
    private mutating func hasName(_ section: SettingsText.Section) -> Bool {
        let isListener = section.name == SettingsTable.listener.name
        guard let name = section.argument else {
            mistake(
                section.place, "[\(section.name)]", "the \(section.name)'s name is missing",
                cure: isListener ? "write [listener public]" : "write [plugin default]")
            return false
        }
        guard name.utf8.count <= 64, name.utf8.allSatisfy({ (0x21...0x7E).contains($0) && $0 != 0x22 }),
            !isListener || !name.contains(":")
        else {
            mistake(
                section.place, "[\(section.name) \(name)]", "this is no name for a \(section.name)",
                cure:
                    "use at most 64 ASCII letters, digits and signs without spaces\(isListener ? ", colons" : "") and quotes"
            )
            return false
        }
        guard !isListener || name != ListenerSettings.adminName else {
            mistake(
                section.place, "[\(section.name) \(name)]", "a socket of this name is that of the admin endpoints",
                cure: "choose another name")
            return false
        }
        return true
    }

    mutating func mistake(_ place: Place, _ key: String, _ message: String, cure: String? = nil) {
        loaded.mistakes.append(Mistake(.file(place), key: key, message, cure: cure))
    }

    private static func cure<Target>(for key: String, in definition: SectionDefinition<Target>) -> String {
        for section in SettingsTable.unnamed where section.key(key) != nil { return "it belongs in [\(section.name)]" }
        if SettingsTable.plugin.key(key) != nil { return "it belongs in [plugin NAME]" }
        if SettingsTable.listener.key(key) != nil { return "it belongs in [listener NAME]" }
        return Suggestion.question(key, among: definition.keys.map(\.name))
            ?? Suggestion.question(
                key,
                among: SettingsTable.unnamedKeys.map(\.name) + SettingsTable.listener.keys.map(\.name)
                    + SettingsTable.plugin.keys.map(\.name))
            ?? "its keys are \(definition.keys.map(\.name).joined(separator: ", "))"
    }

    private static func folder(of file: String) -> String? {
        file.lastIndex(of: "/").map { $0 == file.startIndex ? "/" : String(file[..<$0]) }
    }
}
