import Foundation
import Schema
import Testing

/// What the package is made of, and what the built program needs of the machine.
@Suite struct PackageTests {
    private static func text(_ path: String) throws -> String {
        try String(contentsOf: DocumentationPage.repository.appending(path: path), encoding: .utf8)
    }

    private static func sources(_ folder: String) throws -> [URL] {
        let url = DocumentationPage.repository.appending(path: folder)
        let files = try #require(FileManager.default.enumerator(at: url, includingPropertiesForKeys: nil))
        return files.compactMap { $0 as? URL }
    }

    @Test func itsPartsHaveTheirNamesAndPlaces() throws {
        let manifest = try Self.text("Package.swift")
        for line in [
            "name: \"ResultsReceiver\",",
            ".executable(name: \"results-receiver\", targets: [\"ResultsReceiver\"])",
            ".executableTarget(\n            name: \"ResultsReceiver\",", ".target(name: \"CHMAC\",",
            "name: \"ResultsReceiverTests\",",
        ] {
            #expect(manifest.contains(line), "\(line)")
        }
        for path in ["Sources/ResultsReceiver/Main.swift", "Sources/CHMAC", "Resources/results.xsd"] {
            let file = DocumentationPage.repository.appending(path: path).path()
            #expect(FileManager.default.fileExists(atPath: file), "\(path)")
        }
    }

    @Test func itDependsOnNoOtherPackage() throws {
        let manifest = try Self.text("Package.swift")
        #expect(!manifest.contains(".package("))
        #expect(!manifest.contains(".product("))
        #expect(!manifest.contains(".binaryTarget("))
    }

    @Test func itImportsNothingButItsRoomsFoundationAndTheSystem() throws {
        let files = try Self.sources("Sources")
        let rooms = files.filter { $0.deletingLastPathComponent().lastPathComponent == "ResultsReceiver" }
            .map(\.lastPathComponent)
        #expect(rooms.contains("Receiver"))
        let allowed = Set(rooms).union([
            "Foundation", "FoundationEssentials", "Dispatch", "Glibc", "Synchronization", "CHMAC", "CSystem",
            "CLibXML2", "CSQLite", "CCurl", "CTLS",
        ])
        var count = 0
        for file in files where file.pathExtension == "swift" {
            let imports = try String(contentsOf: file, encoding: .utf8)
                .matches(of: #/(?m)^(?:\w+ )?import (?:struct |class |func |enum )?(\w+)/#)
            count += imports.count
            for match in imports { #expect(allowed.contains(String(match.1)), "\(match.1) in \(file.path())") }
        }
        #expect(count > 100)
    }

    /// Beside Swift's own: OpenSSL, libxml2, SQLite, libcurl and the C library.
    /// The sanitizers bring tsan, asan and resolv.
    @Test func theProgramLinksNothingElse() async throws {
        let ended = try await BuiltProgram.shell("readelf -dW \"$PROGRAM\"")
        let libraries = ended.output.matches(of: #/\(NEEDED\).*\[(?:lib)?([^.\]]+)\./#).map { String($0.1) }
        #expect(libraries.contains("crypto") && libraries.contains("xml2"))
        let allowed: Set<String> = [
            "crypto", "ssl", "xml2", "sqlite3", "curl", "dispatch", "BlocksRuntime", "Foundation",
            "FoundationEssentials",
            "FoundationInternationalization", "_FoundationICU", "c", "m", "gcc_s", "stdc++", "tsan", "asan", "resolv",
        ]
        for library in libraries {
            #expect(
                allowed.contains(library) || library.hasPrefix("swift") || library.hasPrefix("ld-linux"), "\(library)")
        }
    }

    @Test func macsAreComparedByOpenSSLsFunctionOfConstantTime() async throws {
        let ended = try await BuiltProgram.shell("readelf --dyn-syms -W \"$PROGRAM\"")
        #expect(ended.output.contains(" CRYPTO_memcmp"))
        let source = try Self.text("Sources/CHMAC/chmac.c")
        #expect(source.contains("int chmac_equal(const void *a, const void *b, size_t length) { return CRYPTO_memcmp("))
    }

    @Test func theBuiltInSchemaIsTheFile() throws {
        #expect(try String(decoding: Schema.builtInText, as: UTF8.self) == Self.text("Resources/results.xsd"))
    }

    @Test func theBinaryAloneChecksMessagesAnywhere() async throws {
        let folder = try TemporaryFolder()
        let program = folder.file("elsewhere")
        try FileManager.default.copyItem(atPath: BuiltProgram.path, toPath: program)
        let message = RunningServer.message(student: "p1")
        try Data(message.utf8).write(to: URL(fileURLWithPath: folder.file("m.xml")))
        let right = try await BuiltProgram.shell("./elsewhere check m.xml", folder: folder.path)
        #expect(right.code == 0 && right.errors == "")
        try Data(message.replacing("8.5", with: "101").utf8).write(to: URL(fileURLWithPath: folder.file("m.xml")))
        #expect(try await BuiltProgram.shell("./elsewhere check m.xml", folder: folder.path).code == 65)
    }
}
