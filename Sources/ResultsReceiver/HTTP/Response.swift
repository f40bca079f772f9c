/// An answer with its whole content.
package struct Response: Sendable {
    package var status: Status
    /// Without Content-Length, Connection and Date, which the encoder adds (and leaves out where they stand here).
    package var fields: [Field]
    package var content: [UInt8]
    /// The connection is closed after this answer even if the client would keep it.
    package var closes: Bool
    /// Called once when this answer is known not to have reached the client whole (the connection is gone).
    package var undelivered: (@Sendable () -> Void)?

    package init(
        status: Status, fields: [Field] = [], content: [UInt8] = [], closes: Bool = false,
        undelivered: (@Sendable () -> Void)? = nil
    ) {
        self.status = status
        self.fields = fields
        self.content = content
        self.closes = closes
        self.undelivered = undelivered
    }
}
