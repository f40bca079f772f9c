package import HTTP

/// The endpoints for whoever watches over the receiver: `/healthz`, `/readyz` and `/metrics`, by GET and HEAD.
///
/// They are served apart from the results, on a lane of their own. Nothing that is shown is personal or secret.
package final class AdminService: Service {
    private let observed: any Observed

    package init(_ observed: any Observed) {
        self.observed = observed
    }

    package func admit(_ head: RequestHead, from client: Client) -> Admission {
        guard let page = Page(rawValue: head.path) else {
            let pages = Page.allCases.map(\.rawValue).joined(separator: ", ")
            return .respond(.plain(.notFound, "not found; there are \(pages)"))
        }
        guard head.method == .get || head.method == .head else {
            var response = Response.plain(.methodNotAllowed, "only GET and HEAD")
            response.fields.append(Field(.allow, "GET, HEAD"))
            return .respond(response)
        }
        return .receive(Request(page: page, observed: observed))
    }

    package func refuse(_ refusal: Refusal, head: RequestHead?, from client: Client) -> Response {
        let status =
            switch refusal {
            case .malformed: Status.badRequest
            case .contentTooLarge: Status(code: 413, phrase: "Content Too Large")
            case .contentTimedOut: Status(code: 408, phrase: "Request Timeout")
            case .contentEvicted, .tooManyConnections: Status.serviceUnavailable
            }
        var response = Response.plain(status, status.phrase)
        response.closes = true
        return response
    }

    private enum Page: String, CaseIterable {
        case health = "/healthz"
        case readiness = "/readyz"
        case metrics = "/metrics"
    }

    private struct Request: ContentReceiver {
        let page: Page
        let observed: any Observed
        let limit = 1024

        func receive(_ content: [UInt8]) async -> Response {
            switch page {
            case .health:
                return await observed.lanesRespond()
                    ? .plain(.ok, "ok") : .plain(.serviceUnavailable, "not healthy: a lane does not respond")
            case .readiness:
                switch await observed.readiness() {
                case .ready: return .plain(.ok, "ready")
                case .notReady(let reason, let meaning):
                    return .plain(.serviceUnavailable, "not ready: \(reason): \(meaning)")
                }
            case .metrics:
                let readiness = await observed.readiness()
                let text = await observed.readings().exposition(isReady: readiness == .ready, ProcessReading())
                return Response(
                    status: .ok, fields: [Field(.contentType, Exposition.contentType)], content: Array(text.utf8))
            }
        }
    }
}

extension Response {
    fileprivate static func plain(_ status: Status, _ line: String) -> Response {
        Response(
            status: status,
            fields: [Field(.contentType, "text/plain; charset=utf-8"), Field(.cacheControl, "no-store")],
            content: Array("\(line)\n".utf8))
    }
}

extension Readings {
    /// Every metric of `MetricTable`, in its order.
    func exposition(isReady: Bool, _ process: ProcessReading) -> String {
        var page = Exposition()
        page.add(MetricTable.requests, answers.map { (["\($0.code)", $0.reason], Double($0.count)) })
        page.add(MetricTable.requestDuration, requestDurations)
        page.add(
            MetricTable.signatures,
            signatures.map { ([$0.plugin, "\($0.position)", $0.algorithm], Double($0.count)) })
        page.add(MetricTable.groupSize, groupSizes)
        page.add(MetricTable.commitDuration, commitDurations)
        page.add(MetricTable.queueDepth, Double(queueDepth))
        page.add(MetricTable.connections, Double(connections))
        page.add(MetricTable.notAllowed, Double(connectionsNotAllowed))
        page.add(MetricTable.enrolments, registry?.enrolments.map { ([$0.status], Double($0.count)) } ?? [])
        page.add(MetricTable.databaseBytes, registry.map { Double($0.bytes) })
        page.add(MetricTable.ready, isReady ? 1 : 0)
        page.add(MetricTable.reloadSuccess, reloadSucceeded ? 1 : 0)
        page.add(MetricTable.certificateExpiry, certificates.map { ([$0.listener], Double($0.expiry)) })
        page.add(MetricTable.failedHandshakes, failedHandshakes.map { ([$0.reason], Double($0.count)) })
        page.add(MetricTable.buildInfo, [([version], 1)])
        page.add(MetricTable.processorSeconds, process.processorSeconds)
        page.add(MetricTable.residentBytes, process.residentBytes)
        page.add(MetricTable.openDescriptors, process.openDescriptors)
        page.add(MetricTable.maximalDescriptors, process.maximalDescriptors)
        page.add(MetricTable.startTime, process.startTime)
        return page.text
    }
}
