import Foundation
import HTTP
import Log
import Registry
import Results
import Samples
import Schema
import Signature
import Synchronization
import Testing

@testable import Receiver

/// A results service over a registry that holds the sample enrolments. Requests go in as octets and through the real
/// parser, as on a connection.
final class ResultsServiceFixture {
    static let key = "a secret for these tests only"

    let registry: RegistryFixture
    let committer: Committer
    let service: ResultsService
    let log: CapturedLog
    let settings: ReceiverSettings
    let traffic = Traffic()

    /// What one request got.
    struct Got {
        let response: Response
        let code: Int
        let text: String
        /// The fields of a JSON answer, all as text.
        let json: [String: String]

        var reason: String { json["reason"] ?? "" }
        var message: String { json["message"] ?? "" }
        func value(_ name: FieldName) -> String? { response.fields.first { $0.name == name }?.value }
    }

    /// `change` is about the settings, which are the defaults with one plugin; `store` may put another before the real
    /// one.
    static func run(
        registryTime: Duration = ResultsService.registryTime, capacity: Int = 1024,
        change: (inout ReceiverSettings) throws -> Void = { _ in },
        store: (SQLiteStore) -> any Store = { $0 }, _ body: (ResultsServiceFixture) async throws -> Void
    ) async throws {
        let fixture = try ResultsServiceFixture(registryTime, capacity, change, store)
        do { try await body(fixture) } catch {
            await fixture.committer.finish()
            throw error
        }
        await fixture.committer.finish()
    }

    private init(
        _ registryTime: Duration, _ capacity: Int, _ change: (inout ReceiverSettings) throws -> Void,
        _ store: (SQLiteStore) -> any Store
    ) throws {
        registry = try RegistryFixture()
        log = CapturedLog()
        var rest = try SampleBook().enrolments[...]
        _ = try EnrolmentImport(into: registry.path).run(
            CSVReader { (chunk) throws(CSVError) in
                let piece = rest.prefix(chunk.count)
                chunk.replaceSubrange(0..<piece.count, with: piece)
                rest = rest.dropFirst(piece.count)
                return piece.count
            })
        committer = Committer(store: store(registry.store), logger: log.logger, capacity: capacity)
        var settings = ReceiverSettings(
            plugins: [Plugin(name: "default", secrets: [try Self.secret(Self.key)], schema: try Schema.builtIn())],
            zone: try #require(CivilTime(zone: "Europe/Amsterdam")))
        try change(&settings)
        self.settings = settings
        service = ResultsService(
            settings: settings, committer: committer, logger: log.logger, traffic: traffic,
            registryTime: registryTime)
    }

    static func secret(_ text: String) throws -> Secret { try #require(Secret(Array(text.utf8))) }

    /// The samples as they are built in.
    static func sample(_ name: String) throws -> Sample {
        try #require(SampleBook().samples.first { $0.name == name })
    }

    func send(_ sample: Sample) async throws -> Got {
        try await send(sample.request(path: "/results", secret: try Self.secret(Self.key)).octets(host: "localhost"))
    }

    func send(sample name: String) async throws -> Got { try await send(try Self.sample(name)) }

    /// Posts a body that is signed with SHA-1 unless another signature (or "", none) is given.
    func post(
        _ body: String, method: String = "POST", target: String = "/results", signature: String? = nil,
        key: String = ResultsServiceFixture.key, algorithm: Algorithm = .sha1, fields: [(String, String)] = []
    ) async throws -> Got {
        let right = Signing.fieldValue(for: Array(body.utf8), secret: try Self.secret(key), algorithm: algorithm)
        let header = signature ?? right
        let request = SampleRequest(
            method: method, target: target,
            fields: fields.map { (name: $0.0, value: $0.1) }
                + (header.isEmpty ? [] : [("X-WebHook-Signature", header)]),
            body: Array(body.utf8))
        return try await send(request.octets(host: "localhost"))
    }

    /// What a connection does with these octets, which must hold one request or what is none.
    func send(_ octets: [UInt8]) async throws -> Got {
        let client = Client(address: "192.0.2.7")
        var parser = RequestParser(limits: Limits())
        parser.append(octets)
        var head: RequestHead?
        do throws(ParserError) {
            guard let parsed = try parser.parseHead() else { throw ParserError.invalidRequestLine }
            head = parsed
            switch service.admit(parsed, from: client) {
            case .respond(let response): return Got(response)
            case .receive(let receiver):
                switch try parser.parseContent(limit: receiver.limit) {
                case .complete(let body): return Got(await receiver.receive(body))
                case .incomplete: return Got(service.refuse(.contentTimedOut, head: head, from: client))
                case .tooLarge:
                    let refusal = Refusal.contentTooLarge(limit: receiver.limit)
                    return Got(service.refuse(refusal, head: head, from: client))
                }
            }
        } catch {
            return Got(service.refuse(.malformed(error), head: head, from: client))
        }
    }

    /// The lines of the log so far.
    func lines() throws -> [[String: String]] { try log.lines() }
}

extension ResultsServiceFixture.Got {
    init(_ response: Response) {
        self.response = response
        code = response.status.code
        text = String(decoding: response.content, as: UTF8.self)
        let object = (try? JSONSerialization.jsonObject(with: Data(response.content))) as? [String: Any]
        json = (object ?? [:]).mapValues { "\($0)" }
    }
}

/// A log whose lines stay here.
final class CapturedLog: Sendable {
    let logger: Logger
    private let sink: Sink

    init() {
        let sink = Sink()
        logger = Logger(minimum: .debug, format: .json) { sink.append($0) }
        self.sink = sink
    }

    private final class Sink: Sendable {
        private let octets = Mutex<[UInt8]>([])
        func append(_ more: [UInt8]) { octets.withLock { $0 += more } }
        var text: String { octets.withLock { String(decoding: $0, as: UTF8.self) } }
    }

    /// All that was logged so far.
    var text: String {
        logger.flush()
        return sink.text
    }

    func lines() throws -> [[String: String]] {
        try text.split(separator: "\n").map { line in
            let object = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
            return try #require(object).mapValues { "\($0)" }
        }
    }
}
