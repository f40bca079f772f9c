/// How much a line of the log matters.
package enum Level: Int, Comparable, Sendable, CaseIterable {
    /// For whoever develops or hunts a fault.
    case debug
    /// Something happened as it should.
    case info
    /// Someone should look at it when there is time.
    case warning
    /// Something the server is for did not happen.
    case error

    /// The word in the log.
    package var name: String {
        switch self {
        case .debug: "debug"
        case .info: "info"
        case .warning: "warning"
        case .error: "error"
        }
    }

    package static func < (a: Level, b: Level) -> Bool { a.rawValue < b.rawValue }
}
