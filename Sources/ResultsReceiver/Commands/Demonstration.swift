import Configuration
import Glibc
import Registry
import Samples
import Signature

/// What `serve --demo` serves: a database of its own with the sample enrolments, a secret that everybody may know, and
/// requests to try. Nothing of it outlives the process.
struct Demonstration {
    /// Public on purpose: it protects invented persons only.
    static let secret = "a demonstration secret"

    private let folder: String
    private var database: String { "\(folder)/results.db" }

    /// Makes the temporary folder and the database in it.
    init() throws(Failure) {
        let parent = unsafe getenv("TMPDIR").map { unsafe String(cString: $0) } ?? "/tmp"
        var template = Array("\(parent)/results-receiver-demo-XXXXXX".utf8CString)
        let made = unsafe template.withUnsafeMutableBufferPointer { buffer in
            unsafe buffer.baseAddress.flatMap { unsafe mkdtemp($0) }.map { unsafe String(cString: $0) }
        }
        guard let made else {
            throw Failure(
                .cannotCreate, "cannot make a folder in \(parent): \(InputFileError.sentence(errno))",
                hint: "TMPDIR names another place")
        }
        folder = made
        do {
            try fill()
        } catch {
            remove()
            throw Failure(.internalError, "the sample enrolments cannot be imported: \(error)")
        }
    }

    private func fill() throws {
        _ = try EnrolmentImport(into: database).run(CSVReader(bytes: try SampleBook().enrolments))
    }

    /// The settings of the demonstration; the machine's own settings and environment play no part.
    func settings(listen: [String], path: String?, admin: String?) throws(Failure) -> LoadedSettings {
        var flags = [
            SettingFlag(key: "listen", flag: "--listen", values: listen.isEmpty ? ["127.0.0.1:8080"] : listen),
            SettingFlag(key: "database", flag: "--database", values: [database]),
        ]
        if let path { flags.append(SettingFlag(key: "path", flag: "--path", values: [path])) }
        if let admin { flags.append(SettingFlag(key: "admin", flag: "--admin", values: [admin])) }
        do throws(SettingsError) {
            let loaded = try SettingsLoader(environment: Demonstration.environment, standardFile: "")
                .load(flags: flags)
            guard loaded.mistakes.isEmpty else { throw SettingsError.mistakes(loaded.mistakes) }
            return loaded
        } catch {
            guard case .mistakes(let mistakes) = error else {
                throw Failure(.internalError, "the demonstration reads no settings file, but met one")
            }
            throw Failure(mistakes)
        }
    }

    /// Says that the secret is given in the environment, as `Surroundings` has it.
    static let environment = [SettingsTable.secretVariable: ""]

    /// Removes everything; the server must have closed the database.
    func remove() {
        for name in ["results.db", "results.db-wal", "results.db-shm", "results.db-journal", "results.db.lock"] {
            _ = unsafe unlink("\(folder)/\(name)")
        }
        _ = unsafe rmdir(folder)
    }

    /// The requests to try, for whoever looks at the terminal.
    func text(for urls: [String]) -> String {
        guard let url = urls.first else { return "" }
        let requests = DemonstrationRequest.all.map { "# \($0.about)\n\($0.curl(url))\n" }
        return """
            The demonstration listens on \(url). Paste these lines into another terminal, one after the other:

            \(requests.joined(separator: "\n"))
            To sign messages of your own, and to test the whole status table:
                RESULTS_RECEIVER_SECRET='\(Demonstration.secret)' results-receiver send FILE --url \(url)
                RESULTS_RECEIVER_SECRET='\(Demonstration.secret)' results-receiver selftest --url \(url)
            What was registered: results-receiver results list --database \(database)
            Ctrl-C ends the demonstration and removes its database.

            """
    }
}

/// A request that can be pasted: one command, complete in itself.
private struct DemonstrationRequest {
    let about: String
    var body: String?
    /// What is signed; nil: no signature header.
    var signed: String?

    func curl(_ url: String) -> String {
        var words = ["curl -sS -w '\\n'"]
        if let body {
            words.append("-H 'Content-Type: text/xml; charset=UTF-8'")
            if let signed, let secret = Secret(Array(Demonstration.secret.utf8)) {
                let value = Signing.fieldValue(for: Array(signed.utf8), secret: secret, algorithm: .sha1)
                words.append("-H 'X-WebHook-Signature: \(value)'")
            }
            words.append("--data-binary '\(body)'")
        }
        return (words + ["'\(url)'"]).joined(separator: " ")
    }

    static let all: [DemonstrationRequest] = {
        let message = Self.message(student: "p1011", part: 17)
        let stranger = message.replacing("p1011", with: "p9999")
        let invalid = message.replacing("<score>8.5</score>", with: "<score>850</score>")
        return [
            DemonstrationRequest(about: "200: the result is registered", body: message, signed: message),
            DemonstrationRequest(
                about: "403: the body is not the one that was signed", body: stranger, signed: message),
            DemonstrationRequest(about: "400: the mark is out of range", body: invalid, signed: invalid),
            DemonstrationRequest(about: "404: nobody is enrolled under this id", body: stranger, signed: stranger),
            DemonstrationRequest(
                about: "404: another part of the course reports the same enrolment",
                body: Self.message(student: "p1011", part: 18), signed: Self.message(student: "p1011", part: 18)),
            DemonstrationRequest(about: "405: only POST is taken"),
        ]
    }()

    /// On one line and without an apostrophe, so that it stands between two in a shell.
    private static func message(student: String, part: Int) -> String {
        """
        <message><type>coursepartcompletion</type><created>2026-11-20T14:03:12+01:00</created>\
        <student><id>\(student)</id><firstName>Iris</firstName><lastName>Bedacht</lastName></student>\
        <course><id>e2001</id><name>Veilig werken langs de weg</name></course>\
        <part><id>\(part)</id><name>Toets \(part)</name></part>\
        <result><completed>2026-11-20T14:03:10+01:00</completed><passed>true</passed><present>true</present>\
        <score>8.5</score></result></message>
        """
    }
}
