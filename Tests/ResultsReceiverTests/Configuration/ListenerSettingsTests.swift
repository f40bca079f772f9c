import Configuration
import Foundation
import Testing

/// The sections `[listener NAME]`.
@Suite struct ListenerSettingsTests {
    private static let whole = """
        [listener public]
        address = 0.0.0.0:8443, [::]:8443
        certificate = /c.pem
        key = credential:tls-key
        client-ca = ca.pem
        [listener inner]
        address = 127.0.0.1:8081

        """

    @Test func everyKeyIsTaken() throws {
        let settings = try SettingsFixture(text: Self.whole).load().settings
        #expect(settings.listeners.map(\.name) == ["public", "inner"])
        let first = settings.listeners[0]
        #expect(first.addresses.value.map(\.description) == ["0.0.0.0:8443", "[::]:8443"])
        #expect(first.certificate.value == .file("/c.pem"))
        #expect(first.key.value == .credential("tls-key"))
        #expect(first.clientAuthority.value.map { "\($0)".hasSuffix("/ca.pem") } == true)
        #expect(first.hasTLS)
        #expect(!settings.listeners[1].hasTLS)
    }

    @Test func besideListenersThereIsNoListenUnlessItIsNamed() throws {
        #expect(try SettingsFixture(text: Self.whole).load().settings.server.listen.value.isEmpty)
        let named = try SettingsFixture(text: "[server]\nlisten = a:1\n" + Self.whole).load().settings
        #expect(named.server.listen.value.map(\.description) == ["a:1"])
        #expect(try SettingsFixture(text: "").load().settings.server.listen.value.count == 2)
    }

    @Test func whatConfigShowPrintsIsTakenAsItIs() throws {
        let settings = try SettingsFixture(text: Self.whole).load().settings
        let report = SettingsReport(settings).text
        let again = try SettingsFixture(text: report).load()
        #expect(again.mistakes == [])
        #expect(again.settings.listeners.map(\.addresses.value) == settings.listeners.map(\.addresses.value))
        #expect(again.settings.listeners.map(\.key.value) == settings.listeners.map(\.key.value))
        #expect(report.contains("\n[listener public]\naddress = 0.0.0.0:8443, [::]:8443 "))
    }

    private static let tls = "address = a:1\ncertificate = c\nkey = k\n"

    /// What a file says, and everything that is wrong with it.
    static let wrong: [(text: String, mistakes: [String])] = [
        ("[listener]\n\(tls)", ["x.conf:1:1: [listener]: the listener's name is missing; write [listener public]"]),
        (
            "[listener a:b]\n\(tls)",
            [
                "x.conf:1:1: [listener a:b]: this is no name for a listener; use at most 64 ASCII letters, digits and "
                    + "signs without spaces, colons and quotes"
            ]
        ),
        (
            "[listener admin]\n\(tls)",
            [
                "x.conf:1:1: [listener admin]: a socket of this name is that of the admin endpoints; choose another "
                    + "name"
            ]
        ),
        (
            "[listener a]\n\(tls)[listener a]\naddress = a:2\n",
            ["x.conf:5:1: [listener a]: the section is given twice; put its keys under line 1"]
        ),
        (
            "[listener a]\ncertificate = c\nkey = k\n",
            ["x.conf:1:1: address: [listener a] has no address; write address = HOST:PORT below it"]
        ),
        ("[listener a]\naddress =\n", ["x.conf:2:1: address: the value is missing"]),
        (
            "[listener a]\naddress = 8443\n",
            ["x.conf:2:11: address: '8443' has no port; write HOST:PORT, such as 127.0.0.1:8080 or [::1]:8080"]
        ),
        (
            "[listener a]\naddress = a:1\ncertificate = c\n",
            [
                "x.conf:3:1: key: [listener a] has a certificate and no key; write key = FILE with the private key of "
                    + "the certificate"
            ]
        ),
        (
            "[listener a]\naddress = a:1\nkey = k\n",
            [
                "x.conf:3:1: certificate: [listener a] has a key and no certificate; write certificate = FILE with the "
                    + "certificate of the key"
            ]
        ),
        (
            "[listener a]\naddress = a:1\nclient-ca = c\n",
            [
                "x.conf:3:1: client-ca: [listener a] has no certificate of its own; write certificate = FILE and key = "
                    + "FILE, without which nobody is asked for one"
            ]
        ),
        (
            "[listener a]\naddress = a:1\n[listener b]\naddress = a:1\n",
            ["x.conf:4:1: address: a:1 is taken by address = a:1 in [listener a]; choose another port"]
        ),
        (
            "[server]\nlisten = 0.0.0.0:443\n[listener b]\naddress = [::]:443, 127.0.0.1:443\n",
            ["x.conf:4:1: address: 127.0.0.1:443 is taken by listen = 0.0.0.0:443 in [server]; choose another port"]
        ),
        (
            "[admin]\nlisten = 127.0.0.1:443\n[listener b]\naddress = 0.0.0.0:443\n",
            [
                "x.conf:2:1: listen: 127.0.0.1:443 is taken by address = 0.0.0.0:443 in [listener b]; choose another "
                    + "port"
            ]
        ),
        (
            "[listener a]\naddress = a:1, a:1\n", ["x.conf:2:16: address: 'a:1' is given twice"]
        ),
        (
            "[listener a]\n\(tls)certificat = c\n",
            ["x.conf:5:1: certificat: unknown key in [listener]; did you mean 'certificate'?"]
        ),
        (
            "[server]\nclient-ca = c\n",
            ["x.conf:2:1: client-ca: unknown key in [server]; it belongs in [listener NAME]"]
        ),
        (
            "[listener a]\naddress = a:1\ncertificate = credential:\nkey = k\n",
            ["x.conf:3:15: certificate: 'credential:' names no credential; write credential:NAME"]
        ),
        ("[listner a]\n", ["x.conf:1:1: [listner a]: unknown section; did you mean '[listener NAME]'?"]),
    ]

    @Test(arguments: wrong)
    func everyMistakeNamesItsPlaceTheKeyAndTheCure(_ text: String, _ mistakes: [String]) throws {
        #expect(try SettingsFixture(text: text).mistakes() == mistakes)
    }

    @Test func anyFreePortCanBeHadTwice() throws {
        let text = "[listener a]\naddress = a:0\n[listener b]\naddress = a:0\n"
        #expect(try SettingsFixture(text: text).mistakes() == [])
    }

    @Test func whatAReloadCannotChangeIsNamedWithItsPlace() throws {
        func settings(_ text: String) throws -> Settings { try SettingsFixture(text: text).load().settings }
        let before = try settings("[listener a]\n\(Self.tls)[listener b]\naddress = b:1\n[listener c]\naddress = c:1\n")
        let files = try settings(
            "[listener a]\naddress = a:1\ncertificate = d\nkey = l\nclient-ca = m\n"
                + "[listener b]\naddress = b:1\n[listener c]\naddress = c:1\n")
        #expect(files.needingRestart(since: before).isEmpty)
        let after = try settings(
            "[listener a]\naddress = a:2\ncertificate = c\nkey = k\n[listener b]\naddress = b:1\ncertificate = c\nkey = k\n"
                + "[listener d]\naddress = d:1\n")
        let keys = after.needingRestart(since: before).map(\.key)
        #expect(keys == ["address", "certificate", "[listener d]", "[listener c]"])
        #expect(try settings("").needingRestart(since: before).map(\.key).contains("listen"))
    }
}
