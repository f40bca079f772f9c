import FoundationEssentials
import Glibc

/// What the system says of this process. Nil: it does not say.
struct ProcessReading {
    /// In user and system mode, of all threads.
    let processorSeconds = Self.seconds(CLOCK_PROCESS_CPUTIME_ID)
    let residentBytes = Self.residentPages.map { Double($0 * sysconf(Int32(_SC_PAGESIZE))) }
    let openDescriptors = Self.countDescriptors()
    let maximalDescriptors = Self.descriptorLimit()
    let startTime = Self.started

    /// proc_pid_statm(5): the second number.
    private static var residentPages: Int? {
        let numbers = text("/proc/self/statm")?.split(separator: " ") ?? []
        return numbers.count > 1 ? Int(numbers[1]) : nil
    }

    private static func countDescriptors() -> Double? {
        // Less the one by which the folder is read.
        (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")).map { Double($0.count - 1) }
    }

    private static func descriptorLimit() -> Double? {
        var limit = rlimit()
        guard unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return nil }
        return limit.rlim_cur == rlim_t.max ? .infinity : Double(limit.rlim_cur)
    }

    /// Seconds since 1970. It is found out once, so that it does not change when the clock is set.
    private static let started: Double? = {
        // proc_pid_stat(5): the 22nd field, in ticks since the system's start; the second, in parentheses, may hold
        // anything.
        guard let text = text("/proc/self/stat"), let name = text.lastIndex(of: ")") else { return nil }
        let fields = text[text.index(after: name)...].split(separator: " ")
        guard fields.count > 19, let ticks = Double(fields[19]) else { return nil }
        guard let now = seconds(CLOCK_REALTIME), let sinceBoot = seconds(CLOCK_BOOTTIME) else { return nil }
        return ((now - sinceBoot + ticks / Double(sysconf(Int32(_SC_CLK_TCK)))) * 100).rounded() / 100
    }()

    private static func seconds(_ clock: clockid_t) -> Double? {
        var time = timespec()
        guard unsafe clock_gettime(clock, &time) == 0 else { return nil }
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }

    /// Of a small file of proc(5), which is read at once.
    private static func text(_ path: String) -> String? {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: 4096)
        let count = unsafe read(descriptor, &bytes, bytes.count)
        return count > 0 ? String(decoding: bytes[..<count], as: UTF8.self) : nil
    }
}
