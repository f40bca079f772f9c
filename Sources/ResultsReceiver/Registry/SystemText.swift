import Glibc

/// The C library's sentence for an error number.
enum SystemText {
    static func describe(_ number: Int32) -> String {
        // Since glibc 2.32 the text of an unknown number is the calling thread's own, and the others are constant.
        unsafe strerror(number).map { unsafe String(cString: $0) } ?? "error \(number)"
    }
}
