import Foundation
import Net

/// A folder with a settings file and secrets beside it, for a server that reads them.
final class SettingsFolder: Sendable {
    let folder: TemporaryFolder

    var file: String { folder.file("x.conf") }

    /// Written below a section `[server]` that listens on a free port; `plugin` is the rest.
    init(_ server: String = "", plugin: String = "[plugin default]\nsecret-file = secret\n") throws {
        folder = try TemporaryFolder()
        try write(server, plugin: plugin)
        try write(secret: RunningServer.secret)
    }

    func write(_ server: String = "", plugin: String = "[plugin default]\nsecret-file = secret\n") throws {
        try write("[server]\nlisten = 127.0.0.1:0\n\(server)\n\(plugin)", to: "x.conf")
    }

    func write(secret: String, to name: String = "secret") throws { try write(secret, to: name) }

    /// Readable by its owner only, as secrets must be.
    func write(_ text: String, to name: String) throws {
        let path = folder.file(name)
        try Data(text.utf8).write(to: URL(fileURLWithPath: path))
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path)
    }

    func start(
        enrolments: [UInt8]? = nil, environment: [String: String] = [:], sockets: [Listener] = [],
        places: Int? = nil
    ) async throws -> RunningServer {
        try await RunningServer.start(
            enrolments: enrolments, folder: folder, arguments: ["--config", file], environment: environment,
            secret: nil, sockets: sockets, places: places)
    }
}
