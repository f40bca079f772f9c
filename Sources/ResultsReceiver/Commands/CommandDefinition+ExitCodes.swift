// The exit codes that several commands share.

extension CommandDefinition {
    /// Those that every command has: its arguments, its output, and its own faults.
    static let commonCodes: [(code: ExitCode, meaning: String)] = [.ok, .usage, .internalError, .outputError].map {
        ($0, $0.meaning)
    }

    /// Of a command that opens the registry's database, and makes a missing one where it is `creating`. What a code means
    /// to this command alone stands before what it means to all.
    static func registryCodes(
        creating: Bool = false, _ own: [ExitCode: String] = [:]
    ) -> [(code: ExitCode, meaning: String)] {
        let shared: [(code: ExitCode, meaning: String)] = [
            (.badData, "the database is another program's, damaged, or of a newer release"),
            (.noInput, creating ? "the settings file is not there" : "there is no database, or no settings file"),
            (.unavailable, "another process keeps the database locked"),
            (.cannotCreate, creating ? "the database cannot be made or opened" : "the database cannot be opened"),
            (.notPermitted, "permission denied"),
            (.configuration, "the settings are wrong, or the database cannot be on this file system"),
        ]
        return shared.map { code, meaning in (code, own[code].map { "\($0); or \(meaning)" } ?? meaning) }
    }
}
