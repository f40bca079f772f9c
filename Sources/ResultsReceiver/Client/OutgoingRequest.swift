internal import CCurl

/// One HTTP(S) request to another server, or to a receiver that is being tried. Redirects are not followed and
/// certificates are verified.
package struct OutgoingRequest: Sendable {
    /// With the scheme `http` or `https`.
    package var url: String
    package var method: String
    /// Sent in this order as they are, equal names too. Nothing is added but `Host` and what frames the content.
    package var fields: [(name: String, value: String)]
    /// Nil: no content; a POST then says that its length is 0.
    package var body: [UInt8]?
    /// Until a connection stands, TLS included.
    package var connectTime: Duration = .seconds(5)
    /// For everything.
    package var totalTime: Duration = .seconds(30)
    /// A file with the certificates of authorities to trust (PEM) instead of the system's.
    package var authorityFile: String?
    /// The most octets of content that are read of a response.
    package var responseLimit = 1 << 20

    package init(
        url: String, method: String = "POST", fields: [(name: String, value: String)] = [], body: [UInt8]? = nil
    ) {
        self.url = url
        self.method = method
        self.fields = fields
        self.body = body
    }

    /// Sends it and waits for the answer, whatever its status. Blocks the thread.
    package func perform() throws(OutgoingError) -> OutgoingResponse {
        for text in [url, method, authorityFile ?? ""] + fields.flatMap({ [$0.name, $0.value] })
        where text.utf8.contains(where: { $0 < 0x20 && $0 != UInt8(ascii: "\t") || $0 == 0x7f }) {
            throw OutgoingError(.unsendable, "a control character in \(text.debugDescription)")
        }
        guard !method.isEmpty, !method.contains(" "), fields.allSatisfy({ !$0.name.isEmpty && !$0.name.contains(":") })
        else { throw OutgoingError(.unsendable, "a method or field name that is no token") }
        let exchange = try Exchange(url: url, method: method)
        for line in fieldLines { try exchange.add(line) }
        if let body { try exchange.set(body) }
        exchange.limit(connect: connectTime, total: totalTime)
        if let authorityFile { exchange.trust(authorityFile) }
        return try exchange.perform(responseLimit: responseLimit)
    }

    /// In libcurl's notation.
    private var fieldLines: [String] {
        let own = fields.map { $0.value.isEmpty ? "\($0.name);" : "\($0.name): \($0.value)" }
        // What libcurl would add unasked; that content is no form, and waiting for a 100 only costs time.
        let unwanted = ["Accept", "Content-Type", "Expect", "User-Agent"].filter { name in
            !fields.contains { $0.name.lowercased() == name.lowercased() }
        }
        return own + unwanted.map { "\($0):" }
    }
}

/// A request in libcurl's hands.
@safe private final class Exchange {
    private let request: UnsafeMutableRawPointer

    init(url: String, method: String) throws(OutgoingError) {
        guard let request = unsafe ccurl_create(url, method) else { throw .noMemory }
        unsafe self.request = request
    }

    deinit { unsafe ccurl_free(request) }

    func add(_ line: String) throws(OutgoingError) {
        guard unsafe ccurl_add_field(request, line) == 1 else { throw .noMemory }
    }

    func set(_ body: [UInt8]) throws(OutgoingError) {
        guard unsafe ccurl_set_content(request, body, body.count) == 1 else { throw .noMemory }
    }

    func limit(connect: Duration, total: Duration) {
        unsafe ccurl_set_times(request, connect.wholeMilliseconds, total.wholeMilliseconds)
    }

    func trust(_ file: String) { unsafe ccurl_set_authorities(request, file) }

    func perform(responseLimit: Int) throws(OutgoingError) -> OutgoingResponse {
        let outcome = unsafe ccurl_perform(request, responseLimit)
        if let kind = OutgoingError.Kind(outcome) {
            throw OutgoingError(kind, unsafe String(cString: ccurl_detail(request)))
        }
        var length = 0
        let head = unsafe octets(ccurl_head(request, &length), length)
        let content = unsafe octets(ccurl_content(request, &length), length)
        return OutgoingResponse(status: Int(unsafe ccurl_status(request)), head: head, body: content)
    }

    private func octets(_ start: UnsafeRawPointer?, _ length: Int) -> [UInt8] {
        unsafe Array(UnsafeRawBufferPointer(start: start, count: length))
    }
}

extension Duration {
    /// At least 1, for 0 means "for ever" to libcurl.
    fileprivate var wholeMilliseconds: Int {
        let (seconds, attoseconds) = components
        return max(1, Int(seconds) * 1000 + Int(attoseconds / 1_000_000_000_000_000))
    }
}
