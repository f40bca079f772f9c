/// Brings file, environment and flags together into settings: flags beat the environment, which beats the file.
package struct SettingsLoader: Sendable {
    /// Read where nobody names a file, if it is there.
    package static let standardFile = "/etc/results-receiver/results-receiver.conf"
    /// In bytes; a settings file beyond it is a mistake.
    static let largestFile = 1 << 20

    package var environment: [String: String]
    package var standardFile: String

    package init(environment: [String: String], standardFile: String = SettingsLoader.standardFile) {
        self.environment = environment
        self.standardFile = standardFile
    }

    /// The settings, or everything that is wrong with them.
    package func settings(file: String? = nil, flags: [SettingFlag] = []) throws(SettingsError) -> Settings {
        let loaded = try load(file: file, flags: flags)
        guard loaded.mistakes.isEmpty else { throw .mistakes(loaded.mistakes) }
        return loaded.settings
    }

    /// Goes on after mistakes, so that all of them are told at once.
    ///
    /// Without `file`, reads the one named by `RESULTS_RECEIVER_CONFIG`, or the standard file where it is there.
    /// Throws only `.file`.
    package func load(file: String? = nil, flags: [SettingFlag] = []) throws(SettingsError) -> LoadedSettings {
        var assembly = SettingsAssembly(stateFolder: nonEmpty("STATE_DIRECTORY").map(SettingsLoader.firstFolder))
        if let file = file ?? nonEmpty(SettingsTable.fileVariable) ?? existingStandardFile {
            do throws(InputFileError) {
                assembly.read(try InputFile.read(file, limit: SettingsLoader.largestFile), file: file)
            } catch {
                throw .file(file, error)
            }
        }
        if assembly.loaded.settings.plugins.isEmpty { assembly.loaded.settings.plugins = [PluginSettings()] }
        assembly.read(environment: environment)
        for flag in flags { assembly.read(flag) }
        assembly.takeCredential(folder: nonEmpty("CREDENTIALS_DIRECTORY"))
        assembly.checkTogether()
        return assembly.loaded
    }

    private func nonEmpty(_ name: String) -> String? { environment[name].flatMap { $0.isEmpty ? nil : $0 } }

    private var existingStandardFile: String? { InputFile.exists(standardFile) ? standardFile : nil }

    /// systemd separates several folders by colons; the first is the one of the unit's name.
    private static func firstFolder(_ list: String) -> String {
        list.split(separator: ":").first.map(String.init) ?? list
    }
}
