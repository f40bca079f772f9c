import Configuration
import Schema
import Signature

// What the settings of a plugin name: secrets and schema.

extension PluginSettings {
    /// The secrets, in the order of the settings; at least one, none empty.
    ///
    /// Fails with exit code 78, or 77 where a file may not be read.
    func loadSecrets(in surroundings: Surroundings) throws(Failure) -> [Secret] {
        guard !secrets.value.isEmpty else {
            throw Failure(
                .configuration, "plugin \(name) has no secret",
                hint: "give --secret-file FILE, \(SettingsTable.secretVariable), or secret-file in the settings")
        }
        var loaded: [Secret] = []
        for source in secrets.value {
            loaded.append(try load(source, surroundings.environment))
        }
        return loaded
    }

    private func load(_ source: SecretSource, _ environment: [String: String]) throws(Failure) -> Secret {
        switch source {
        case .file(let path): return try read(path)
        case .credential(let name):
            guard let folder = environment["CREDENTIALS_DIRECTORY"], !folder.isEmpty else {
                throw wrong("there is no credential \(name), because systemd did not start the program", nil)
            }
            return try read("\(folder)/\(name)")
        case .environment(let name):
            guard let secret = Secret(Array((environment[name] ?? "").utf8)) else {
                throw wrong("the secret is empty", "set \(name) to the agreed secret, or unset it")
            }
            return secret
        }
    }

    private func read(_ path: String) throws(Failure) -> Secret {
        do throws(SecretError) {
            return try Secret.read(file: path)
        } catch {
            if case .denied = error {
                throw Failure(
                    .notPermitted, wrong("\(error)", nil).messages, hint: "check the owner and mode of the file")
            }
            throw wrong("\(error)", "put the agreed secret into it")
        }
    }

    private func wrong(_ message: String, _ cure: String?) -> Failure {
        Failure(.configuration, Mistake(secrets.origin, key: "secret-file", message, cure: cure).description)
    }

    /// The names of the secrets of these that are so short that they could be guessed.
    func shortSecrets(_ loaded: [Secret]) -> [Mistake] {
        zip(secrets.value, loaded).filter { $1.count < 16 }.map { source, secret in
            Mistake(
                secrets.origin, key: "secret-file", "the secret of \(source) has only \(secret.count) bytes",
                cure: "agree on one of 16 or more")
        }
    }
}
