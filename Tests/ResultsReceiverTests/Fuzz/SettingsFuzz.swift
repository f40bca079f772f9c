@testable import Configuration

/// Bytes as a settings file, as the value of each variable of the environment, and as a word that somebody mistyped.
struct SettingsFuzz: FuzzTarget {
    private static let file = "x.conf"

    init() {}

    func run(_ input: [UInt8]) throws {
        let loaded = Self.read(input)
        let again = Self.read(input)
        try demand(loaded.mistakes == again.mistakes && loaded.warnings == again.warnings, "other mistakes again")
        let shown = SettingsReport(loaded.settings).text
        try demand(shown == SettingsReport(again.settings).text, "other settings again")
        try check(loaded.mistakes, input)
        for warning in loaded.warnings {
            try demand(!"\(warning)".replacing("\t", with: " ").holdsControlCharacter, "\(warning)")
        }
        if loaded.mistakes.isEmpty { try readShown(shown) }
        if input.count <= 64 {
            // The suggestion of a time zone reads the system's list and compares all six hundred: one time in sixteen.
            var random = InputRandom(seed: input)
            try asWord(String(decoding: input, as: UTF8.self), withZone: random.next() % 16 == 0)
        }
    }

    private static func read(_ bytes: [UInt8]) -> LoadedSettings {
        var assembly = SettingsAssembly(stateFolder: nil)
        assembly.read(bytes, file: file)
        assembly.checkTogether()
        return assembly.loaded
    }

    private func check(_ mistakes: [Mistake], _ input: [UInt8]) throws {
        let lines = input.split(separator: 0x0A, omittingEmptySubsequences: false)
        var last = (line: 1, column: 1)
        for mistake in mistakes {
            guard case .file(let place) = mistake.origin else {
                throw BrokenInvariant(description: "no place: \(mistake)")
            }
            try demand(place.file == Self.file && (1...lines.count).contains(place.line), "\(mistake)")
            // In a line that is not UTF-8 each octet counts at most once.
            let width = lines[place.line - 1].count
            try demand((1...width + 1).contains(place.column), "\(mistake), a line of \(width)")
            try demand(last <= (place.line, place.column), "\(mistake) after \(last)")
            last = (place.line, place.column)
            // A tab may stand in a value, and so in what is told of it.
            try demand(!"\(mistake)".replacing("\t", with: " ").holdsControlCharacter, "\(mistake)")
        }
    }

    /// `config show` writes a file that says the same.
    private func readShown(_ shown: String) throws {
        let loaded = Self.read(Array(shown.utf8))
        try demand(loaded.mistakes.isEmpty, "shown: \(shown)\n\(loaded.mistakes)")
        let again = SettingsReport(loaded.settings).text
        try demand(Self.values(again) == Self.values(shown), "shown: \(shown)\nread: \(again)")
    }

    /// The lines without the comments that name the origin, which are the last thing on each.
    private static func values(_ report: String) -> [Substring] {
        report.split(separator: "\n").map { line in
            guard let mark = line.lastIndex(of: "#") else { return line }
            var value = line[..<mark]
            while value.last == " " { value = value.dropLast() }
            return value
        }
    }

    private func asWord(_ text: String, withZone: Bool) throws {
        var assembly = SettingsAssembly(stateFolder: nil)
        assembly.loaded.settings.plugins = [PluginSettings()]
        let keys = SettingsTable.unnamedKeys.map(\.variable) + SettingsTable.plugin.keys.map(\.variable)
        let given = keys.filter { withZone || $0 != SettingsTable.variable("time-zone") }
        assembly.read(environment: Dictionary(uniqueKeysWithValues: given.map { ($0, text) }))
        for mistake in assembly.loaded.mistakes {
            guard case .environment(let name) = mistake.origin, keys.contains(name) else {
                throw BrokenInvariant(description: "\(mistake)")
            }
        }
        if let nearest = Suggestion.nearest(to: text, among: keys) { try demand(keys.contains(nearest), nearest) }
    }
}
