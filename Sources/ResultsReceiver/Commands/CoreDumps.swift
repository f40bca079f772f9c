internal import CSystem
import Glibc

/// Images of the process's memory, which would hold its secrets.
enum CoreDumps {
    /// From now on the process leaves none when it crashes, and only the superuser can look into its memory.
    ///
    /// The limit alone would not do: a program that `kernel.core_pattern` pipes to gets the image whatever the limit is
    /// (core(5)); a process that is not dumpable gives none to anyone, and cannot be traced by its own user (prctl(2)).
    /// Neither call fails for these arguments.
    static func forbid() {
        var none = rlimit(rlim_cur: 0, rlim_max: 0)
        _ = unsafe setrlimit(__rlimit_resource_t(RLIMIT_CORE.rawValue), &none)
        _ = csystem_set_dumpable(0)
        // Swift's own report of a crash (of 6.3, where its toolchain is installed) shows the memory that the registers
        // point to. Whoever asks for it by its variable gets it, and so do the sanitizers' builds, which set it.
        guard unsafe getenv("SWIFT_BACKTRACE") == nil else { return }
        for number in [SIGQUIT, SIGILL, SIGTRAP, SIGABRT, SIGBUS, SIGFPE, SIGSEGV] { signal(number, SIG_DFL) }
    }
}
