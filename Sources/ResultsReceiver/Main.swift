import Foundation

/// The program `results-receiver`.
@main
struct Main {
    static func main() async {
        openStandardDescriptors()
        // A closed pipe is told by write(2), and ends the command quietly.
        signal(SIGPIPE, SIG_IGN)
        let surroundings = Surroundings(
            environment: ProcessInfo.processInfo.environment, output: OutputChannel(descriptor: STDOUT_FILENO),
            errors: OutputChannel(descriptor: STDERR_FILENO))
        exit(await Program.run(Array(CommandLine.arguments.dropFirst()), in: surroundings).rawValue)
    }

    /// Where the caller closed one of the first three descriptors, a database opened later would take its number, and
    /// output would go into it. The stand-ins refuse what the descriptor is for.
    private static func openStandardDescriptors() {
        for descriptor in STDIN_FILENO...STDERR_FILENO where fcntl(descriptor, F_GETFD) == -1 {
            _ = unsafe open("/dev/null", descriptor == STDIN_FILENO ? O_WRONLY : O_RDONLY)
        }
    }
}
