import Glibc

/// Whether the tests were built with a sanitizer, whose own memory would be counted as the program's.
func runsUnderSanitizer() -> Bool {
    unsafe runsUnderThreadSanitizer() || dlsym(nil, "__asan_init") != nil
}

/// Whether it is the thread sanitizer, which keeps its own memory in a file.
func runsUnderThreadSanitizer() -> Bool { unsafe dlsym(nil, "__tsan_init") != nil }
