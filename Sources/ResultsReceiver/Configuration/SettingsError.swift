/// Why there are no settings at all.
package enum SettingsError: Error, Sendable, Equatable {
    /// The settings file could not be read.
    case file(String, InputFileError)
    /// At least one; in the order of the file, then of the environment and the flags.
    case mistakes([Mistake])
}

/// The settings as far as they could be read.
package struct LoadedSettings: Sendable {
    /// Where something is wrong, the value is the one that would hold without it.
    package var settings: Settings
    /// With any of these the settings must not be used.
    package var mistakes: [Mistake] = []
    /// The file has a section that is wrong as a whole, whose keys were passed over: what seems to be missing may stand
    /// there.
    package var hasUnreadSection = false
    /// What is allowed, but hardly meant.
    package var warnings: [Mistake] = []
}

/// A setting given by a flag of the command line.
package struct SettingFlag: Sendable, Equatable {
    /// The key, such as `listen`.
    package var key: String
    /// The flag with its dashes.
    package var flag: String
    /// One for each time the flag was given.
    package var values: [String]

    package init(key: String, flag: String, values: [String]) {
        self.key = key
        self.flag = flag
        self.values = values
    }
}
