import Configuration
import Glibc
import Registry
import Results
import TLS

/// `config check`: says everything that is wrong with the settings and with what they name.
struct ConfigCheckCommand: Command {
    static let definition = CommandDefinition(
        path: ["config", "check"], summary: "Say every mistake in the settings, with its place",
        flags: FlagDefinition.registry,
        details: [
            "Looks at the settings file and the environment, then tries the secrets, the schemas, the certificates "
                + "and the database that they name. Starts nothing, and makes no database."
        ],
        exitCodes: [
            (.ok, "the settings can be used"), (.noInput, "the settings file is not there"),
            (.notPermitted, "the settings file may not be read"), (.configuration, "there are mistakes"),
        ])

    private let settings: SettingsArguments

    init(_ arguments: ParsedArguments) throws(Failure) {
        settings = SettingsArguments(arguments, of: Self.definition)
    }

    func run(in surroundings: Surroundings) async throws(Failure) -> ExitCode {
        let loaded = try settings.load(in: surroundings)
        var mistakes = loaded.mistakes.map(\.description)
        var warnings = loaded.warnings
        var hint: String?
        for plugin in loaded.settings.plugins {
            // A plugin that the file seems not to have may be what an unreadable section was meant to be.
            if loaded.hasUnreadSection, plugin.origin == .standard { continue }
            do throws(Failure) {
                warnings += plugin.warnings(about: try plugin.loadSecrets(in: surroundings))
                _ = try plugin.loadRetiredSecrets(in: surroundings)
            } catch {
                mistakes += error.messages
                hint = hint ?? error.hint
            }
            mistakes += plugin.schemaFaults()
        }
        for listener in loaded.settings.listeners {
            do throws(Failure) {
                guard let identity = try listener.loadIdentity(in: surroundings) else { continue }
                if let notice = ExpiryNotice(listener: listener.name, expiry: identity.expiry, now: .now()) {
                    warnings.append(
                        Mistake(
                            listener.certificate.origin, key: "certificate", "\(notice.message) (\(notice.moment))",
                            cure: "renew it"))
                }
            } catch {
                mistakes += error.messages
                hint = hint ?? error.hint
            }
        }
        if let fault = databaseFault(loaded.settings.server.database) { mistakes.append(fault.description) }
        for warning in warnings { surroundings.warn(warning.description) }
        guard mistakes.isEmpty else { throw Failure(.configuration, mistakes, hint: hint) }
        try surroundings.output.writeLine("\(loaded.settings.file ?? "the settings"): no mistakes")
        return .ok
    }

    /// What keeps a server from using the database: an existing one is opened, of a missing one the folder looked at.
    private func databaseFault(_ database: Sourced<String>) -> Mistake? {
        let path = database.value
        guard InputFile.exists(path) else {
            let folder = path.lastIndex(of: "/").map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
            guard unsafe access(folder, W_OK | X_OK) != 0 else { return nil }
            return Mistake(
                database.origin, key: "database", "\(folder): \(InputFileError.sentence(errno))",
                cure: "the folder must be there, and the server's user must be able to write in it")
        }
        do throws(RegistryError) {
            _ = try RegistryAccess(to: path)
            return nil
        } catch {
            return Mistake(database.origin, key: "database", "\(error)")
        }
    }
}
