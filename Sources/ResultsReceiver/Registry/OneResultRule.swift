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
            for planned in planned(among: candidates) {
                do throws(RegistryError) {
                    return .registered(try ledger.register(entry, for: planned))
                } catch {
                    // Known bytes are found by the constraint, which spares the accepted message a look-up; so is an
                    // enrolment with a result that something else than this program set back to planned.
                    guard error.primaryCode == SQLITE_CONSTRAINT else { throw error }
                    if let outcome = try outcomeOfKnownBytes(entry) { return outcome }
                    guard try ledger.standing(enrolmentID: planned.enrolmentID) != nil else { throw error }
                }
            }
        }
        if let outcome = try outcomeOfKnownBytes(entry) { return outcome }
        switch found {
        case .unknownPerson: return .refused(.unknownPerson)
        case .ambiguousPerson: return .refused(.ambiguousPerson)
        case .enrolments(let candidates): return .refused(try violation(entry, candidates))
        }
    }

    private func planned(among candidates: [EnrolmentLookup.Candidate]) -> [EnrolmentLookup.Candidate] {
        let planned = candidates.filter { $0.status == .ingepland }
        return planned.count < 2 ? planned : planned.sorted(by: EnrolmentLookup.Candidate.isEarlier)
    }

    /// Nil: the bytes are new.
    private func outcomeOfKnownBytes(_ entry: Entry) throws(RegistryError) -> Outcome? {
        guard let known = try ledger.known(digest: entry.digest) else { return nil }
        let registration = known.registration
        guard registration.revokedAt == nil, known.isUnanswered || entry.acknowledgesRedelivery else {
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
        var latest: Registration?
        for candidate in candidates {
            if let standing = try ledger.standing(enrolmentID: candidate.enrolmentID),
                standing.resultID > latest?.resultID ?? 0
            {
                latest = standing
            }
        }
        if let latest { return .duplicate(latest, sameBytes: false) }
        let statuses = Set(candidates.map(\.status))
        if statuses.contains(.afgerond) { return .enrolmentFinished }
        return statuses.contains(.wachtlijst) ? .waitingList : .enrolmentCancelled
    }
}
