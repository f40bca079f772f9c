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

    /// The next batch of the log; nil: something else is next.
    private func batch(of queue: inout CommitQueue) -> DeliveryBacklog.Batch? {
        if case .log(let batch) = queue.next() { batch } else { nil }
    }

    @Test func whatComesWhileBatchesAreWrittenHasATimerOfItsOwn() throws {
        var queue = CommitQueue()
        var timers = (1...100).map { _ in queue.record(refusal("r")) }
        #expect(timers.filter(\.self).count == 1)
        queue.logIsDue()
        let first = batch(of: &queue)
        timers = [queue.record(refusal("r"))]
        let second = batch(of: &queue)
        timers.append(queue.record(refusal("r")))
        #expect(first?.records.count == 64 && second?.records.count == 37)
        #expect(timers == [false, true], "none while the turn goes on, one after it")
    }

    @Test func aBatchThatFailsWhileMoreCameHasATimerOfItsOwn() throws {
        var queue = CommitQueue()
        for _ in 1...100 { _ = queue.record(refusal("r")) }
        queue.logIsDue()
        let first = try #require(batch(of: &queue))
        _ = queue.record(refusal("r"))
        let setsTimer = queue.putBack(first)
        #expect(setsTimer, "nothing else would bring the log's turn again")
        let none = batch(of: &queue)
        #expect(none == nil)
        queue.logIsDue()
        let again = batch(of: &queue)
        #expect(again?.records.count == 64)
    }
}
