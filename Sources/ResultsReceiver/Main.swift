import Configuration
import FoundationEssentials
import Glibc
import Signature

/// The program `results-receiver`.
@main
struct Main {
    static func main() async {
        // Before there is any secret in memory.
        CoreDumps.forbid()
        openStandardDescriptors()
        // Dispatch complains to the system's log of every priority that it may not give to a thread: an ordinary user may
        // raise none, and the sandbox of the unit allows no change at all.
        unsafe setenv("LIBDISPATCH_LOG", "NO", 0)
        // A closed pipe is told by write(2), and ends the command quietly.
        signal(SIGPIPE, SIG_IGN)
        exit(await run().rawValue)
    }

    /// A function of its own, so that the secrets are gone, and wiped, before the end.
    private static func run() async -> ExitCode {
        let surroundings = Surroundings(
            secret: Secret.take(fromEnvironment: SettingsTable.secretVariable),
            environment: ProcessInfo.processInfo.environment, output: OutputChannel(descriptor: STDOUT_FILENO),
            errors: OutputChannel(descriptor: STDERR_FILENO))
        return await Program.run(Array(CommandLine.arguments.dropFirst()), in: surroundings)
    }

    /// Where the caller closed one of the first three descriptors, a database opened later would take its number, and
    /// output would go into it. The stand-ins refuse what the descriptor is for.
    private static func openStandardDescriptors() {
        for descriptor in STDIN_FILENO...STDERR_FILENO where fcntl(descriptor, F_GETFD) == -1 {
            _ = unsafe open("/dev/null", descriptor == STDIN_FILENO ? O_WRONLY : O_RDONLY)
        }
    }
}
