/// Finds what somebody probably meant.
package enum Suggestion {
    /// The candidate nearest to `word`, or nil when none is near: at most a third of its letters wrong.
    ///
    /// Case does not count. Of equally near ones the first.
    package static func nearest(to word: String, among candidates: some Sequence<String>) -> String? {
        let wanted = Array(word.lowercased().unicodeScalars)
        guard !wanted.isEmpty, wanted.count <= 64 else { return nil }
        var best: (candidate: String, distance: Int)?
        for candidate in candidates {
            let letters = Array(candidate.lowercased().unicodeScalars)
            let allowed = min(max(1, max(wanted.count, letters.count) / 3), (best?.distance ?? .max) - 1)
            // As many letters as one is longer must be inserted at least, which spares most of the time zones.
            guard abs(wanted.count - letters.count) <= allowed else { continue }
            let found = distance(wanted, letters)
            if found <= allowed { best = (candidate, found) }
        }
        return best?.candidate
    }

    /// `did you mean 'x'?`, or nil.
    package static func question(_ word: String, among candidates: some Sequence<String>) -> String? {
        nearest(to: word, among: candidates).map { "did you mean '\($0)'?" }
    }

    /// Letters to insert, delete, replace, or swap with their neighbour (optimal string alignment).
    static func distance(_ a: [Unicode.Scalar], _ b: [Unicode.Scalar]) -> Int {
        var last = Array(0...b.count)
        var beforeLast = last
        var row = last
        for i in 0..<a.count {
            row[0] = i + 1
            for j in 0..<b.count {
                var cost = min(last[j + 1] + 1, row[j] + 1, last[j] + (a[i] == b[j] ? 0 : 1))
                if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] { cost = min(cost, beforeLast[j - 1] + 1) }
                row[j + 1] = cost
            }
            (beforeLast, last, row) = (last, row, beforeLast)
        }
        return last[b.count]
    }
}
