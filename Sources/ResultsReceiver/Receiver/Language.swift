/// The languages in which answers are written, by their tags (RFC 5646).
package enum Language: String, CaseIterable, Sendable {
    case nl, en, de

    /// The one of three texts that is in this language. Only that one is composed.
    func say(
        nl: @autoclosure () -> String, en: @autoclosure () -> String, de: @autoclosure () -> String
    ) -> String {
        switch self {
        case .nl: nl()
        case .en: en()
        case .de: de()
        }
    }
}
