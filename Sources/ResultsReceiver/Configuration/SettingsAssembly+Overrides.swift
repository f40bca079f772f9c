// What beats the file: the environment, and above it the flags.

extension SettingsAssembly {
    /// Takes the variables `RESULTS_RECEIVER_…`. An empty one counts as not set, save that of the secret.
    mutating func read(environment: [String: String]) {
        for key in SettingsTable.unnamedKeys {
            read(environment[key.variable], of: key, into: \.self)
        }
        for key in SettingsTable.plugin.keys {
            guard let text = environment[key.variable], !text.isEmpty, isOnlyPlugin(key.variable) else { continue }
            read(text, of: key, into: \.plugins[0])
        }
        if environment[SettingsTable.secretVariable] != nil { takeSecret() }
        warnOfUnknown(environment)
    }

    private mutating func read<Target>(
        _ text: String?, of key: KeyDefinition<Target>, into path: WritableKeyPath<Settings, Target>
    ) {
        guard let text, !text.isEmpty else { return }
        let raw = RawValue(environment: text)
        do throws(RawValue.Malformed) {
            let items = key.isList ? try raw.list() : [try raw.single()]
            assign(items.map(\.text), of: key, into: path, origin: .environment(key.variable))
        } catch {
            loaded.mistakes.append(Mistake(.environment(key.variable), key: key.name, error.message))
        }
    }

    /// What the variable says is no concern of the settings.
    private mutating func takeSecret() {
        let name = SettingsTable.secretVariable
        guard isOnlyPlugin(name) else { return }
        if case .environment(let other) = loaded.settings.plugins[0].secrets.origin {
            loaded.mistakes.append(
                Mistake(.environment(name), "\(other) is set too", cure: "set only one of them"))
        }
        loaded.settings.plugins[0].secrets = Sourced([.environment(name)], origin: .environment(name))
    }

    /// Takes a flag: its values are taken as they are, without quotes, lists and comments.
    mutating func read(_ flag: SettingFlag) {
        if let key = SettingsTable.unnamedKeys.first(where: { $0.publicName == flag.key }) {
            assign(flag.values, of: key, into: \.self, origin: .flag(flag.flag))
        } else if let key = SettingsTable.plugin.key(flag.key) {
            guard loaded.settings.plugins.count == 1 else {
                loaded.mistakes.append(
                    Mistake(
                        .flag(flag.flag), key: flag.key, "several plugins are configured",
                        cure: "write \(key.name) into their sections of the settings file"))
                return
            }
            assign(flag.values, of: key, into: \.plugins[0], origin: .flag(flag.flag))
        } else {
            preconditionFailure("the flag \(flag.flag) is defined for a key that no section has")
        }
    }

    private mutating func assign<Target>(
        _ values: [String], of key: KeyDefinition<Target>, into path: WritableKeyPath<Settings, Target>, origin: Origin
    ) {
        do throws(WrongItem) {
            // Relative names on the command line and in the environment count from the working folder.
            try key.assign(&loaded.settings[keyPath: path], values, origin, ValueContext())
        } catch {
            loaded.mistakes.append(Mistake(origin, key: key.name, error.wrong.message, cure: error.wrong.cure))
        }
    }

    private mutating func isOnlyPlugin(_ variable: String) -> Bool {
        guard loaded.settings.plugins.count == 1 else {
            loaded.mistakes.append(
                Mistake(
                    .environment(variable), "several plugins are configured, and it does not say which it is for",
                    cure: "unset it, and use their sections of the settings file"))
            return false
        }
        return true
    }

    private mutating func warnOfUnknown(_ environment: [String: String]) {
        let known =
            SettingsTable.unnamedKeys.map(\.variable) + SettingsTable.plugin.keys.map(\.variable) + [
                SettingsTable.secretVariable, SettingsTable.fileVariable,
            ]
        for name in environment.keys.sorted() where name.hasPrefix(SettingsTable.variablePrefix) {
            guard !known.contains(name) else { continue }
            loaded.warnings.append(
                Mistake(
                    .environment(name), "no setting is called so", cure: Suggestion.question(name, among: known)))
        }
    }

    /// What systemd's LoadCredential=secret:… gives, where nothing else names a secret.
    mutating func takeCredential(folder: String?) {
        guard let folder, loaded.settings.plugins.count == 1, loaded.settings.plugins[0].secrets.value.isEmpty,
            InputFile.exists("\(folder)/secret")
        else { return }
        loaded.settings.plugins[0].secrets = Sourced(
            [.credential("secret")], origin: .environment("CREDENTIALS_DIRECTORY"))
    }
}
