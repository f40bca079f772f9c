internal import CHMAC
import Glibc

extension Secret {
    /// Takes the octets of an environment variable out of the environment: there they are overwritten, so that neither
    /// `/proc/PID/environ` nor a later copy of the environment has them. The variable stays, and is empty.
    ///
    /// Nil where it is not set, or empty. For the start of a program, while it has one thread: the environment has no
    /// lock.
    package static func take(fromEnvironment name: String) -> Secret? {
        guard let value = unsafe getenv(name) else { return nil }
        let count = unsafe strlen(value)
        guard count > 0 else { return nil }
        defer { unsafe chmac_wipe(value, count) }
        let octets = unsafe UnsafeRawBufferPointer(start: value, count: count)
        return unsafe Secret(count: count) { buffer in unsafe buffer.copyMemory(from: octets) }
    }
}
