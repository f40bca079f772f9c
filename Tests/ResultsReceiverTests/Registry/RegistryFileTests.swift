import CSQLite
import Foundation
@testable import Registry
import Testing

/// The database as a file: who may read it, what else may lie in its place, and which versions are understood.
@Suite struct RegistryFileTests {
    private let folder: TemporaryFolder
    private var path: String { folder.file("results.db") }

    init() throws { folder = try TemporaryFolder() }

    private func mode(_ path: String) throws -> Int {
        try #require(try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int)
    }

    @Test func theDatabaseAndItsLogAreForTheOwnerOnly() throws {
        let old = umask(0)
        defer { umask(old) }
        let connection = try Connection(registry: path, creating: true)
        try connection.execute("UPDATE maintenance SET message = 'x'")
        for file in ["results.db", "results.db-wal", "results.db-shm"] {
            #expect(try mode(folder.file(file)) == 0o600, "\(file)")
        }
    }

    @Test func anEmptyFileBecomesARegistry() throws {
        #expect(FileManager.default.createFile(atPath: path, contents: Data()))
        let connection = try Connection(registry: path, creating: false)
        #expect(try connection.prepare("PRAGMA user_version").first { $0.integer(0) } == 2)
        #expect(try connection.prepare("PRAGMA application_id").first { $0.integer(0) } == 0x5252_6462)
    }

    /// A registry as the first version made it, with a result that came through it.
    @Test func aRegistryOfTheFirstVersionIsBroughtUpWithItsResults() throws {
        #expect(FileManager.default.createFile(atPath: path, contents: Data()))
        let old = try Connection(file: path)
        try old.execute(Migrations.steps[0])
        try old.execute(
            """
            PRAGMA application_id = \(Migrations.applicationID); PRAGMA user_version = 1;
            INSERT INTO enrolment(enrolment_id, person_id, course_id) VALUES ('e1', 'p1', 'c1'), ('e2', 'p2', 'c1');
            INSERT INTO result(enrolment_id, student_id, course_id, created_at, completed_at, approved_on, received_at,
                reference, plugin, digest) VALUES ('e1', 'p1', 'c1', 1, 1, '1970-01-01', 1, 'r', 'default', zeroblob(32));
            """)
        let access = try RegistryAccess(to: path)
        let rows = try access.results(matching: ResultFilter(person: "p1"))
        #expect(try rows.next()?.enrolmentID == "e1")
        #expect(try access.missing().next()?.enrolmentID == "e2")
        #expect(try access.connection.prepare("PRAGMA user_version").first { $0.integer(0) } == 2)
    }

    @Test func openingAgainChangesNothing() throws {
        try Connection(registry: path, creating: true).execute(
            "INSERT INTO enrolment(enrolment_id, person_id, course_id) VALUES ('e1', 'p1', 'c1')")
        let connection = try Connection(registry: path, creating: true)
        #expect(try connection.prepare("SELECT count(*) FROM enrolment").first { $0.integer(0) } == 1)
    }

    @Test func everyCommitIsSyncedAndForeignKeysHold() throws {
        let connection = try Connection(registry: path, creating: true)
        let settings = ["journal_mode": "wal", "synchronous": "2", "foreign_keys": "1", "trusted_schema": "0"]
        for (name, value) in settings {
            #expect(try connection.prepare("PRAGMA \(name)").first { $0.text(0) } == value, "\(name)")
        }
    }

    @Test func aNewerDatabaseIsRefusedWithBothNumbers() throws {
        try Connection(registry: path, creating: true).execute("PRAGMA user_version = 99")
        let error = #expect(throws: RegistryError.self) { try Connection(registry: path, creating: true) }
        #expect(error == .newer(path: path, found: 99, supported: 2))
        #expect(error?.description.contains("99") == true && error?.description.contains("up to 2") == true)
    }

    @Test func anotherApplicationsDatabaseIsRefusedAndNotTouched() throws {
        #expect(FileManager.default.createFile(atPath: path, contents: Data()))
        var handle: OpaquePointer?
        unsafe sqlite3_open(path, &handle)
        unsafe sqlite3_exec(handle, "CREATE TABLE theirs(x); PRAGMA application_id = 77", nil, nil, nil)
        unsafe sqlite3_close(handle)
        let before = try Data(contentsOf: URL(filePath: path))
        #expect(throws: RegistryError.foreign(path: path, applicationID: 77)) {
            try Connection(registry: path, creating: true)
        }
        #expect(try Data(contentsOf: URL(filePath: path)) == before)
    }

    @Test func aDatabaseWithTablesAndNoApplicationIDIsRefused() throws {
        var handle: OpaquePointer?
        unsafe sqlite3_open(path, &handle)
        unsafe sqlite3_exec(handle, "CREATE TABLE theirs(x)", nil, nil, nil)
        unsafe sqlite3_close(handle)
        #expect(throws: RegistryError.foreign(path: path, applicationID: 0)) {
            try Connection(registry: path, creating: true)
        }
    }

    @Test func aFileThatIsNoDatabaseIsRefused() throws {
        try Data(repeating: 0x41, count: 4096).write(to: URL(filePath: path))
        #expect(throws: RegistryError.notADatabase(path: path)) { try Connection(registry: path, creating: true) }
    }

    @Test func aMissingFolderIsSaidSo() throws {
        let path = folder.file("missing/results.db")
        #expect(throws: RegistryError.cannotOpen(path: path, errno: ENOENT)) {
            try Connection(registry: path, creating: true)
        }
    }

    @Test func aFolderInPlaceOfTheFileIsRefused() throws {
        #expect(throws: RegistryError.cannotOpen(path: folder.path, errno: EISDIR)) {
            try Connection(registry: folder.path, creating: true)
        }
    }

    @Test func aMissingFileIsNotMadeByThoseWhoOnlyRead() throws {
        #expect(throws: RegistryError.missing(path: path)) { try Connection(registry: path, creating: false) }
        #expect(!FileManager.default.fileExists(atPath: path))
    }

    @Test(.enabled(if: geteuid() != 0, "root writes everywhere")) func aReadOnlyFolderIsRefused() throws {
        try FileManager.default.setAttributes([.posixPermissions: 0o500], ofItemAtPath: folder.path)
        defer { try? FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: folder.path) }
        #expect(throws: RegistryError.cannotOpen(path: path, errno: EACCES)) {
            try Connection(registry: path, creating: true)
        }
    }

    @Test func aNameThatMeansSomethingToSQLiteIsOnlyAFileName() throws {
        let connection = try Connection(registry: folder.file(":memory:"), creating: true)
        try connection.execute("UPDATE maintenance SET message = 'x'")
        #expect(FileManager.default.fileExists(atPath: folder.file(":memory:-wal")))
    }

    @Test func manyWhoOpenANewRegistryAtOnceLayItOutOnce() async throws {
        let path = path
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<8 {
                group.addTask { _ = try Connection(registry: path, creating: true) }
            }
            try await group.waitForAll()
        }
        let connection = try Connection(registry: path, creating: false)
        #expect(try connection.prepare("SELECT count(*) FROM maintenance").first { $0.integer(0) } == 1)
    }
}
