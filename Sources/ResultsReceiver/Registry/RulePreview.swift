package import Results

/// What the one-result rule would say of an entry now, without storing anything.
package enum Preview: Sendable, Equatable {
    /// The result would be registered for this enrolment.
    case registers(EnrolmentID)
    /// The same bytes are registered, and would be acknowledged again.
    case redelivers(Registration)
    case refused(Violation)
    case maintenance(message: String?)
}

/// What the registry knows about an entry, beside what the rule would say of it.
package struct RuleFacts: Sendable, Equatable {
    package var preview: Preview
    /// The result that was registered from the very same bytes.
    package var sameBytes: Registration?
    package var person: Person
    package var isCourseKnown: Bool
    /// The person's enrolments in the course, in the order in which they would take a result.
    package var enrolments: [EnrolmentFact]

    package enum Person: Sendable {
        case unknown, ambiguous, known
    }
}

/// An enrolment as a result would find it.
package struct EnrolmentFact: Sendable, Equatable {
    package var enrolmentID: String
    package var status: EnrolmentStatus
    /// yyyy-mm-dd
    package var startDate: String?
    /// The result that stands.
    package var resultID: Int64?
}

/// Applies the rule in transactions that only read. Waits for nobody, and nobody waits for it.
package final class RulePreview {
    private let connection: Connection
    private let lookup: EnrolmentLookup
    private let ledger: ResultLedger
    private let rule: OneResultRule
    private let maintenance: Statement

    /// Shares the connection of `access`: one use at a time.
    package init(_ access: RegistryAccess) throws(RegistryError) {
        connection = access.connection
        lookup = try EnrolmentLookup(connection)
        ledger = try ResultLedger(connection)
        rule = OneResultRule(lookup: lookup, ledger: ledger)
        maintenance = try connection.prepare("SELECT message FROM maintenance WHERE since IS NOT NULL")
    }

    package func preview(of entry: Entry) throws(RegistryError) -> Preview {
        try connection.snapshot { () throws(RegistryError) in try look(at: entry) }
    }

    package func facts(about entry: Entry) throws(RegistryError) -> RuleFacts {
        try connection.snapshot { () throws(RegistryError) in
            var facts = RuleFacts(
                preview: try look(at: entry), sameBytes: try ledger.known(digest: entry.digest)?.registration,
                person: .known, isCourseKnown: try lookup.isKnown(entry.completion.course), enrolments: [])
            switch try lookup.find(entry, unnumbered: try lookup.holdsUnnumbered()) {
            case .unknownPerson: facts.person = .unknown
            case .ambiguousPerson: facts.person = .ambiguous
            case .enrolments(let candidates):
                facts.enrolments = candidates.sorted(by: EnrolmentLookup.Candidate.isEarlier).map {
                    EnrolmentFact(
                        enrolmentID: $0.enrolmentID, status: $0.status, startDate: $0.startDate, resultID: $0.resultID)
                }
            }
            return facts
        }
    }

    private func look(at entry: Entry) throws(RegistryError) -> Preview {
        if let notice = try maintenance.first({ $0.text(0) }) { return .maintenance(message: notice) }
        return try rule.preview(of: entry, unnumbered: try lookup.holdsUnnumbered())
    }
}
