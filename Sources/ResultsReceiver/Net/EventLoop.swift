import CSystem
import Dispatch
import Glibc
import Synchronization

/// What runs on an event loop. Called on the loop's queue, and nowhere else.
package protocol EventLoopOwner: Actor {
    func becameReady(_ readiness: Readiness)
    /// After every round of events and jobs; the place to look at deadlines. True when there is more to do at once.
    func roundEnded() -> Bool
}

/// The event loop of a lane: an epoll descriptor that one Dispatch source watches, on a serial queue.
///
/// The source's handler drains the ready list and lingers for more a few milliseconds before it returns to Dispatch
/// (measured: a Dispatch source per connection costs 2.4 times the processor time). It is also the executor of the lane: jobs
/// come through a mailbox and an eventfd in the same epoll set, because jobs on the queue would wait for the lingering
/// handler.
///
/// A task that may suspend wants the loop as its `executorPreference` too: a continuation resumes its task on no
/// particular executor, which without a preference is the global one, and only from there comes back to the actor.
package final class EventLoop: SerialExecutor, TaskExecutor {
    private let poll: Descriptor
    private let bell: Descriptor
    private let timer: Descriptor
    private let queue: DispatchQueue
    private let mailbox = Mutex(Mailbox())

    /// How long the handler stays in epoll_wait when nothing is ready. Milliseconds.
    private static let lingering: CInt = 5
    /// How many events one round takes at most.
    private static let batch = 128
    private static let ownToken = UInt64.max
    private static let identity = DispatchSpecificKey<ObjectIdentifier>()

    package init(label: String) throws(SystemError) {
        let flags = CInt(CSYSTEM_CLOEXEC | CSYSTEM_NONBLOCK)
        poll = Descriptor(
            owning: try systemCall("epoll_create1") { csystem_epoll_create(CInt(CSYSTEM_CLOEXEC)) })
        bell = Descriptor(owning: try systemCall("eventfd") { csystem_eventfd(0, flags) })
        timer = Descriptor(owning: try systemCall("timerfd_create") { csystem_timerfd_create(CLOCK_MONOTONIC, flags) })
        queue = DispatchQueue(label: label)
        queue.setSpecific(key: EventLoop.identity, value: ObjectIdentifier(self))
        // Edge-triggered, so that neither has to be read: each write to the bell and each expiry is an edge.
        try add(bell.number, token: EventLoop.ownToken, UInt32(CSYSTEM_EPOLLIN) | CSYSTEM_EPOLLET)
        try add(timer.number, token: EventLoop.ownToken, UInt32(CSYSTEM_EPOLLIN) | CSYSTEM_EPOLLET)
    }

    // MARK: Descriptors

    /// Reports every change of a connection's readiness once (edge-triggered): whoever is told must read or write until
    /// it would block, or remember that it did not.
    package func addConnection(_ descriptor: CInt, token: UInt64) throws(SystemError) {
        let events = CSYSTEM_EPOLLIN | CSYSTEM_EPOLLOUT | CSYSTEM_EPOLLRDHUP
        try add(descriptor, token: token, UInt32(events) | CSYSTEM_EPOLLET)
    }

    /// Reports in every round that connections wait (level-triggered); of several loops that share the listener, not
    /// all are woken.
    package func addListener(_ descriptor: CInt, token: UInt64) throws(SystemError) {
        try add(descriptor, token: token, UInt32(CSYSTEM_EPOLLIN | CSYSTEM_EPOLLEXCLUSIVE))
    }

    /// Before the descriptor is closed; for one that is closed by its only owner, closing is enough.
    package func remove(_ descriptor: CInt) {
        // ENOENT: it was not there.
        _ = csystem_epoll_ctl(poll.number, CInt(CSYSTEM_EPOLL_CTL_DEL), descriptor, nil)
    }

    private func add(_ descriptor: CInt, token: UInt64, _ events: UInt32) throws(SystemError) {
        var event = csystem_epoll_event(events: events, token: token)
        _ = try systemCall("epoll_ctl") {
            unsafe csystem_epoll_ctl(poll.number, CInt(CSYSTEM_EPOLL_CTL_ADD), descriptor, &event)
        }
    }

    // MARK: Time

    /// Makes a round happen at `moment` at the latest; only the last call counts.
    package func wake(at moment: Moment) {
        var time = itimerspec()
        time.it_value.tv_sec = Int(moment.nanoseconds / 1_000_000_000)
        // All zero would mean: never.
        time.it_value.tv_nsec = max(1, Int(moment.nanoseconds % 1_000_000_000))
        _ = unsafe csystem_timerfd_settime(timer.number, CInt(CSYSTEM_TFD_TIMER_ABSTIME), &time, nil)
    }

    // MARK: Running

    /// Begins to deliver events and jobs to `owner`, which is not kept alive by it. Once, and `stop` must follow.
    package func start(_ owner: some EventLoopOwner) {
        let source = DispatchSource.makeReadSource(fileDescriptor: poll.number, queue: queue)
        // Keeps the source, and with it the loop and its descriptors, until it is cancelled: then Dispatch lets go of
        // this handler, after it has let go of the descriptor.
        source.setEventHandler { [weak owner] in
            guard let owner, self.run(owner) else { return source.cancel() }
        }
        source.setCancelHandler { self.runJobs(atMost: .max) }
        source.activate()
        // Dispatch opens a descriptor for its first timer, and a timer that is set while there is none never fires
        // (tried): deadlines elsewhere in the program must not depend on how many clients there are.
        queue.asyncAfter(deadline: .now()) {}
        // Jobs may have come before the start.
        ring()
    }

    /// Ends the delivery of events. Jobs that come later are still run.
    package func stop() {
        mailbox.withLock { $0.end() }
        ring()
    }

    /// Round after round of events and jobs, until there is nothing more to do. False when the loop has ended.
    private func run(_ owner: some EventLoopOwner) -> Bool {
        unsafe withUnsafeTemporaryAllocation(of: csystem_epoll_event.self, capacity: EventLoop.batch) { events in
            // nonisolated(unsafe): lent to the owner's closure below, which runs here and now, on this thread, and keeps
            // nothing of it; no other thread ever sees the buffer.
            nonisolated(unsafe) let events = unsafe events
            mailbox.withLock { $0.wake() }
            while true {
                runJobs(atMost: EventLoop.batch)
                let hasMore = owner.assumeIsolated { $0.roundEnded() }
                let maySleep = !hasMore && mailbox.withLock { $0.sleep() }
                let timeout = maySleep ? EventLoop.lingering : 0
                let count = unsafe csystem_epoll_wait(poll.number, events.baseAddress, CInt(events.count), timeout)
                let ended = mailbox.withLock { mailbox in
                    // Quiet: back to Dispatch, asleep; the bell is an edge that its source will see.
                    if count > 0 || !maySleep { mailbox.wake() }
                    return mailbox.hasEnded
                }
                if ended { return false }
                if count <= 0 && maySleep { return true }
                owner.assumeIsolated { owner in
                    for index in 0..<max(0, Int(count)) {
                        let event = unsafe events[index]
                        let ready = Readiness(token: event.token, events: event.events)
                        if ready.token != EventLoop.ownToken { owner.becameReady(ready) }
                    }
                }
            }
        }
    }

    /// Runs what waits in the mailbox, and what that puts there.
    private func runJobs(atMost limit: Int) {
        for _ in 0..<limit {
            guard let job = mailbox.withLock({ $0.next() }) else { return }
            unsafe job.runSynchronously(isolatedTo: asUnownedSerialExecutor(), taskExecutor: asUnownedTaskExecutor())
        }
    }

    private func ring() {
        var one: UInt64 = 1
        // EAGAIN: the counter is full, so that the bell has rung often enough.
        _ = unsafe write(bell.number, &one, MemoryLayout<UInt64>.size)
    }
}

extension EventLoop {
    package func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        switch mailbox.withLock({ $0.put(job) }) {
        case .delivered: break
        case .wakes: ring()
        case .ended: queue.async { self.runJobs(atMost: .max) }
        }
    }

    package func checkIsolated() { dispatchPrecondition(condition: .onQueue(queue)) }

    package func isIsolatingCurrentContext() -> Bool? {
        DispatchQueue.getSpecific(key: EventLoop.identity) == ObjectIdentifier(self)
    }
}
