import Glibc

/// Whether the tests were built with a sanitizer, whose own memory would be counted as the program's.
func runsUnderSanitizer() -> Bool {
    unsafe dlsym(nil, "__tsan_init") != nil || dlsym(nil, "__asan_init") != nil
}
