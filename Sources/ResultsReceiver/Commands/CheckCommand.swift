import Configuration
import Receiver
import Results
import Schema

/// `check`: says of messages whether they would be taken, and where they would not.
struct CheckCommand: Command {
    static let definition = CommandDefinition(
        path: ["check"], summary: "Check messages against the schema",
        arguments: [ArgumentDefinition(name: "FILE", count: .oneOrMore, summary: "A message; - reads standard input")],
        flags: [.schema, .plugin, .config],
        details: [
            "Prints FILE:LINE:COLUMN: reason for what is wrong, at most \(MessageError.issueLimit) for each file, and "
                + "nothing for a message that is right. The reasons are in Dutch or German where the locale is."
        ],
        exitCodes: [
            (.ok, "all messages are right"), (.badData, "a message is wrong"), (.noInput, "a file is not there"),
            (.notPermitted, "a file may not be read"), (.configuration, "the settings or the schema are wrong"),
        ])

    private let files: [String]
    private let settings: SettingsArguments

    init(_ arguments: ParsedArguments) throws(Failure) {
        files = arguments.positional
        settings = SettingsArguments(arguments, of: Self.definition)
    }

    func run(in surroundings: Surroundings) async throws(Failure) -> ExitCode {
        let settings = try self.settings.settings(in: surroundings)
        let plugin = try self.settings.plugin(of: settings)
        let checker = MessageChecker(
            validator: Validator(schema: try plugin.loadSchema()), zone: settings.zone,
            limit: settings.limits.bodyBytes.value, language: Language(of: settings, surroundings.environment))
        var codes: Set<ExitCode> = []
        for file in files {
            do throws(Failure) {
                let message = try surroundings.read(file, limit: MessageFile.largest)
                let faults = try checker.faults(of: message)
                for fault in faults { try surroundings.output.writeLine("\(file):\(fault)") }
                if !faults.isEmpty { codes.insert(.badData) }
            } catch {
                // One file that cannot be read keeps nobody from seeing the others.
                guard [.noInput, .notPermitted, .badData].contains(error.code) else { throw error }
                surroundings.report(error)
                codes.insert(error.code)
            }
        }
        return [.badData, .noInput, .notPermitted].first { codes.contains($0) } ?? .ok
    }
}

/// Looks at a message as a delivery does, its signature aside.
struct MessageChecker {
    let validator: Validator
    let zone: CivilTime
    let limit: Int
    let language: Language

    /// `LINE:COLUMN: reason` for everything that is wrong.
    func faults(of message: [UInt8]) throws(Failure) -> [String] {
        guard !message.isEmpty else { return ["1:1: \(text(.empty))"] }
        guard message.count <= limit else { return ["1:1: \(text(.tooLarge))"] }
        let issues: [Issue]
        do throws(MessageError) {
            _ = try validator.validate(message).decode(in: zone)
            return []
        } catch {
            switch error {
            case .notXML(let issue), .doctype(let issue): issues = [issue]
            case .schema(let found): issues = found
            case .failed(let code): throw Failure(.internalError, "libxml2 could not do its work (\(code))")
            }
        }
        return issues.map { "\($0.line):\($0.column): \($0.text(in: language, quotingValues: true))" }
    }

    private enum Size { case empty, tooLarge }

    private func text(_ size: Size) -> String {
        switch (size, language) {
        case (.empty, .nl): "er staat niets in"
        case (.empty, .en): "there is nothing in it"
        case (.empty, .de): "es steht nichts darin"
        case (.tooLarge, .nl): "het bericht is groter dan \(limit) bytes (body-bytes)"
        case (.tooLarge, .en): "the message is larger than \(limit) bytes (body-bytes)"
        case (.tooLarge, .de): "die Nachricht ist größer als \(limit) Bytes (body-bytes)"
        }
    }
}

extension Language {
    /// The language of whoever reads a command's output: Dutch or German by the locale, else the language that the
    /// settings name, else English, in which the program speaks to operators.
    init(of settings: Settings, _ environment: [String: String]) {
        let locale = ["LC_ALL", "LC_MESSAGES", "LANG"].lazy.compactMap { environment[$0] }.first { !$0.isEmpty }
        let tag = locale.map { String($0.prefix(2)).lowercased() }
        if let language = tag.flatMap(Language.init(rawValue:)) {
            self = language
        } else if settings.server.language.origin != .standard {
            self = Language(rawValue: settings.server.language.value) ?? .en
        } else {
            self = .en
        }
    }
}
