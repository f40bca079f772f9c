import Registry

/// Shows how far something long is: on a terminal in one line that changes, else in a line now and then.
struct ProgressLine {
    private let surroundings: Surroundings
    private let isTerminal: Bool

    init(_ surroundings: Surroundings) {
        self.surroundings = surroundings
        isTerminal = surroundings.errorsAreATerminal
    }

    /// `isMilestone`: worth a line of its own where there is no terminal.
    func show(_ text: String, isMilestone: Bool) {
        if isTerminal {
            try? surroundings.errors.write("\r\(text)\u{1B}[K")
            try? surroundings.errors.flush()
        } else if isMilestone {
            surroundings.say("progress", text)
        }
    }

    func end() {
        guard isTerminal else { return }
        try? surroundings.errors.write("\r\u{1B}[K")
        try? surroundings.errors.flush()
    }
}

extension ProgressLine {
    private static let stride = 250_000

    func show(_ progress: ImportProgress) {
        let text =
            switch progress.phase {
            case .reading: "\(progress.rows) rows read (\(progress.bytes >> 20) MiB)"
            case .comparing: "\(progress.rows) rows read; comparing"
            case .merging: "\(progress.rows) rows read; merging"
            case .checkingPersons: "\(progress.rows) rows read; looking at persons"
            }
        show(
            text,
            isMilestone: progress.rows > 0 && progress.rows.isMultiple(of: Self.stride) && progress.phase == .reading)
    }
}

/// Shows how far a backup or a restoration is; off a terminal every 256 MiB, and that it verifies where it was long.
final class CopyProgressLine {
    private static let stride: Int64 = 256 << 20
    private let line: ProgressLine
    private var told: Int64 = 0

    init(_ surroundings: Surroundings) { line = ProgressLine(surroundings) }

    func show(_ progress: CopyProgress) {
        switch progress {
        case .copied(let bytes, let total):
            let isMilestone = bytes / Self.stride > told / Self.stride
            told = bytes
            line.show("\(bytes >> 20) of \(total >> 20) MiB copied", isMilestone: isMilestone)
        case .verifying:
            line.show("\(told >> 20) MiB copied; verifying", isMilestone: told >= Self.stride)
        }
    }

    func end() { line.end() }
}
