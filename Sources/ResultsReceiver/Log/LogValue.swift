/// The value of a field of a log line. Never a secret, a signature, a body, a name, an e-mail address or a mark.
package enum LogValue: Sendable, Equatable {
    case text(String)
    case integer(Int64)
    /// Not a number and the infinities, which JSON lacks, are written as null.
    case number(Double)
    case truth(Bool)

    /// For counts and sizes; what 64 bits cannot hold is clamped.
    package static func count(_ value: some BinaryInteger) -> LogValue { .integer(Int64(clamping: value)) }
}

extension LogValue: ExpressibleByStringInterpolation, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral {
    package init(stringLiteral value: String) { self = .text(value) }
    package init(integerLiteral value: Int64) { self = .integer(value) }
    package init(booleanLiteral value: Bool) { self = .truth(value) }
}
