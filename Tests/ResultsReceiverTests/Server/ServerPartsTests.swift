import Glibc
import HTTP
import Testing

@testable import Net
@testable import Server

/// The parts of a server that can be looked at without one.
@Suite struct ServerPartsTests {
    @Test func deadlinesComeUpInOrder() {
        var heap = DeadlineHeap()
        var random = SystemRandomNumberGenerator()
        let moments = (0..<500).map { _ in UInt64.random(in: 0..<100, using: &random) }
        for (index, moment) in moments.enumerated() {
            heap.insert(DeadlineHeap.Entry(moment: Moment(nanoseconds: moment), token: UInt64(index)))
        }
        #expect(heap.earliest?.nanoseconds == moments.min())
        var popped: [UInt64] = []
        while let entry = heap.pop(by: Moment(nanoseconds: 49)) { popped.append(entry.moment.nanoseconds) }
        #expect(popped == moments.filter { $0 < 50 }.sorted())
        #expect(heap.count == moments.count { $0 >= 50 })
    }

    @Test func aTokenThatOutlivesItsConnectionFindsNothing() throws {
        var table = ConnectionTable()
        let first = table.insert(connection)
        #expect(table[first.token] === first)
        table.remove(first.token)
        let second = table.insert(connection)
        #expect(table[first.token] == nil)
        #expect(table[second.token] === second)
        table.remove(first.token)
        #expect(table.count == 1)
    }

    private func connection(_ token: UInt64) -> Connection {
        Connection(
            token: token, transport: PlainTransport(Descriptor(owning: dup(STDERR_FILENO))),
            ip: .loopback4, subscriber: nil, isCounted: true, limits: Limits())
    }

    @Test func connectionsThatCameAndWentLeaveNothingBehind() {
        var table = ConnectionTable()
        var order = AcceptOrder()
        let stays = table.insert(connection)
        order.append(stays.token, in: table)
        for _ in 0..<1000 {
            let goes = table.insert(connection)
            order.append(goes.token, in: table)
            #expect(order.tokens.count <= 2 * table.count + 65)
            table.remove(goes.token)
        }
        #expect(order.tokens.first == stays.token)
    }

    @Test func largeContentsMayTakeThreeQuartersAndSmallOnesTheRest() {
        let budget = InFlightBudget(total: 1000)
        budget.add(750, .large)
        #expect(budget.excess == nil)
        budget.add(250, .small)
        #expect(budget.excess == nil)
        budget.add(1, .small)
        #expect(budget.excess == .large)
        budget.add(-750, .large)
        budget.add(750, .small)
        #expect(budget.excess == .small)
    }
}
