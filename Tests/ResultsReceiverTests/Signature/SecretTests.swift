import Foundation
import Signature
import Testing

@Suite struct SecretTests {
    /// A folder that goes with the test.
    private final class Folder {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("secrets-\(UUID().uuidString)").path

        init() throws { try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false) }
        deinit { try? FileManager.default.removeItem(atPath: path) }

        func file(_ octets: [UInt8], mode: Int = 0o600) throws -> String {
            let file = path + "/" + UUID().uuidString
            try #require(
                FileManager.default.createFile(
                    atPath: file, contents: Data(octets), attributes: [.posixPermissions: mode]))
            return file
        }
    }

    private func error(reading file: String) -> SecretError? {
        do throws(SecretError) {
            _ = try Secret.read(file: file)
            return nil
        } catch {
            return error
        }
    }

    @Test(arguments: [
        ("secret", "secret"), ("secret\n", "secret"), ("secret\r\n", "secret"), ("secret\n\n", "secret\n"),
        ("secret\r\n\r\n", "secret\r\n"), ("secret\r", "secret\r"), (" secret ", " secret "), ("\nsecret", "\nsecret"),
        ("a\0b", "a\0b"), ("\n\n", "\n"), ("\r\n\n", "\r\n"), ("s", "s"),
    ])
    func oneEndOfLineIsRemoved(written: String, expected: String) throws {
        let folder = try Folder()
        let secret = try Secret.read(file: folder.file(Array(written.utf8)))
        #expect(secret == Secret(Array(expected.utf8)))
        #expect(secret.count == expected.utf8.count)
    }

    @Test func aSecretIsOctetsNotText() throws {
        let folder = try Folder()
        let octets = [UInt8](0...255)
        #expect(try Secret.read(file: folder.file(octets)) == Secret(octets))
    }

    @Test func whatGivesNoSecretIsTold() throws {
        let folder = try Folder()
        for written in ["", "\n", "\r\n"] {
            let file = try folder.file(Array(written.utf8))
            #expect(error(reading: file) == .empty(file: file))
        }
        #expect(error(reading: folder.path) == .directory(file: folder.path))
        #expect(error(reading: folder.path + "/none") == .missing(file: folder.path + "/none"))
        let below = try folder.file([1]) + "/none"
        #expect(error(reading: below) == .missing(file: below))
        let large = try folder.file(.init(repeating: 65, count: Secret.largestFile + 1))
        #expect(error(reading: large) == .tooLarge(file: large))
        #expect(error(reading: try folder.file(.init(repeating: 65, count: Secret.largestFile))) == nil)
        let long = "/" + String(repeating: "x", count: 5000)
        #expect(error(reading: long) == .unreadable(file: long, code: ENAMETOOLONG))
    }

    @Test(.enabled(if: geteuid() != 0, "the superuser may read everything"))
    func aFileThatMayNotBeReadIsDenied() throws {
        let folder = try Folder()
        let file = try folder.file([1], mode: 0o000)
        #expect(error(reading: file) == .denied(file: file))
    }

    @Test func errorsNameTheFileInASentence() {
        #expect(SecretError.missing(file: "/a/b").description == "there is no secret file /a/b")
        #expect(
            SecretError.exposed(file: "/a", mode: 0o644).description
                == "the secret file /a has mode 0644: other users can read it")
        #expect(
            SecretError.exposed(file: "/a", mode: 0o620).description
                == "the secret file /a has mode 0620: other users can change it")
        #expect(
            SecretError.unreadable(file: "/a", code: EIO).description.hasPrefix("the secret file /a cannot be read: "))
    }

    @Test(arguments: [0o600, 0o640, 0o400, 0o440, 0o711, 0o700, 0o750])
    func aFileThatNobodyElseCanReadOrChangeIsTaken(mode: Int) throws {
        let folder = try Folder()
        #expect(error(reading: try folder.file([1], mode: mode)) == nil)
    }

    @Test(arguments: [0o644, 0o604, 0o666, 0o602, 0o660, 0o620, 0o606, 0o777, 0o444])
    func aFileThatOthersCanReadOrChangeIsRefused(mode: Int) throws {
        let folder = try Folder()
        let file = try folder.file([1], mode: mode)
        #expect(error(reading: file) == .exposed(file: file, mode: mode_t(mode)))
        // An empty one gives nothing away.
        let empty = try folder.file([], mode: mode)
        #expect(error(reading: empty) == .empty(file: empty))
        // systemd closes the folder of its credentials instead.
        #expect(try Secret.read(file: file, isCredential: true) == Secret([1]))
    }

    @Test func theFileBehindALinkIsJudgedAndNotTheLink() throws {
        let folder = try Folder()
        let (open, closed) = (try folder.file([1], mode: 0o644), try folder.file([2]))
        for (file, link) in [(open, "open"), (closed, "closed")] {
            try FileManager.default.createSymbolicLink(atPath: folder.path + "/" + link, withDestinationPath: file)
        }
        #expect(error(reading: folder.path + "/open") == .exposed(file: folder.path + "/open", mode: 0o644))
        #expect(try Secret.read(file: folder.path + "/closed") == Secret([2]))
    }

    @Test func anEmptySecretIsNone() { #expect(Secret([]) == nil) }

    @Test func secretsAreComparedByAllOfTheirOctets() {
        #expect(Secret([1, 2, 3]) == Secret([1, 2, 3]))
        #expect(Secret([1, 2, 3]) != Secret([1, 2, 4]))
        #expect(Secret([1, 2, 3]) != Secret([1, 2]))
    }

    @Test func aSecretIsNeverShown() throws {
        struct Holder { let secret: Secret; let others: [Secret?] }
        let secret = try #require(Secret(Array("hunter2hunter2hu".utf8)))
        let holder = Holder(secret: secret, others: [secret, nil])
        var dumped = ""
        dump(holder, to: &dumped)
        let texts = [
            "\(secret)", String(describing: secret), String(reflecting: secret), "\(holder)",
            String(reflecting: holder), dumped, "\([secret])", "\(["key": secret])", secret.debugDescription,
        ]
        for text in texts {
            #expect(
                !text.contains("hunter") && !text.contains("104") && !text.contains("68756e") && !text.contains("0x"))
        }
        #expect(Mirror(reflecting: secret).children.isEmpty)
        #expect(Mirror(reflecting: secret).superclassMirror == nil)
    }
}
