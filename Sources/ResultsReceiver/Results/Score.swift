/// A mark from 0 to 100, kept exactly in hundredths.
package struct Score: Hashable, Sendable, CustomStringConvertible {
    /// 0 to 10,000.
    package let hundredths: Int

    /// Nil outside 0 to 10,000.
    package init?(hundredths: Int) {
        guard (0...10_000).contains(hundredths) else { return nil }
        self.hundredths = hundredths
    }

    /// The shortest decimal: `8.5`, `10`, `0.05`.
    package var description: String {
        let whole = hundredths / 100
        let rest = hundredths % 100
        if rest == 0 { return "\(whole)" }
        return rest % 10 == 0 ? "\(whole).\(rest / 10)" : "\(whole).\(rest < 10 ? "0" : "")\(rest)"
    }
}
