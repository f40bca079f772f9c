import CSQLite
import Results

/// The rule of one result per enrolment, applied to one entry inside an open transaction.
///
/// It asks in the order in which the reasons for a refusal come, and the database's own constraints have the last word.
struct OneResultRule {
    private let lookup: EnrolmentLookup
    private let ledger: ResultLedger

    init(lookup: EnrolmentLookup, ledger: ResultLedger) {
        self.lookup = lookup
        self.ledger = ledger
    }

    /// Registers the entry's result, or says why not. `unnumbered` is what `EnrolmentLookup.holdsUnnumbered` says in this
    /// transaction.
    func outcome(for entry: Entry, unnumbered: Bool) throws(RegistryError) -> Outcome {
        let found = try lookup.find(entry, unnumbered: unnumbered)
        if case .enrolments(let candidates) = found {
            if let planned = earliestPlanned(candidates) {
                do throws(RegistryError) {
                    return .registered(try ledger.register(entry, for: planned))
                } catch {
                    // Known bytes are found by the constraint, which spares the accepted message a look-up.
                    guard error.primaryCode == SQLITE_CONSTRAINT, let outcome = try outcomeOfKnownBytes(entry) else {
                        throw error
                    }
                    return outcome
                }
            }
        }
        if let outcome = try outcomeOfKnownBytes(entry) { return outcome }
        return .refused(try violation(entry, found))
    }

    /// What `outcome` would be, of which nothing is done.
    func preview(of entry: Entry, unnumbered: Bool) throws(RegistryError) -> Preview {
        if let known = try ledger.known(digest: entry.digest) {
            return isAcknowledged(known, entry)
                ? .redelivers(known.registration) : .refused(.duplicate(known.registration, sameBytes: true))
        }
        let found = try lookup.find(entry, unnumbered: unnumbered)
        if case .enrolments(let candidates) = found, let planned = earliestPlanned(candidates),
            let enrolment = EnrolmentID(planned.enrolmentID)
        {
            return .registers(enrolment)
        }
        return .refused(try violation(entry, found))
    }

    private func violation(_ entry: Entry, _ found: EnrolmentLookup.Found) throws(RegistryError) -> Violation {
        switch found {
        case .unknownPerson: .unknownPerson
        case .ambiguousPerson: .ambiguousPerson
        case .enrolments(let candidates): try violation(entry, candidates)
        }
    }

    private func isAcknowledged(_ known: ResultLedger.Known, _ entry: Entry) -> Bool {
        known.registration.revokedAt == nil && (known.isUnanswered || entry.acknowledgesRedelivery)
    }

    private func earliestPlanned(_ candidates: [EnrolmentLookup.Candidate]) -> EnrolmentLookup.Candidate? {
        var earliest: EnrolmentLookup.Candidate?
        for candidate in candidates where candidate.status == .ingepland {
            if let earlier = earliest, !EnrolmentLookup.Candidate.isEarlier(candidate, earlier) { continue }
            earliest = candidate
        }
        return earliest
    }

    /// Nil: the bytes are new.
    private func outcomeOfKnownBytes(_ entry: Entry) throws(RegistryError) -> Outcome? {
        guard let known = try ledger.known(digest: entry.digest) else { return nil }
        let registration = known.registration
        guard isAcknowledged(known, entry) else {
            return .refused(.duplicate(registration, sameBytes: true))
        }
        // This answer makes up for the lost one; if it is lost as well, it is flagged again.
        if known.isUnanswered { try ledger.setUnanswered(false, resultID: registration.resultID) }
        return .redelivered(registration)
    }

    /// Why none of the person's enrolments in the course takes the result.
    private func violation(
        _ entry: Entry, _ candidates: [EnrolmentLookup.Candidate]
    ) throws(RegistryError) -> Violation {
        if candidates.isEmpty {
            return try lookup.isKnown(entry.completion.course) ? .noEnrolment : .unknownCourse
        }
        if let latest = candidates.compactMap(\.resultID).max(),
            let registration = try ledger.registration(resultID: latest)
        {
            return .duplicate(registration, sameBytes: false)
        }
        let statuses = Set(candidates.map(\.status))
        if statuses.contains(.afgerond) { return .enrolmentFinished }
        return statuses.contains(.wachtlijst) ? .waitingList : .enrolmentCancelled
    }
}
