import CSQLite

/// A connection to an SQLite database.
///
/// Opened without SQLite's own mutexes (SQLITE_OPEN_NOMUTEX: "separate threads are allowed to use SQLite at the same
/// time, as long as each thread is using a different database connection"), so one owner at a time uses it and its
/// statements. It is not `Sendable`: whoever shares it wraps it in a lock, and the compiler watches over that.
@safe package final class Connection {
    let handle: OpaquePointer
    /// Pages in the write-ahead log after the latest commit, once `leaveCheckpoints` was called; 0 before.
    private(set) var logPages = 0
    /// Keeps others from putting another file in the database's place.
    var lock: RegistryLock?

    /// Opens a file that exists; a registry is opened with `Connection(registry:…)`, which also makes and checks it.
    init(file path: String) throws(RegistryError) {
        // Has no effect, and does no harm, where something else in the process has used SQLite before.
        _ = Self.isConfigured
        // SQLite gives a meaning of its own to ":memory:" and "file:"; a path that begins with / or . is only a path.
        let name = path.hasPrefix("/") || path.hasPrefix(".") ? path : "./" + path
        var opened: OpaquePointer?
        let flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE
        let code = unsafe sqlite3_open_v2(name, &opened, flags, nil)
        guard let opened = unsafe opened else {
            throw .sqlite(code: code, message: Self.text(of: code), sql: nil)
        }
        guard code == SQLITE_OK else {
            // "Whether or not an error occurs when it is opened, resources associated with the database connection
            // handle should be released by passing it to sqlite3_close()."
            unsafe sqlite3_close_v2(opened)
            throw .sqlite(code: code, message: Self.text(of: code), sql: nil)
        }
        unsafe handle = opened
    }

    /// Opens a database of this connection's own, in memory.
    init(inMemory: Void) throws(RegistryError) {
        _ = Self.isConfigured
        var opened: OpaquePointer?
        let code = unsafe sqlite3_open_v2(
            ":memory:", &opened, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, nil)
        guard let opened = unsafe opened, code == SQLITE_OK else {
            unsafe sqlite3_close_v2(opened)
            throw .sqlite(code: code, message: Self.text(of: code), sql: nil)
        }
        unsafe handle = opened
    }

    private static let isConfigured = csqlite_leave_memory_uncounted() == SQLITE_OK

    deinit {
        // close_v2: "if there are unfinalized prepared statements … the connection becomes an unusable 'zombie' which
        // will automatically be deallocated when the last prepared statement is finalized". So order does not matter.
        unsafe sqlite3_wal_hook(handle, nil, nil)
        unsafe sqlite3_close_v2(handle)
    }

    /// Leaves checkpoints to another connection, where every thousandth page would bring one to a commit of this one;
    /// from now on `logPages` counts.
    func leaveCheckpoints() {
        // The hook takes the place of SQLite's automatic checkpoint. It ends with the connection, whose deinit comes
        // before its memory goes, so that the unretained reference is good whenever SQLite calls.
        unsafe sqlite3_wal_hook(
            handle,
            { context, _, _, pages in
                if let context = unsafe context {
                    unsafe Unmanaged<Connection>.fromOpaque(context).takeUnretainedValue().logPages = Int(pages)
                }
                return SQLITE_OK
            }, Unmanaged.passUnretained(self).toOpaque())
    }

    /// How a checkpoint treats others: SQLITE_CHECKPOINT_PASSIVE and SQLITE_CHECKPOINT_TRUNCATE.
    enum Checkpoint {
        /// Copies what no reader still needs, and waits for nobody.
        case passive
        /// Waits for readers and writers as long as for a lock, copies everything, and empties the log.
        case truncate
    }

    /// Copies pages of the write-ahead log into the database file, synced. Pages in the log, and how many are copied.
    @discardableResult
    func checkpoint(_ mode: Checkpoint) throws(RegistryError) -> (pages: Int, copied: Int) {
        var pages: Int32 = 0
        var copied: Int32 = 0
        let mode = mode == .passive ? SQLITE_CHECKPOINT_PASSIVE : SQLITE_CHECKPOINT_TRUNCATE
        let code = unsafe sqlite3_wal_checkpoint_v2(handle, nil, mode, &pages, &copied)
        guard code == SQLITE_OK else { throw error(code, sql: nil) }
        return (Int(pages), Int(copied))
    }

    /// Whether the file was deleted, or another took its place, since it was opened.
    var hasMoved: Bool {
        var moved: Int32 = 0
        let code = unsafe sqlite3_file_control(handle, "main", SQLITE_FCNTL_HAS_MOVED, &moved)
        return code == SQLITE_OK && moved != 0
    }

    /// Prepares a statement that is kept and used again (SQLITE_PREPARE_PERSISTENT).
    package func prepare(_ sql: String) throws(RegistryError) -> Statement {
        try Statement(self, sql)
    }

    /// Runs statements without parameters, one after the other, until one fails.
    package func execute(_ sql: String) throws(RegistryError) {
        let code = unsafe sqlite3_exec(handle, sql, nil, nil, nil)
        if code != SQLITE_OK { throw error(code, sql: sql) }
    }

    /// Runs `body` in a transaction that takes the write lock at once; rolls back whatever `body` throws.
    package func transaction<Value>(_ body: () throws(RegistryError) -> Value) throws(RegistryError) -> Value {
        try execute("BEGIN IMMEDIATE")
        do throws(RegistryError) {
            let value = try body()
            try execute("COMMIT")
            return value
        } catch {
            rollBack()
            throw error
        }
    }

    /// Runs `body` on one state of the database, which it only reads.
    func snapshot<Value>(_ body: () throws(RegistryError) -> Value) throws(RegistryError) -> Value {
        try execute("BEGIN")
        defer { rollBack() }
        return try body()
    }

    /// Ends an open transaction without its changes; does nothing where there is none.
    ///
    /// "If a transaction fails with SQLITE_FULL, SQLITE_IOERR, SQLITE_NOMEM, SQLITE_BUSY or SQLITE_INTERRUPT, the
    /// transaction might be rolled back automatically": hence the question first.
    package func rollBack() {
        if isInTransaction { unsafe sqlite3_exec(handle, "ROLLBACK", nil, nil, nil) }
    }

    /// Whether a transaction is open.
    package var isInTransaction: Bool { unsafe sqlite3_get_autocommit(handle) == 0 }

    /// Rows that the latest INSERT, UPDATE or DELETE changed, without those its triggers changed.
    package var changes: Int { Int(unsafe sqlite3_changes64(handle)) }

    /// The row id of the latest INSERT.
    package var lastInsertedID: Int64 { unsafe sqlite3_last_insert_rowid(handle) }

    /// How long a statement waits for another connection's lock before it fails with SQLITE_BUSY.
    package func waitForLocks(milliseconds: Int32) {
        unsafe sqlite3_busy_timeout(handle, milliseconds)
    }

    /// The error for a result code that this connection just returned.
    func error(_ code: Int32, sql: String?) -> RegistryError {
        // errmsg belongs to the latest call, which may not be the one that failed; the code's own text always fits.
        let latest = unsafe sqlite3_extended_errcode(handle) == code ? sqlite3_errmsg(handle) : nil
        let message = unsafe latest.map { unsafe String(cString: $0) } ?? Self.text(of: code)
        return .sqlite(code: code, message: message, sql: sql)
    }

    private static func text(of code: Int32) -> String {
        unsafe sqlite3_errstr(code).map { unsafe String(cString: $0) } ?? "result code \(code)"
    }
}
