import Foundation
import Testing

@testable import Registry

/// Nobody uses a database while another file takes its place, and no file takes the place of one that is used.
@Suite struct RegistryLockTests {
    private let folder: TemporaryFolder
    private var path: String { folder.file("results.db") }

    init() throws { folder = try TemporaryFolder() }

    @Test func aStoreHoldsItUntilItIsClosed() throws {
        let store = try SQLiteStore(path: path, logger: nil)
        #expect(throws: RegistryError.inUse(path: path)) { try RegistryLock(of: path, .exclusive) }
        store.close()
        _ = try RegistryLock(of: path, .exclusive)
    }

    @Test func aCommandHoldsItAsLongAsItHasTheDatabaseOpen() throws {
        try withExtendedLifetime(RegistryAccess(to: path, creating: true)) {
            _ = #expect(throws: RegistryError.inUse(path: path)) { try RegistryLock(of: path, .exclusive) }
        }
        _ = try RegistryLock(of: path, .exclusive)
    }

    @Test func whoComesWhileADatabaseIsReplacedWaitsAndIsTold() throws {
        _ = try RegistryAccess(to: path, creating: true)
        try withExtendedLifetime(RegistryLock(of: path, .exclusive)) {
            for patience: Int32 in [0, 50] {
                #expect(throws: RegistryError.beingReplaced(path: path)) {
                    try RegistryAccess(to: path, patience: patience)
                }
            }
        }
        _ = try RegistryAccess(to: path, patience: 0)
    }

    @Test func aRestorationLetsNobodyUseTheDatabaseBeforeItsEnd() throws {
        let backup = folder.file("backup.db")
        _ = try RegistryAccess(to: path, creating: true).backUp(to: backup)
        var steps = 0
        _ = try RegistryRestore(from: backup, to: path).run { _ in
            steps += 1
            #expect(throws: RegistryError.beingReplaced(path: path)) { try RegistryAccess(to: path, patience: 0) }
        }
        #expect(steps > 0)
        _ = try RegistryAccess(to: path, patience: 0)
    }

    @Test func aLinkToTheDatabaseIsTheSameDatabase() throws {
        _ = try RegistryAccess(to: path, creating: true)
        try FileManager.default.createSymbolicLink(atPath: folder.file("link.db"), withDestinationPath: path)
        try withExtendedLifetime(RegistryAccess(to: folder.file("link.db"))) {
            _ = #expect(throws: RegistryError.inUse(path: path)) { try RegistryLock(of: path, .exclusive) }
        }
    }

    @Test func theLockIsForItsOwnerAloneAndNoLinkIsFollowed() throws {
        _ = try RegistryAccess(to: path, creating: true)
        let mode = try FileManager.default.attributesOfItem(atPath: path + ".lock")[.posixPermissions] as? Int
        #expect(mode == 0o600)
        try FileManager.default.removeItem(atPath: path + ".lock")
        try FileManager.default.createSymbolicLink(
            atPath: path + ".lock", withDestinationPath: folder.file("elsewhere"))
        #expect(throws: RegistryError.self) { try RegistryAccess(to: path) }
        #expect(!FileManager.default.fileExists(atPath: folder.file("elsewhere")))
    }
}
