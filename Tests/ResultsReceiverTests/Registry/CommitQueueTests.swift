import Results
import Testing

@testable import Registry

/// The committer's state, whose order of events the committer's own tests cannot choose.
@Suite struct CommitQueueTests {
    private func refusal(_ reference: String) -> DeliveryRecord {
        DeliveryRecord(reference: reference, receivedAt: .now(), code: 404, reason: "unknown-person")
    }

    @Test func aRefusalThatComesWhenTheLogIsDueIsTakenAlongAndTheNextOneSetsATimerAgain() throws {
        var queue = CommitQueue()
        let firstSetsTimer = queue.record(refusal("a"))
        #expect(firstSetsTimer)
        queue.logIsDue()
        let secondSetsTimer = queue.record(refusal("b"))
        #expect(!secondSetsTimer)
        guard case .log(let batch) = queue.next() else {
            Issue.record("the log was due")
            return
        }
        #expect(batch.records.map(\.reference) == ["a", "b"])
        let thirdSetsTimer = queue.record(refusal("c"))
        #expect(thirdSetsTimer)
    }

    @Test func aBatchThatWasNotWrittenWaitsForATimerAlsoWhereMoreCameMeanwhile() throws {
        var queue = CommitQueue()
        let firstSetsTimer = queue.record(refusal("a"))
        #expect(firstSetsTimer)
        queue.logIsDue()
        guard case .log(let batch) = queue.next() else {
            Issue.record("the log was due")
            return
        }
        let backSetsTimer = queue.putBack(batch)
        #expect(backSetsTimer)
        let secondSetsTimer = queue.record(refusal("b"))
        #expect(!secondSetsTimer)
        guard case .sleep = queue.next() else {
            Issue.record("nothing is due before the timer")
            return
        }
        queue.logIsDue()
        guard case .log(let again) = queue.next() else {
            Issue.record("the log was due")
            return
        }
        #expect(again.records.map(\.reference) == ["a", "b"])
    }
}
