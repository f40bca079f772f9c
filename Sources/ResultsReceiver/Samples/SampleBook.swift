import FoundationEssentials

/// The status table made executable: `Resources/samples/`, built into the program.
package struct SampleBook: Sendable {
    /// In an order in which all of them can be sent.
    package let samples: [Sample]
    /// Reasons that no request alone can cause, and where they are tested instead.
    package let elsewhere: [Elsewhere]
    /// The enrolments that some samples need, as a file for `enrolments import`: invented persons.
    package let enrolments: [UInt8]

    package struct Elsewhere: Sendable, Decodable {
        package let reason: String
        package let why: String
        /// The suite of tests.
        package let test: String
    }

    /// - Parameter prefix: what all ids of the enrolments begin with instead of their own, such as `selftest-4711-`,
    ///   so that they are nobody's; nil: their own.
    /// - Throws: when the program was built from samples that do not fit together.
    package init(prefix: String? = nil) throws {
        let manifest = try JSONDecoder().decode(Manifest.self, from: Data(SampleFile.manifest))
        let ids = prefix == nil ? [] : SampleFile.identifiers
        samples = try manifest.samples.map { try $0.sample(renaming: ids, prefix: prefix ?? "") }
        elsewhere = manifest.elsewhere
        enrolments = prefix.map(SampleFile.enrolments(prefix:)) ?? SampleFile.enrolments
    }
}

private struct Manifest: Decodable {
    let samples: [Row]
    let elsewhere: [SampleBook.Elsewhere]

    struct Row: Decodable {
        let name: String
        let about: String
        let method: String?
        let path: String?
        let query: String?
        let fields: [String: String]?
        let signature: Sample.SignatureForm?
        let body: String?
        let replace: [String: String]?
        let length: Int?
        let enrolments: Bool?
        let registers: Bool?
        let after: String?
        let expect: Sample.Expectation

        func sample(renaming ids: [String], prefix: String) throws -> Sample {
            let method = method ?? "POST"
            return Sample(
                name: name, about: about, needsEnrolments: enrolments ?? false, registers: registers ?? false,
                after: after, expectation: expect,
                form: Sample.Form(
                    method: method, path: path, query: query, fields: fields ?? [:], signing: signature ?? .usual,
                    body: method == "GET" ? nil : try content(renaming: ids, prefix: prefix)))
        }

        private func content(renaming ids: [String], prefix: String) throws -> [UInt8] {
            guard let body else { return [] }
            guard let file = SampleFile.message(body) else { throw SampleError.noSuchFile(body) }
            var text = String(decoding: file, as: UTF8.self)
            for (old, new) in replace ?? [:] {
                guard text.contains(old) else { throw SampleError.nothingToReplace(old) }
                text = text.replacing(old, with: new)
            }
            for id in ids { text = text.replacing("<id>\(id)</id>", with: "<id>\(prefix)\(id)</id>") }
            let bytes = Array(text.utf8)
            // White space after a message is no part of it.
            return bytes + [UInt8](repeating: UInt8(ascii: "\n"), count: max(0, (length ?? 0) - bytes.count))
        }
    }
}

/// Why the manifest does not fit the files beside it.
package enum SampleError: Error, Equatable {
    case noSuchFile(String)
    case nothingToReplace(String)
}
