/// Makes of accepted sockets what their connections speak, where that is not TCP as it is.
package protocol TransportSecurity: Sendable {
    /// Nil, and the socket closed, where there is no memory.
    func transport(over socket: consuming Descriptor) -> (any Transport)?
}

/// Where connections come in, and what they speak.
package struct Entrance: Sendable {
    package let listener: Listener
    /// Nil: TCP as it is.
    package let security: (any TransportSecurity)?

    package init(_ listener: Listener, security: (any TransportSecurity)? = nil) {
        self.listener = listener
        self.security = security
    }
}
