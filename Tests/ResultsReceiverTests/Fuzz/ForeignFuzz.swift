import Foundation
import Results

@testable import Schema

/// Bytes as a message of the example's other schema, whose fields are mapped by XPath.
final class ForeignFuzz: FuzzTarget {
    private let schema: Schema
    private let lane: Validator
    private let zone: CivilTime

    init() throws {
        let folder = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "../../../Resources/samples/foreign").standardizedFileURL
        var mapping = FieldMapping([:])
        for line in try String(contentsOf: folder.appending(path: "results-receiver.conf"), encoding: .utf8)
            .split(separator: "\n")
        {
            let parts = line.split(separator: "=", maxSplits: 1).map { $0.trimmingCharacters(in: .whitespaces) }
            guard parts.count == 2, parts[0].hasPrefix("map-") else { continue }
            guard let field = FieldMapping.Field(rawValue: String(parts[0].dropFirst(4))) else {
                throw BrokenInvariant(description: "the example maps \(parts[0])")
            }
            mapping.expressions[field] = parts[1]
        }
        let xsd = folder.appending(path: "training-event.xsd")
        schema = try Schema(xsd: Array(Data(contentsOf: xsd)), name: xsd.path(), mapping: mapping)
        lane = Validator(schema: schema)
        zone = CivilTime(zone: "Europe/Amsterdam") ?? .utc
    }

    func run(_ input: [UInt8]) throws {
        let fresh = Validator(schema: schema)
        for message in input.split(separator: 0xFD, maxSplits: 7, omittingEmptySubsequences: false).map({ Array($0) }) {
            let outcome = MessageOutcome(of: message, by: lane, in: zone)
            try MessageInvariants.check(outcome, message, lane: lane, fresh: fresh, in: zone)
            if case .completion(let completion) = outcome {
                try demand(completion.present == true && completion.part == nil, "mapped \(completion)")
            }
            if case .refusedByDecoder(.schema(let issues)) = outcome {
                for issue in issues {
                    guard case .field = issue.kind else { throw BrokenInvariant(description: "\(issue)") }
                }
            }
        }
    }
}
