import HTTP
import Net

// From octets to requests.
extension Lane {
    /// Takes a connection as far as it gets without waiting.
    func turn(_ connection: Connection) {
        if connection.isInTurn { return }
        connection.isInTurn = true
        var steps = 0
        while step(connection) {
            steps += 1
            if steps == Lane.stepsPerTurn {
                unfinished.append(connection.token)
                break
            }
        }
        connection.isInTurn = false
        settle(connection)
    }

    /// So many reads or requests of one connection at a stretch; then it is others' turn.
    private static let stepsPerTurn = 64

    /// True when there may be more to do at once.
    private func step(_ connection: Connection) -> Bool {
        switch connection.state {
        case .handshake:
            return shakeHands(connection)
        case .idle, .head:
            return connection.parser.unparsedBytes > 0 && parseHead(connection) || read(connection)
        case .content(let receiver):
            return parseContent(connection, receiver) || read(connection)
        case .dropping:
            return discard(connection) || read(connection)
        case .handling:
            // Reset while the service works: nobody is there to read the answer.
            if connection.isGone { close(connection) }
            return false
        case .writing(let closing):
            return write(connection, closing: closing)
        case .lingering:
            return drop(connection)
        case .closed:
            return false
        }
    }

    /// What a turn leaves behind: a deadline, a place in the budget, and no more memory than needed.
    private func settle(_ connection: Connection) {
        switch connection.state {
        case .closed: return
        case .idle:
            if drainDeadline != nil, !connection.isFresh || connection.deadline <= now { return close(connection) }
            if connection.parser.heldBytes > Lane.idleBytes { connection.parser.releaseIfEmpty() }
            connection.head = nil
            forgetClient(of: connection)
        default: break
        }
        chargeForRequest(connection)
        if case .closed = connection.state { return }
        count(connection, busy: connection.isCounted && !connection.lacksRequest)
        schedule(connection)
    }

    /// What is read at once, at least.
    private static let smallRead = 4096
    /// What an idle connection may keep of its buffer, so that the next request needs no new one.
    private static let idleBytes = 6 * 1024
    /// What is read at once, at least, of a large content.
    private static let largeRead = 32 * 1024

    // MARK: Reading

    /// True when octets came, or the end.
    private func read(_ connection: Connection) -> Bool {
        if connection.hasEnded {
            clientEnded(connection)
            return false
        }
        guard connection.isReadable else { return false }
        var transfer = Transfer.wouldBlock
        var room = 0
        unsafe connection.parser.withSpare(minimum: connection.chargedAs == .large ? Lane.largeRead : Lane.smallRead) {
            buffer in
            room = buffer.count
            transfer = unsafe connection.transport.receive(into: buffer)
            if case .octets(let count) = transfer { return count }
            return 0
        }
        switch transfer {
        case .octets(let count):
            // Less than there was room for: the rest is yet to come, and the loop will tell (epoll(7)). Of records more
            // may be here, of which the loop knows nothing.
            if count < room && !connection.isHalfClosed && !connection.hasRecords { connection.isReadable = false }
            return true
        case .wouldBlock:
            connection.isReadable = false
            return false
        case .awaitsOpposite:
            connection.isReadable = false
            connection.isCrossed = true
            return false
        case .ended:
            connection.hasEnded = true
            clientEnded(connection)
            return false
        case .failed:
            close(connection)
            return false
        }
    }

    /// The client has finished sending, and what it sent is no whole request.
    private func clientEnded(_ connection: Connection) {
        switch connection.state {
        case .content:
            // It may still read: its content did not come.
            let response = service.refuse(.contentTimedOut, head: connection.head, from: connection.client)
            respond(response, to: connection, closing: true)
        case .idle, .head, .dropping: linger(connection)
        case .lingering: close(connection)
        case .handshake, .handling, .writing, .closed: break
        }
    }

    // MARK: Requests

    /// True when a head was found or refused.
    private func parseHead(_ connection: Connection) -> Bool {
        let head: RequestHead
        do throws(ParserError) {
            guard let found = try connection.parser.parseHead() else {
                if case .idle = connection.state, connection.parser.hasBegunHead { enter(connection, .head) }
                return false
            }
            head = found
        } catch {
            forgetClient(of: connection)
            refuse(.malformed(error), connection)
            return true
        }
        connection.head = head
        connection.isFresh = false
        guard recognise(head, on: connection) else { return true }
        switch service.admit(head, from: connection.client) {
        case .respond(let response):
            answerUnread(response, connection)
        case .receive(let receiver):
            connection.contentBegan = now
            enter(connection, .content(receiver))
            let complete = parseContent(connection, receiver)
            if !complete, head.expectsContinue, connection.parser.bufferedBytes == 0 {
                sendContinue(connection)
            }
        }
        return true
    }

    /// True when the content is whole or refused.
    private func parseContent(_ connection: Connection, _ receiver: any ContentReceiver) -> Bool {
        do throws(ParserError) {
            switch try connection.parser.parseContent(limit: receiver.limit) {
            case .complete(let content):
                handle(content, receiver, connection)
            case .incomplete:
                return false
            case .tooLarge:
                refuse(.contentTooLarge(limit: receiver.limit), connection)
            }
        } catch {
            refuse(.malformed(error), connection)
        }
        return true
    }

    /// Lets the service work. Where it needs not wait, its answer is given before this returns.
    private func handle(_ content: [UInt8], _ receiver: any ContentReceiver, _ connection: Connection) {
        enter(connection, .handling)
        connection.handedBytes = content.count
        if connection.parser.heldBytes > Lane.idleBytes { connection.parser.releaseIfEmpty() }
        let token = connection.token
        Task.immediate(executorPreference: loop) {
            let response = await receiver.receive(content)
            // Meanwhile the connection may have gone.
            guard let connection = connections[token], case .handling = connection.state else {
                response.undelivered?()
                return
            }
            connection.handedBytes = 0
            respond(response, to: connection, closing: false)
            turn(connection)
        }
    }

    private func refuse(_ refusal: Refusal, _ connection: Connection) {
        respond(service.refuse(refusal, head: connection.head, from: connection.client), to: connection, closing: true)
    }

    /// An answer before the content was read: a small rest is read and dropped, so that the connection can stay.
    private func answerUnread(_ response: Response, _ connection: Connection) {
        guard keeps(connection, response), let head = connection.head else {
            return respond(response, to: connection, closing: true)
        }
        do throws(ParserError) {
            switch try connection.parser.discardContent(limit: limits.droppedBytes) {
            case .complete:
                respond(response, to: connection, closing: false)
            case .incomplete where !head.expectsContinue:
                respond(response, to: connection, closing: false, then: .dropping)
            case .incomplete, .tooLarge:
                // A client that was refused instead of being told to continue may send its content or not: what
                // follows could not be told apart.
                respond(response, to: connection, closing: true)
            }
        } catch {
            respond(response, to: connection, closing: true)
        }
    }

    /// True when the rest is dropped, or too long for it.
    private func discard(_ connection: Connection) -> Bool {
        do throws(ParserError) {
            switch try connection.parser.discardContent(limit: limits.droppedBytes) {
            case .complete:
                enter(connection, .idle)
            case .incomplete:
                return false
            case .tooLarge:
                linger(connection)
            }
        } catch {
            linger(connection)
        }
        return true
    }
}
