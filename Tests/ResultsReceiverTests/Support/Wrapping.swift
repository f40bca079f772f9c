import Foundation
import Testing

/// Commands in front of the program that let it see the machine as an attack or a fault would have it.
enum Wrapping {
    /// Runs the program as a user who may do nothing special. Nothing to do where the tests have such a user.
    static let unprivileged =
        geteuid() == 0 ? ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"] : []

    /// Whether that user can run the program where it was built.
    static let allowsUnprivileged = succeeds(unprivileged + [BuiltProgram.path, "--version"])

    /// Mounts of its own: the superuser's, or any user's where the kernel lets users have namespaces.
    static let ownMounts = ["unshare", "--mount"] + (geteuid() == 0 ? [] : ["--map-root-user"])

    static let allowsMounts = succeeds(ownMounts + ["mount", "-t", "tmpfs", "tmpfs", "/mnt"])

    /// Writes each system call of the program that names a file or opens a connection into a file. The program keeps its
    /// process id (-D).
    static func traced(into file: String) -> [String] {
        ["strace", "-D", "-f", "-qq", "-s", "4096", "-o", file, "-e", "trace=%file,connect,socket"]
    }

    static let allowsTracing = succeeds(["strace", "-D", "-f", "-qq", "-o", "/dev/null", "true"])

    private static func succeeds(_ command: [String]) -> Bool {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = command
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        do { try process.run() } catch { return false }
        process.waitUntilExit()
        return process.terminationStatus == 0
    }
}

/// A file system of two megabytes for a server's folder, seen by the server alone; it goes with the server.
struct SmallDisk {
    private let control: TemporaryFolder
    private let folder: TemporaryFolder
    private var orders: String { control.file("orders") }

    /// The folder's `results.db` is taken along.
    init(over folder: TemporaryFolder) async throws {
        control = try TemporaryFolder()
        self.folder = folder
        let ended = try await BuiltProgram.shell("mkfifo orders done", folder: control.path)
        try #require(ended.code == 0, "\(ended.errors)")
    }

    /// For `RunningServer.start(through:)`. What takes the orders dies with the server.
    var command: [String] {
        let script = """
            control=$1 disk=$2; shift 2
            cp "$disk/results.db" "$control/" && mount -t tmpfs -o size=2m tmpfs "$disk" \\
                && cp "$control/results.db" "$disk/" && cd "$disk" || exit 9
            setpriv --pdeathsig KILL sh -c 'while read -r order; do eval "$order"; echo > "$0/done"; done <> "$0/orders"' \\
                "$control" > /dev/null 2>&1 &
            exec "$@"
            """
        return Wrapping.ownMounts + ["sh", "-c", script, "sh", control.path, folder.path]
    }

    /// Runs a line of shell on the disk, and waits for its end.
    func run(_ order: String) async throws {
        let ended = try await BuiltProgram.shell(
            "echo \"$ORDER\" > orders && read -r _ < done", environment: ["ORDER": order], folder: control.path)
        try #require(ended.code == 0 || ended.errors.isEmpty, "\(ended.errors)")
    }

    /// What a line of shell prints there.
    func output(of order: String) async throws -> String {
        try await run("\(order) > '\(control.file("output"))'")
        return try String(contentsOfFile: control.file("output"), encoding: .utf8)
    }
}
