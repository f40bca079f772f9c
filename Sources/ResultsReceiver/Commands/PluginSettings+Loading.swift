import Configuration
import Schema
import Signature

// What the settings of a plugin name: secrets and schema.

extension PluginSettings {
    /// The secrets, in the order of the settings; at least one, none empty.
    ///
    /// Fails with exit code 78, or 77 where a file may not be read, or may be read by others.
    func loadSecrets(in surroundings: Surroundings) throws(Failure) -> [Secret] {
        guard !secrets.value.isEmpty else {
            throw Failure(
                .configuration, Mistake(placeOfNoSecret, "plugin \(name) has no secret").description,
                hint: "give --secret-file FILE, \(SettingsTable.secretVariable), or secret-file in the settings")
        }
        return try load(secrets, of: "secret-file", surroundings)
    }

    /// The secrets that were in use once and sign nothing any more; fails as `loadSecrets` does.
    func loadRetiredSecrets(in surroundings: Surroundings) throws(Failure) -> [Secret] {
        try load(retired, of: "retired-secret-file", surroundings)
    }

    private func load(
        _ sources: Sourced<[SecretSource]>, of key: String, _ surroundings: Surroundings
    ) throws(Failure) -> [Secret] {
        var loaded: [Secret] = []
        var wrong: Failure?
        for source in sources.value {
            do throws(Failure) {
                loaded.append(
                    try load(source, surroundings) { message, cure in
                        Failure(.configuration, Mistake(sources.origin, key: key, message, cure: cure).description)
                    })
            } catch {
                // All that cannot be had are said at once.
                wrong = wrong.map { Failure($0.code, $0.messages + error.messages, hint: $0.hint) } ?? error
            }
        }
        if let wrong { throw wrong }
        return loaded
    }

    /// The key that was left empty, or else the section that lacks it.
    private var placeOfNoSecret: Origin {
        if case .file = secrets.origin { return secrets.origin }
        return origin
    }

    /// `wrong` says a message and its cure at the place of the key.
    private func load(
        _ source: SecretSource, _ surroundings: Surroundings, _ wrong: (String, String?) -> Failure
    ) throws(Failure) -> Secret {
        if case .environment(let name) = source {
            guard let secret = surroundings.secret else {
                throw wrong("the secret is empty", "set \(name) to the agreed secret, or unset it")
            }
            return secret
        }
        let place = try source.place(in: surroundings, wrong)
        return try Secret.read(place, called: "secret file", cure: "put the agreed secret into it", wrong)
    }

    /// What is unwise about these secrets, which are in use all the same: too short to be safe from guessing.
    func warnings(about loaded: [Secret]) -> [Mistake] {
        zip(secrets.value, loaded).filter { $1.count < 16 }.map { source, secret in
            Mistake(
                secrets.origin, key: "secret-file", "the secret\(source.location) has only \(secret.count) bytes",
                cure: "agree on one of 16 or more")
        }
    }
}

extension PluginSettings {
    /// The schema of its messages: the built-in one unless the settings name another.
    ///
    /// Fails with exit code 78, with 77 where the file may not be read, with 66 where a flag names a missing one.
    func loadSchema() throws(Failure) -> Schema {
        let (schema, faults) = tryToLoad(try readSchema())
        guard let schema else { throw Failure(.configuration, faults) }
        return schema
    }

    /// Everything that keeps the schema from being loaded.
    func schemaFaults() -> [String] {
        do throws(Failure) { return tryToLoad(try readSchema()).faults } catch { return error.messages }
    }

    /// The schema, or what is wrong with it: of the mapping each wrong field.
    private func tryToLoad(_ xsd: [UInt8]?) -> (schema: Schema?, faults: [String]) {
        var faults: [String] = []
        var rest = self
        for _ in 0...FieldMapping.Field.allCases.count {
            do throws(SchemaLoadError) {
                let schema = try rest.loadSchema(xsd)
                return (faults.isEmpty ? schema : nil, faults)
            } catch {
                faults.append(mistake(error).description)
                switch error {
                case .unmapped(let field), .expression(let field, _, _): rest.map[field] = Sourced("/*")
                case .schema, .otherShape, .failed: return (nil, faults)
                }
            }
        }
        return (nil, faults)
    }

    private func loadSchema(_ xsd: [UInt8]?) throws(SchemaLoadError) -> Schema {
        guard let file = schema.value, let xsd else { return try Schema.builtIn() }
        let mapping = map.isEmpty ? nil : FieldMapping(map.mapValues(\.value))
        return try Schema(xsd: xsd, name: file, mapping: mapping)
    }

    private func readSchema() throws(Failure) -> [UInt8]? {
        guard let file = schema.value else { return nil }
        do throws(InputFileError) {
            return try InputFile.read(file, limit: 16 << 20)
        } catch {
            let cure =
                error == .notPermitted
                ? "check the owner and mode of the file" : "name an XSD, or none for the built-in one"
            let mistake = Mistake(schema.origin, key: "schema", "\(file): \(error.message)", cure: cure)
            // A file that the command line names is an input like others; else the settings are wrong.
            let isFlag = if case .flag = schema.origin { true } else { false }
            let code = isFlag || error == .notPermitted ? ExitCode.reading(error) : .configuration
            throw Failure(code, mistake.description)
        }
    }

    private func mistake(_ error: SchemaLoadError) -> Mistake {
        switch error {
        case .schema(let name, let line, let reason):
            return Mistake(
                schema.origin, key: "schema", line > 0 ? "\(name):\(line): \(reason)" : "\(name): \(reason)",
                cure: "the file must be an XSD 1.0")
        case .unmapped(let field):
            return Mistake(
                schema.origin, key: "schema", "map-\(field.rawValue) is missing",
                cure: "say by an XPath where the schema's messages hold the field")
        case .otherShape(let fields):
            let places = fields.compactMap { FieldMapping.standard[$0] }.joined(separator: ", ")
            let keys = FieldMapping.Field.allCases.filter(\.isNeeded).map { "map-\($0.rawValue)" }
            let others = keys.dropLast().joined(separator: ", ") + " and \(keys.last ?? "")"
            let isInFile = if case .file = schema.origin { true } else { false }
            return Mistake(
                schema.origin, key: "schema",
                "messages of \(schema.value ?? "") have no \(places), and no map-... says where these stand instead",
                cure: (isInFile ? "write below it" : "name it in the settings file, and below it")
                    + " the XPaths \(others), and those of the other fields it has")
        case .expression(let field, let expression, let reason):
            return Mistake(
                map[field]?.origin ?? schema.origin, key: "map-\(field.rawValue)", "'\(expression)': \(reason)",
                cure: "write XPath 1.0")
        case .failed:
            return Mistake(schema.origin, key: "schema", "libxml2 could not read it")
        }
    }
}

extension SecretSource {
    /// Its file, and whether that is a credential of systemd.
    func place(
        in surroundings: Surroundings, _ wrong: (String, String?) -> Failure
    ) throws(Failure) -> (path: String, isCredential: Bool) {
        let folder = surroundings.environment["CREDENTIALS_DIRECTORY"] ?? ""
        switch self {
        case .file(let path):
            return (path, !folder.isEmpty && path.hasPrefix(folder + "/") && !path.contains("/../"))
        case .credential(let name):
            guard !folder.isEmpty else {
                throw wrong(
                    "there is no credential \(name), because systemd did not start the program",
                    "name a file, or give the unit LoadCredential=\(name):FILE")
            }
            return ("\(folder)/\(name)", true)
        case .environment(let name): preconditionFailure("a variable has no file: \(name)")
        }
    }
}

extension Secret {
    /// Reads a file that others must not be able to read; `kind` is what it is called.
    static func read(
        _ place: (path: String, isCredential: Bool), called kind: String, cure: String,
        _ wrong: (String, String?) -> Failure
    ) throws(Failure) -> Secret {
        do throws(SecretError) {
            return try Secret.read(file: place.path, isCredential: place.isCredential)
        } catch {
            let message = error.description(of: kind)
            switch error {
            case .denied:
                throw Failure(.notPermitted, wrong(message, "check the owner and mode of the file").messages)
            case .missing where place.isCredential:
                let name = place.path[(place.path.lastIndex(of: "/") ?? place.path.startIndex)...].dropFirst()
                throw wrong(message, "give the unit LoadCredential=\(name):FILE")
            case .directory: throw wrong(message, "name a file in it")
            case .exposed: throw Failure(.notPermitted, wrong(message, "chmod 600 \(place.path)").messages)
            default: throw wrong(message, cure)
            }
        }
    }
}

extension SecretSource {
    /// ` of FILE`, where it is in a file.
    fileprivate var location: String {
        if case .environment = self { return "" }
        return " of \(self)"
    }
}
