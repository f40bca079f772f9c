import CSQLite

/// A prepared statement, kept for use again and again; finalised when the last reference to it goes.
///
/// Parameters and columns count as in SQLite: parameters from 1, columns from 0. A value stays bound until another
/// takes its place, over `reset` too.
@safe package final class Statement {
    private let connection: Connection
    private let handle: OpaquePointer
    package let sql: String

    init(_ connection: Connection, _ sql: String) throws(RegistryError) {
        var prepared: OpaquePointer?
        let code = unsafe sqlite3_prepare_v3(
            connection.handle, sql, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &prepared, nil)
        guard code == SQLITE_OK else { throw connection.error(code, sql: sql) }
        guard let prepared = unsafe prepared else {
            throw .sqlite(code: SQLITE_MISUSE, message: "there is no statement in the text", sql: sql)
        }
        self.connection = connection
        self.sql = sql
        unsafe handle = prepared
    }

    deinit { unsafe sqlite3_finalize(handle) }

    // MARK: Parameters

    package func bind(_ text: String?, at index: Int32) {
        guard var text else { return bindNull(at: index) }
        let code = text.withUTF8 { utf8 in
            // An empty string may have no address, and SQLite takes a null pointer for NULL.
            guard let start = utf8.baseAddress else { return unsafe sqlite3_bind_text(handle, index, "", 0, nil) }
            return unsafe start.withMemoryRebound(to: CChar.self, capacity: utf8.count) { start in
                unsafe sqlite3_bind_text(handle, index, start, Int32(utf8.count), Self.copied)
            }
        }
        check(code)
    }

    package func bind(_ bytes: [UInt8]?, at index: Int32) {
        guard let bytes else { return bindNull(at: index) }
        let code = unsafe bytes.withUnsafeBytes { bytes in
            guard let start = bytes.baseAddress else { return unsafe sqlite3_bind_zeroblob(handle, index, 0) }
            return unsafe sqlite3_bind_blob(handle, index, start, Int32(bytes.count), Self.copied)
        }
        check(code)
    }

    package func bind(_ number: Int64?, at index: Int32) {
        guard let number else { return bindNull(at: index) }
        check(unsafe sqlite3_bind_int64(handle, index, number))
    }

    package func bind(_ number: Int?, at index: Int32) {
        bind(number.map(Int64.init), at: index)
    }

    package func bind(_ truth: Bool?, at index: Int32) {
        bind(truth.map { $0 ? 1 : 0 } as Int64?, at: index)
    }

    package func bind(_ number: Double?, at index: Int32) {
        guard let number else { return bindNull(at: index) }
        check(unsafe sqlite3_bind_double(handle, index, number))
    }

    package func bindNull(at index: Int32) {
        check(unsafe sqlite3_bind_null(handle, index))
    }

    // MARK: Running

    /// Goes to the next row. False: there is none, and the statement has been reset.
    package func step() throws(RegistryError) -> Bool {
        let code = unsafe sqlite3_step(handle)
        switch code {
        case SQLITE_ROW: return true
        case SQLITE_DONE:
            reset()
            return false
        default:
            let error = connection.error(code, sql: sql)
            reset()
            throw error
        }
    }

    /// Runs a statement that gives no rows, or whose rows do not matter.
    package func run() throws(RegistryError) {
        while try step() {}
    }

    /// Runs a statement that gives no rows with pieces of one array as its texts, from parameter `first` on. The pieces
    /// are UTF-8; an empty one is NULL.
    ///
    /// SQLite reads them where they are (SQLITE_STATIC): a copy of each would cost an import more than the insertion.
    func run(texts pieces: [Range<Int>], of utf8: [UInt8], from first: Int32) throws(RegistryError) {
        let outcome = unsafe utf8.withUnsafeBytes { bytes -> Result<Void, RegistryError> in
            for (offset, piece) in pieces.enumerated() {
                let index = first + Int32(offset)
                // The slice checks that the piece lies within the array.
                let slice = unsafe UnsafeRawBufferPointer(rebasing: bytes[piece])
                if let start = slice.baseAddress, !piece.isEmpty {
                    let characters = unsafe start.assumingMemoryBound(to: CChar.self)
                    check(unsafe sqlite3_bind_text(handle, index, characters, Int32(piece.count), nil))
                } else {
                    bindNull(at: index)
                }
            }
            do throws(RegistryError) { return .success(try run()) } catch { return .failure(error) }
        }
        // The array may move or go from here on.
        unsafe sqlite3_clear_bindings(handle)
        try outcome.get()
    }

    /// Runs a statement for its first row. Nil: there is none. The statement is reset in any case.
    package func first<Value>(_ read: (Statement) -> Value) throws(RegistryError) -> Value? {
        guard try step() else { return nil }
        defer { reset() }
        return read(self)
    }

    /// Makes ready for another run and lets go of the locks that a half-read query holds.
    package func reset() {
        // Returns the error of the latest step once more; that one has been thrown already.
        unsafe sqlite3_reset(handle)
    }

    // MARK: Columns of the current row

    package var columnCount: Int32 { unsafe sqlite3_column_count(handle) }

    package func name(ofColumn index: Int32) -> String {
        unsafe sqlite3_column_name(handle, index).map { unsafe String(cString: $0) } ?? ""
    }

    package func isNull(_ index: Int32) -> Bool {
        unsafe sqlite3_column_type(handle, index) == SQLITE_NULL
    }

    /// Nil for NULL.
    package func text(_ index: Int32) -> String? {
        // column_text before column_bytes: "the safest policy is to invoke sqlite3_column_text() followed by
        // sqlite3_column_bytes()"; the pointer lives until the next step, reset or conversion.
        guard let start = unsafe sqlite3_column_text(handle, index) else { return nil }
        let utf8 = unsafe UnsafeBufferPointer(start: start, count: Int(sqlite3_column_bytes(handle, index)))
        return unsafe String(decoding: utf8, as: UTF8.self)
    }

    /// 0 for NULL.
    package func integer(_ index: Int32) -> Int64 { unsafe sqlite3_column_int64(handle, index) }

    /// Nil for NULL.
    package func optionalInteger(_ index: Int32) -> Int64? { isNull(index) ? nil : integer(index) }

    /// Nil for NULL.
    package func truth(_ index: Int32) -> Bool? { isNull(index) ? nil : integer(index) != 0 }

    /// 0 for NULL.
    package func double(_ index: Int32) -> Double { unsafe sqlite3_column_double(handle, index) }

    /// Nil for NULL.
    package func bytes(_ index: Int32) -> [UInt8]? {
        if isNull(index) { return nil }
        guard let start = unsafe sqlite3_column_blob(handle, index) else { return [] }
        return unsafe [UInt8](UnsafeRawBufferPointer(start: start, count: Int(sqlite3_column_bytes(handle, index))))
    }

    /// SQLITE_TRANSIENT: SQLite copies the value before the call returns. The macro is a cast that Swift cannot import.
    private static let copied = unsafe unsafeBitCast(-1, to: sqlite3_destructor_type.self)

    /// Binding fails for a wrong index, a statement that is still running, or for want of memory: all are mistakes in
    /// this room's own code, or beyond help.
    private func check(_ code: Int32) {
        precondition(code == SQLITE_OK, "a parameter could not be bound (SQLite \(code))")
    }
}
