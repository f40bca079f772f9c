/// Something wrong with the settings: one line that names the place, the key and the cure.
package struct Mistake: Sendable, Equatable, CustomStringConvertible {
    package var origin: Origin
    /// The key or section it is about; empty where the line itself cannot be read.
    package var key: String
    package var message: String
    package var cure: String?

    package init(_ origin: Origin, key: String = "", _ message: String, cure: String? = nil) {
        self.origin = origin
        self.key = key
        self.message = message
        self.cure = cure
    }

    /// `FILE:LINE:COLUMN: key: what is wrong; what cures it`. A flag or a variable stands in the place of place and key.
    package var description: String {
        let start =
            switch origin {
            case .standard: key.isEmpty ? "" : "\(key): "
            case .file(let place): key.isEmpty ? "\(place): " : "\(place): \(key): "
            case .environment(let name), .flag(let name): "\(name): "
            }
        return start + message + (cure.map { "; \($0)" } ?? "")
    }
}
