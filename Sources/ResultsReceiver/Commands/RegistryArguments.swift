import Configuration
import Registry
import Results

/// What every command that reads or writes the registry begins with: settings, zone and the open database.
struct RegistryArguments: Sendable {
    private let settings: SettingsArguments

    init(_ arguments: ParsedArguments, of definition: CommandDefinition) {
        settings = SettingsArguments(arguments, of: definition)
    }

    func settings(in surroundings: Surroundings) throws(Failure) -> Settings {
        try settings.settings(in: surroundings)
    }

    /// Opens the database of the settings.
    func registry(in surroundings: Surroundings, creating: Bool = false) throws(Failure) -> RegistryAccess {
        try RegistryArguments.open(settings(in: surroundings), creating: creating)
    }

    static func open(_ settings: Settings, creating: Bool = false) throws(Failure) -> RegistryAccess {
        do throws(RegistryError) {
            return try RegistryAccess(to: settings.server.database.value, creating: creating)
        } catch {
            throw Failure(error)
        }
    }
}

extension Settings {
    /// The zone of approval dates and of times that name none.
    var zone: CivilTime {
        // The loader refuses a zone that the system does not know.
        CivilTime(zone: server.timeZone.value) ?? .utc
    }
}

/// Runs a step of a command whose only error is the registry's.
func withRegistry<Value>(_ step: () throws(RegistryError) -> Value) throws(Failure) -> Value {
    do throws(RegistryError) { return try step() } catch { throw Failure(error) }
}
