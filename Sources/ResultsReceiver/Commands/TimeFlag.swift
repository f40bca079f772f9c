import Results

/// A flag whose value is a time: a date, or a moment with or without a zone.
struct TimeFlag: Sendable {
    static let details =
        "TIME is a date (its midnight in the settings' time zone) or a moment: 2026-11-20, 2026-11-20T14:03, "
        + "2026-11-20T13:03:10Z, 2026-11-20T14:03:10+01:00."

    private let flag: String
    private let text: String?

    /// What is no time is none in any zone, and is told before the settings are read.
    init(_ flag: String, _ arguments: ParsedArguments) throws(Failure) {
        self.flag = flag
        text = arguments.value(flag)
        _ = try moment(in: .utc)
    }

    /// Nil: the flag is not given.
    func moment(in zone: CivilTime) throws(Failure) -> Timestamp? {
        guard let text else { return nil }
        guard let moment = zone.timestamp(iso8601: text) else {
            throw Failure(
                .usage, "\(flag): '\(text)' is no time", hint: "write 2026-11-20 or 2026-11-20T13:03:10Z, for instance")
        }
        return moment
    }
}
