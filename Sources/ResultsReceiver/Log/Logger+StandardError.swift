import Glibc

extension Logger {
    /// Logs to standard error: plain lines when that is a terminal, else JSON.
    package static func standardError(minimum: Level = .info) -> Logger {
        Logger(minimum: minimum, format: isatty(STDERR_FILENO) == 1 ? .plain : .json) { bytes in
            writeAll(bytes, to: STDERR_FILENO)
        }
    }

    /// Writes everything, waiting where the descriptor is full; gives up on any other error, because there is nowhere
    /// to say it. A closed pipe ends neither the log nor, by SIGPIPE, the process.
    static func writeAll(_ bytes: [UInt8], to descriptor: CInt) {
        // SIGPIPE goes to the thread that writes: it is held off here, and taken away again if it came.
        var brokenPipe = sigset_t()
        var before = sigset_t()
        var pendingBefore = sigset_t()
        unsafe sigemptyset(&brokenPipe)
        unsafe sigaddset(&brokenPipe, SIGPIPE)
        unsafe sigpending(&pendingBefore)
        unsafe pthread_sigmask(SIG_BLOCK, &brokenPipe, &before)
        defer { unsafe pthread_sigmask(SIG_SETMASK, &before, nil) }

        var rest = bytes[...]
        while !rest.isEmpty {
            let written = unsafe rest.withUnsafeBytes { unsafe write(descriptor, $0.baseAddress, $0.count) }
            let number = errno
            if written >= 0 {
                rest = rest.dropFirst(written)
            } else if number == EAGAIN {
                var ready = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                unsafe poll(&ready, 1, 1000)
            } else if number != EINTR {
                if number == EPIPE, unsafe sigismember(&pendingBefore, SIGPIPE) == 0 {
                    var atOnce = timespec()
                    unsafe sigtimedwait(&brokenPipe, nil, &atOnce)
                }
                return
            }
        }
    }
}
