// What single keys cannot show: settings that contradict each other.

import Schema

extension SettingsAssembly {
    /// The last step: puts the mistakes into the order of the file, too. Those of the environment and of flags stay
    /// behind them, as they came.
    mutating func checkTogether() {
        defer { loaded.mistakes = inOrder(loaded.mistakes) }
        for plugin in loaded.settings.plugins where plugin.schema.value == nil {
            for (field, expression) in plugin.map.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
                loaded.mistakes.append(
                    Mistake(
                        expression.origin, key: "map-\(field.rawValue)", "the built-in schema needs no mapping",
                        cure: "name another schema, or leave the key out"))
            }
        }
        checkListeners()
        let admin = loaded.settings.admin
        if let address = admin.listen.value, !address.isLoopback, !admin.isPublic.value {
            loaded.mistakes.append(
                Mistake(
                    admin.listen.origin, key: "listen",
                    "other machines may reach \(address), and the admin endpoints ask nobody who they are",
                    cure: "write 127.0.0.1:\(address.port), or public = yes in [admin] where strangers are kept out"))
        }
        let limits = loaded.settings.limits
        if limits.inFlightBytes.value < limits.bodyBytes.value {
            loaded.warnings.append(
                Mistake(
                    limits.inFlightBytes.origin, key: "in-flight-bytes", "less than body-bytes",
                    cure: "a body as large as body-bytes allows will never fit"))
        }
    }

    private func inOrder(_ mistakes: [Mistake]) -> [Mistake] {
        func key(_ mistake: Mistake, _ position: Int) -> (line: Int, column: Int, position: Int) {
            if case .file(let place) = mistake.origin {
                (place.line, place.column, position)
            } else {
                (.max, 0, position)
            }
        }
        return mistakes.enumerated().sorted { key($0.element, $0.offset) < key($1.element, $1.offset) }.map(\.element)
    }
}
