import Client
import Configuration
import Dispatch
import Signature

/// `send`: signs a message, posts it and shows the answer.
struct SendCommand: Command {
    static let definition = CommandDefinition(
        path: ["send"], summary: "Sign a message, post it, and show the answer",
        arguments: [ArgumentDefinition(name: "FILE", summary: "The message; - reads standard input")],
        flags: [.url, .authorities, .secretFile, .algorithm, .plugin, .config],
        details: ["Prints HTTP and the status code in a line of its own, and below it what the server said."],
        exitCodes: [
            (.ok, "the answer was 200"),
            (.badData, "the answer was 400, 403, 404, 405 or another that blames the request"),
            (.noInput, "the file or the settings file is not there"),
            (.unavailable, "the answer was 500 or 503, or there was none"),
            (.notPermitted, "a file may not be read"),
            (.configuration, "there is no secret, or the settings are wrong"),
        ])

    private let url: String
    private let authorities: String?
    private let message: MessageArguments

    init(_ arguments: ParsedArguments) throws(Failure) {
        url = arguments.value(FlagDefinition.url.name) ?? ""
        authorities = arguments.value(FlagDefinition.authorities.name)
        message = MessageArguments(arguments, of: Self.definition)
    }

    func run(in surroundings: Surroundings) async throws(Failure) -> ExitCode {
        let (message, signature) = try message.signed(in: surroundings)
        var request = OutgoingRequest(
            url: url,
            fields: [
                ("Content-Type", "text/xml; charset=utf-8"), ("X-WebHook-Signature", signature),
                ("Accept", "application/json"),
            ], body: message)
        request.authorityFile = try surroundings.readable(authorities)
        request.introduceItself()
        let answer: OutgoingResponse
        do throws(OutgoingError) {
            answer = try await request.send()
        } catch {
            throw Failure(error, url: url)
        }
        try surroundings.output.writeLine("HTTP \(answer.status)")
        if !answer.body.isEmpty {
            try surroundings.output.write(answer.body + (answer.body.last == 0x0A ? [] : [0x0A]))
        }
        return SendCommand.exitCode(of: answer.status)
    }

    /// What a status says to a script: done, mend the message, or try again later.
    static func exitCode(of status: Int) -> ExitCode {
        switch status {
        case 200: .ok
        case 400...499: .badData
        default: .unavailable
        }
    }
}

extension FlagDefinition {
    static let url = FlagDefinition(
        name: "--url", placeholder: "URL", isNeeded: true,
        summary: "The endpoint, such as https://results.example.nl/results")

    static let authorities = FlagDefinition(
        name: "--cacert", placeholder: "FILE",
        summary: "Certificates (PEM) to trust for https instead of the system's authorities")
}

extension Surroundings {
    /// The name of a file once it is known to be readable; nil where there is none.
    func readable(_ path: String?) throws(Failure) -> String? {
        if let path { _ = try read(path, limit: 16 << 20) }
        return path
    }
}

extension OutgoingRequest {
    mutating func introduceItself() { fields.append(("User-Agent", "\(Program.name)/\(Program.version)")) }

    /// Performs the request without keeping a thread of the concurrency pool waiting.
    func send() async throws(OutgoingError) -> OutgoingResponse {
        let request = self
        let result: Result<OutgoingResponse, OutgoingError> = await withCheckedContinuation { continuation in
            DispatchQueue.global().async {
                do throws(OutgoingError) {
                    continuation.resume(returning: .success(try request.perform()))
                } catch {
                    continuation.resume(returning: .failure(error))
                }
            }
        }
        return try result.get()
    }
}

extension Failure {
    /// No answer from the URL.
    init(_ error: OutgoingError, url: String) {
        switch error.kind {
        case .badURL, .unsendable:
            self.init(.usage, "--url: '\(url)': \(error)", hint: "write http://HOST:PORT/results, for instance")
        default: self.init(.unavailable, "\(url): \(error)", hint: Failure.hint(on: error.kind))
        }
    }

    private static func hint(on kind: OutgoingError.Kind) -> String {
        switch kind {
        case .untrusted:
            "have this machine trust the authority of the certificate, or name it by --cacert; and name the host as the "
                + "certificate does"
        case .tls: "is --url an address for https?"
        default: "does the server run, and is --url its address?"
        }
    }
}
