import Dispatch
import Log
import Results
import Synchronization
import TLS

/// Warns in the log of certificates that expire soon: at once, and then once a day until they are renewed.
final class CertificateWatch: Sendable {
    /// How long before it is warned.
    static let notice = Duration.seconds(14 * 86_400)

    private let entries: [(name: String, entry: TLSEntry)]
    private let logger: Logger
    private let period: Duration
    private let queue = DispatchQueue(label: "certificates")
    private let isStopped = Mutex(false)

    /// Looks once in a `period`.
    init(_ entries: [(name: String, entry: TLSEntry)], _ logger: Logger, every period: Duration = .seconds(86_400)) {
        self.entries = entries
        self.logger = logger
        self.period = period
    }

    /// Looks at once and then again and again, until `stop`.
    func start() {
        guard !entries.isEmpty else { return }
        queue.async { self.lookAgain() }
    }

    /// Nothing more is said once this returns.
    func stop() {
        isStopped.withLock { $0 = true }
        queue.sync {}
    }

    /// Beside the rounds, for a reload.
    func look(at now: Timestamp = .now()) {
        for (name, entry) in entries {
            guard let notice = ExpiryNotice(listener: name, expiry: entry.identity.expiry, now: now) else { continue }
            logger.log(
                notice.hasExpired ? .error : .warning, notice.message,
                ["listener": .text(name), "expires": .text(notice.moment)])
        }
    }

    private func lookAgain() {
        guard !isStopped.withLock({ $0 }) else { return }
        look()
        queue.asyncAfter(deadline: .now() + period / .seconds(1)) { [weak self] in self?.lookAgain() }
    }
}

/// What is to be said of a certificate that expires soon, or has expired.
struct ExpiryNotice: Sendable {
    let hasExpired: Bool
    let message: String
    /// ISO 8601, UTC.
    let moment: String

    /// Nil while there is time. `expiry`: seconds since 1970.
    init?(listener: String, expiry: Int64, now: Timestamp) {
        let rest = expiry - now.milliseconds / 1000
        guard rest <= CertificateWatch.notice.components.seconds else { return nil }
        hasExpired = rest <= 0
        moment = Timestamp(milliseconds: expiry * 1000).iso8601
        let days = rest / 86_400
        message =
            hasExpired
            ? "the certificate of [listener \(listener)] has expired: clients refuse it"
            : "the certificate of [listener \(listener)] expires in \(days == 1 ? "1 day" : "\(days) days")"
    }
}
