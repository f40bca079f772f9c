import Net
import Testing

extension RunningServer {
    /// The first address of its admin endpoints, by its log; nil: it has none.
    var adminAddress: SocketAddress? {
        errors.firstMatch(of: #/admin endpoints on http:\/\/([^"\/ ]+)\//#)
            .flatMap { try? SocketAddress(parsing: String($0.1)) }
    }

    /// Asks an admin endpoint.
    func ask(_ path: String, method: String = "GET") throws -> TestClient.Answer {
        let address = try #require(adminAddress)
        return try TestClient(address, patience: 20)
            .ask("\(method) \(path) HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
    }

    /// What a scraper sees.
    func metrics() throws -> Exposed { try Exposed(try ask("/metrics").content) }
}
