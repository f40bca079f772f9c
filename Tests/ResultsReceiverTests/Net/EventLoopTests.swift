import Foundation
import Glibc
import Synchronization
import Testing

@testable import Net

@Suite struct EventLoopTests {
    /// An actor on a loop, which counts what it is told.
    private actor Owner: EventLoopOwner {
        let loop: EventLoop
        nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe loop.asUnownedSerialExecutor() }
        private(set) var rounds = 0
        private(set) var tokens: [UInt64] = []
        private var expected: (moment: Moment, continuation: CheckedContinuation<Void, Never>)?
        private var awaited: (count: Int, continuation: CheckedContinuation<Void, Never>)?

        init() throws { loop = try EventLoop(label: "test") }

        func becameReady(_ readiness: Readiness) {
            tokens.append(readiness.token)
            if let awaited, tokens.count >= awaited.count {
                self.awaited = nil
                awaited.continuation.resume()
            }
        }

        func roundEnded() -> Bool {
            rounds += 1
            if let expected, Moment.now() >= expected.moment {
                self.expected = nil
                expected.continuation.resume()
            }
            return false
        }

        /// Returns from the first round after `moment`, which only the timer can cause.
        func roundOfTimer(at moment: Moment) async {
            loop.wake(at: moment)
            await withCheckedContinuation { expected = (moment, $0) }
        }

        func events(_ count: Int) async {
            if tokens.count >= count { return }
            await withCheckedContinuation { awaited = (count, $0) }
        }

        func isOnItsQueue() -> Bool {
            loop.checkIsolated()
            return loop.isIsolatingCurrentContext() == true
        }

        /// A suspension that another thread ends; back on the loop afterwards?
        func suspend() async -> Bool {
            await withCheckedContinuation { continuation in
                DispatchQueue.global().async { continuation.resume() }
            }
            return isOnItsQueue()
        }

        /// Suspends in a task that prefers the loop.
        func suspendsInATask(
            by suspend: @escaping @Sendable (CheckedContinuation<Void, Never>) -> Void,
            then resumed: @escaping @Sendable () -> Void
        ) {
            Task.immediate(executorPreference: loop) {
                await withCheckedContinuation { suspend($0) }
                resumed()
                _ = rounds
            }
        }

        /// Runs until its first suspension before this returns.
        func beginsAtOnce() -> Bool {
            var began = false
            Task.immediate { began = true }
            return began
        }
    }

    @Test func jobsRunOnTheLoopAlsoAfterASuspension() async throws {
        let owner = try Owner()
        owner.loop.start(owner)
        #expect(await owner.isOnItsQueue())
        #expect(await owner.suspend())
        #expect(await owner.beginsAtOnce())
        #expect(owner.loop.isIsolatingCurrentContext() == false)
        owner.loop.stop()
    }

    @Test func jobsThatComeBeforeTheStartAndAfterTheStopAreRun() async throws {
        let owner = try Owner()
        async let early = owner.isOnItsQueue()
        owner.loop.start(owner)
        #expect(await early)
        owner.loop.stop()
        for _ in 0..<100 { #expect(await owner.isOnItsQueue()) }
    }

    /// In a process of its own, whose pool of threads is taken.
    @Test func aTaskResumesOnTheLoopWithoutTheGlobalPool() async {
        await #expect(processExitsWith: .success) {
            let owner = try Owner()
            owner.loop.start(owner)
            let suspended = DispatchSemaphore(value: 0)
            let resumed = DispatchSemaphore(value: 0)
            let never = DispatchSemaphore(value: 0)
            let taken = DispatchSemaphore(value: 0)
            let continuation = Mutex<CheckedContinuation<Void, Never>?>(nil)
            await owner.suspendsInATask(
                by: { given in
                    continuation.withLock { $0 = given }
                    suspended.signal()
                }, then: { resumed.signal() })
            Thread.detachNewThread {
                suspended.wait()
                // The pool has a thread for each processor; when all wait here, nobody resumes anything by way of it.
                for _ in 0..<100 {
                    Task.detached {
                        taken.signal()
                        never.waitHere()
                    }
                }
                for _ in 0..<sysconf(CInt(_SC_NPROCESSORS_ONLN)) { _ = taken.wait(timeout: .now() + 5) }
                continuation.withLock { $0 }?.resume()
                exit(resumed.wait(timeout: .now() + 3) == .success ? 0 : 1)
            }
            // The thread above ends the process.
            let (nothing, source) = AsyncStream.makeStream(of: Never.self)
            for await _ in nothing {}
            source.finish()
        }
    }

    @Test func manyJobsFromManyThreadsAllRun() async throws {
        let owner = try Owner()
        owner.loop.start(owner)
        let done = await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<2000 { group.addTask { await owner.suspend() } }
            return await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
        }
        #expect(done == 2000)
        owner.loop.stop()
    }

    @Test func readinessIsToldOncePerChange() async throws {
        let owner = try Owner()
        var ends: [CInt] = [0, 0]
        #expect(unsafe socketpair(AF_UNIX, CInt(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0, &ends) == 0)
        let here = Descriptor(owning: ends[0])
        let there = Descriptor(owning: ends[1])
        owner.loop.start(owner)
        try owner.loop.addConnection(here.number, token: 7)
        await owner.events(1)
        #expect(unsafe write(there.number, "a", 1) == 1)
        await owner.events(2)
        let rounds = await owner.rounds
        // Nothing new, nothing told: not a loop that spins on what was not read.
        for _ in 0..<20 { #expect(await owner.isOnItsQueue()) }
        #expect(await owner.tokens == [7, 7])
        #expect(await owner.rounds < rounds + 200)
        owner.loop.stop()
        #expect(there.number != here.number)
    }

    @Test func aTimerMakesARound() async throws {
        let owner = try Owner()
        owner.loop.start(owner)
        // Long enough for the loop to fall asleep before.
        await owner.roundOfTimer(at: Moment.now() + 30_000_000)
        owner.loop.stop()
    }

    @Test func theMailboxWakesASleeperOnce() {
        var mailbox = Mailbox()
        // Asleep from the start; awake while it works; asleep again when nothing waits; never again after the end.
        var sleeps = [mailbox.sleep()]
        mailbox.wake()
        sleeps.append(mailbox.sleep())
        sleeps.append(mailbox.sleep())
        mailbox.end()
        mailbox.wake()
        sleeps.append(mailbox.sleep())
        #expect(sleeps == [false, true, false, false])
        #expect(mailbox.hasEnded)
    }
}

extension DispatchSemaphore {
    /// `wait` for asynchronous code that means to block its thread.
    fileprivate func waitHere() { wait() }
}
