// What of listeners single keys cannot show.

extension SettingsAssembly {
    mutating func checkListeners() {
        let listen = loaded.settings.server.listen
        if !loaded.settings.listeners.isEmpty, listen.origin == .standard { loaded.settings.server.listen.value = [] }
        if loaded.settings.listeners.isEmpty, listen.value.isEmpty {
            loaded.mistakes.append(
                Mistake(
                    listen.origin, key: "listen", "the value is missing",
                    cure: "write an address, or leave the key out, or write [listener NAME]"))
        }
        checkPorts()
    }

    /// Of one whose keys are each right.
    mutating func check(_ listener: ListenerSettings) {
        func mistake(_ origin: Origin, _ key: String, _ message: String, _ cure: String) {
            loaded.mistakes.append(Mistake(origin, key: key, message, cure: cure))
        }
        let title = "[listener \(listener.name)]"
        if listener.addresses.value.isEmpty {
            mistake(listener.origin, "address", "\(title) has no address", "write address = HOST:PORT below it")
        }
        switch (listener.certificate.value, listener.key.value) {
        case (_?, nil):
            mistake(
                listener.certificate.origin, "key", "\(title) has a certificate and no key",
                "write key = FILE with the private key of the certificate")
        case (nil, _?):
            mistake(
                listener.key.origin, "certificate", "\(title) has a key and no certificate",
                "write certificate = FILE with the certificate of the key")
        case (nil, nil) where listener.clientAuthority.value != nil:
            mistake(
                listener.clientAuthority.origin, "client-ca", "\(title) has no certificate of its own",
                "write certificate = FILE and key = FILE, without which nobody is asked for one")
        default: break
        }
    }

    /// A port is had once: by an address, or by all of its kind.
    private mutating func checkPorts() {
        typealias Place = (address: ListenAddress, origin: Origin, key: String, section: String)
        let server = loaded.settings.server.listen
        var places: [Place] = server.value.map { ($0, server.origin, "listen", "[server]") }
        for listener in loaded.settings.listeners {
            let section = "[listener \(listener.name)]"
            for address in listener.addresses.value {
                if let other = places.first(where: { $0.address.overlaps(address) }) {
                    let whose = other.section == section ? "this section" : other.section
                    loaded.mistakes.append(
                        Mistake(
                            listener.addresses.origin, key: "address",
                            "\(address) is taken by \(other.key) = \(other.address) in \(whose)",
                            cure: "choose another port"))
                }
                places.append((address, listener.addresses.origin, "address", section))
            }
        }
        let admin = loaded.settings.admin.listen
        if let address = admin.value, let other = places.first(where: { $0.address.overlaps(address) }),
            other.key == "address"
        {
            loaded.mistakes.append(
                Mistake(
                    admin.origin, key: "listen",
                    "\(address) is taken by address = \(other.address) in \(other.section)",
                    cure: "choose another port"))
        }
    }
}

extension ListenAddress {
    /// Whether both cannot be listened on, as far as is known without looking names up.
    fileprivate func overlaps(_ other: ListenAddress) -> Bool {
        guard port == other.port, port != 0 else { return false }
        if host == other.host { return true }
        let isVersion6 = host.contains(":")
        guard isVersion6 == other.host.contains(":") else { return false }
        return [host, other.host].contains(isVersion6 ? "::" : "0.0.0.0")
    }
}
