import Configuration

/// The part of a command's arguments that is about settings: which file, and what takes the place of its values.
struct SettingsArguments: Sendable {
    private let file: String?
    private let flags: [SettingFlag]
    private let plugin: String?

    init(_ arguments: ParsedArguments, of definition: CommandDefinition) {
        file = arguments.value(FlagDefinition.config.name)
        plugin = arguments.value(FlagDefinition.plugin.name)
        flags = definition.flags.compactMap { flag in
            guard let key = flag.key, arguments.has(flag.name) else { return nil }
            return SettingFlag(key: key, flag: flag.name, values: arguments.values(flag.name))
        }
    }

    /// The settings in force; fails with everything that is wrong with them.
    func settings(in surroundings: Surroundings) throws(Failure) -> Settings {
        let loaded = try load(in: surroundings)
        guard loaded.mistakes.isEmpty else { throw Failure(loaded.mistakes) }
        return loaded.settings
    }

    /// The settings and what is wrong with them; fails where there is no file to read.
    func load(in surroundings: Surroundings) throws(Failure) -> LoadedSettings {
        let loader = SettingsLoader(
            environment: surroundings.environment, standardFile: surroundings.standardFile)
        do throws(SettingsError) {
            return try loader.load(file: file, flags: flags)
        } catch {
            switch error {
            case .file(let name, let reason): throw unreadable(name, reason)
            case .mistakes(let mistakes): throw Failure(mistakes)
            }
        }
    }

    private func unreadable(_ name: String, _ reason: InputFileError) -> Failure {
        let code = if case .tooLarge = reason { ExitCode.configuration } else { ExitCode.reading(reason) }
        return Failure(
            code, "settings file \(name): \(reason.message)",
            hint: (reason == .notPermitted ? "check the owner and mode of the file; " : "")
                + "--config FILE names another")
    }

    /// The plugin that the arguments name, or the only one.
    func plugin(of settings: Settings) throws(Failure) -> PluginSettings {
        let names = settings.plugins.map(\.name)
        guard let plugin else {
            guard settings.plugins.count == 1 else {
                throw Failure(
                    .usage, "several plugins are configured: \(names.joined(separator: ", "))",
                    hint: "choose one with --plugin NAME")
            }
            return settings.plugins[0]
        }
        guard let found = settings.plugins.first(where: { $0.name == plugin }) else {
            throw Failure(
                .usage, "--plugin: there is no plugin '\(plugin)' in the settings",
                hint: Suggestion.question(plugin, among: names) ?? "there are: \(names.joined(separator: ", "))")
        }
        return found
    }
}

extension Failure {
    /// Wrong usage where only flags are wrong, else wrong settings.
    init(_ mistakes: [Mistake]) {
        let isUsage = mistakes.allSatisfy { if case .flag = $0.origin { true } else { false } }
        self.init(
            isUsage ? .usage : .configuration, mistakes.map(\.description),
            hint: isUsage ? nil : "'\(Program.name) config check' looks at all settings")
    }
}
