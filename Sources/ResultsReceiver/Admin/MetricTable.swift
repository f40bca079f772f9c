/// Every metric that `/metrics` shows, in its order.
///
/// Those about the process have the names that all programs share (without the prefix), so that dashboards that exist
/// find them.
package enum MetricTable {
    package static let all = [
        requests, requestDuration, signatures, groupSize, commitDuration, queueDepth, connections, notAllowed,
        enrolments, databaseBytes, ready, reloadSuccess, certificateExpiry, failedHandshakes, buildInfo,
        processorSeconds, residentBytes, openDescriptors,
        maximalDescriptors, startTime,
    ]

    static let requests = Metric(
        "results_receiver_requests_total", .counter, labels: ["code", "reason"],
        "Answers of the results listeners, by status code and reason",
        worry: "500 at all; 503 for longer than a minute; 403 from a sender that was right before; 404 that grow: "
            + "`report attention` names them")
    static let requestDuration = Metric(
        "results_receiver_request_duration_seconds", .histogram,
        "Time from a complete request, or from the head that could be refused, to its answer",
        worry: "the slowest hundredth above 1 s; any above 8 s, after which senders may have given up")
    static let signatures = Metric(
        "results_receiver_signatures_total", .counter, labels: ["plugin", "position", "algorithm"],
        "Right signatures, by the position of the secret in the settings (from 1)",
        worry: "an old secret whose count still grows must not be taken out; one that has stood still for weeks can")
    static let groupSize = Metric(
        "results_receiver_commit_group_size", .histogram, "Messages that were stored in one transaction",
        worry: "large groups all the time: the disk syncs slowly, or very much is sent")
    static let commitDuration = Metric(
        "results_receiver_commit_duration_seconds", .histogram,
        "Time of a transaction that was stored, its sync included",
        worry: "the slowest hundredth above 1 s: the disk is slow, full or failing")
    static let queueDepth = Metric(
        "results_receiver_queue_depth", .gauge, "Messages that wait for their transaction or are in it",
        worry: "hundreds for longer than a minute; at 1024 further ones are answered 503 overload")
    static let connections = Metric(
        "results_receiver_connections", .gauge, "Open connections to the results listeners",
        worry: "near the setting `connections`, where the oldest without a request are closed")
    static let notAllowed = Metric(
        "results_receiver_connections_not_allowed_total", .counter,
        "Connections that were closed because `allow` does not list their client",
        worry: "growth while results stay out: the sender has another address now, or a proxy is not trusted")
    static let enrolments = Metric(
        "results_receiver_enrolments", .gauge, labels: ["status"],
        "Enrolments in the registry, by status; absent while the registry cannot be read",
        worry: "none `ingepland` where results are expected: the last import failed or brought the wrong file")
    static let databaseBytes = Metric(
        "results_receiver_database_bytes", .gauge,
        "Size of the database and its write-ahead log; absent while the registry cannot be read",
        worry: "growth that the disk will not hold; see `[deliveries]` for what is kept how long")
    static let ready = Metric(
        "results_receiver_ready", .gauge, "Whether `/readyz` would answer 200 now (1) or 503 (0)",
        worry: "0 for longer than a minute: `/readyz` says why")
    static let reloadSuccess = Metric(
        "results_receiver_reload_success", .gauge,
        "Whether the last reload of the settings succeeded (1, also before the first) or changed nothing (0)",
        worry: "0: the settings on disk are wrong, and a restart would fail; the log and `config check` say why")
    static let certificateExpiry = Metric(
        "results_receiver_tls_certificate_expiry_seconds", .gauge, labels: ["listener"],
        "When the certificate of a listener with TLS, or another of its chain, expires, in seconds since 1970",
        worry: "less than 14 days from now (`time()`): its renewal failed, or no reload followed it")
    static let failedHandshakes = Metric(
        "results_receiver_tls_handshake_failures_total", .counter, labels: ["reason"],
        "TLS handshakes that failed, by reason",
        worry: "`refused-by-client` from a sender that was right before: it does not trust the certificate; "
            + "`client-certificate`: its own has expired")
    static let buildInfo = Metric(
        "results_receiver_build_info", .gauge, labels: ["version"], "Always 1; the label says which release this is",
        worry: "another release than you installed: the service was not restarted")
    static let processorSeconds = Metric(
        "process_cpu_seconds_total", .counter, "Processor time that the process has used",
        worry: "a whole processor (1 s each second) for long: more `lanes`, or strangers keep it busy")
    static let residentBytes = Metric(
        "process_resident_memory_bytes", .gauge, "Memory that the process occupies",
        worry: "growth over days that does not end")
    static let openDescriptors = Metric(
        "process_open_fds", .gauge, "Open file descriptors",
        worry: "above nine tenths of process_max_fds: connections will be refused")
    static let maximalDescriptors = Metric(
        "process_max_fds", .gauge, "How many file descriptors the process may open",
        worry: "below the setting `connections` and 64 more: raise LimitNOFILE")
    static let startTime = Metric(
        "process_start_time_seconds", .gauge, "When the process started, in seconds since 1970",
        worry: "changes that nobody caused: it crashes and is started again")
}
