internal import CSQLite

/// The registry as the commands use it, beside a server that runs: each call reads one state or is one transaction.
///
/// Not `Sendable`: one owner at a time. Calls block for as long as the disk, or another process's lock, takes.
package final class RegistryAccess {
    let connection: Connection

    private init(_ connection: Connection) { self.connection = connection }

    /// - Parameters:
    ///   - path: the database's file.
    ///   - creating: whether a missing file is made; else it is an error.
    ///   - patience: how long to wait for another process's lock, in milliseconds.
    /// - Throws: RegistryError
    package init(to path: String, creating: Bool = false, patience: Int32 = 10_000) throws(RegistryError) {
        connection = try Connection(registry: path, creating: creating, patience: patience)
    }
}

extension RegistryAccess {
    /// Opens the database to look at it as it is, of an earlier version or damaged: nothing is migrated.
    package convenience init(inspecting path: String, patience: Int32 = 10_000) throws(RegistryError) {
        self.init(try Connection(inspecting: path, patience: patience))
    }
}

extension RegistryError {
    /// Whether another process held a lock for longer than patience reached.
    package var isBusy: Bool {
        // PROTOCOL: a race for the log's locks, which SQLite gave up after many tries.
        [SQLITE_BUSY, SQLITE_LOCKED, SQLITE_PROTOCOL].contains(primaryCode ?? SQLITE_OK)
    }
}

/// An SQL condition in the making: its parts, and the values of their parameters by number.
struct Condition {
    private var parts: [String] = []
    private var texts: [(Int32, String)] = []
    private var numbers: [(Int32, Int64)] = []
    private var octets: [(Int32, [UInt8])] = []
    private var count: Int32 = 0

    /// Adds a part for a value that is given; a question mark in it stands for the value, wherever it is needed.
    mutating func add(_ part: String, _ value: String?) {
        guard let value else { return }
        texts.append((number(part), value))
    }

    mutating func add(_ part: String, _ value: Int64?) {
        guard let value else { return }
        numbers.append((number(part), value))
    }

    mutating func add(_ part: String, _ value: [UInt8]?) {
        guard let value else { return }
        octets.append((number(part), value))
    }

    mutating func add(_ part: String) { parts.append(part) }

    /// A place for a value that other parts name, in the order they need it.
    mutating func place(for value: String) -> String {
        count += 1
        texts.append((count, value))
        return "?\(count)"
    }

    mutating func place(for value: Int64) -> String {
        count += 1
        numbers.append((count, value))
        return "?\(count)"
    }

    private mutating func number(_ part: String) -> Int32 {
        count += 1
        parts.append(part.split(separator: "?", omittingEmptySubsequences: false).joined(separator: "?\(count)"))
        return count
    }

    var sql: String { parts.isEmpty ? "" : " WHERE " + parts.map { "(\($0))" }.joined(separator: " AND ") }

    func bind(to statement: Statement) {
        for (index, text) in texts { statement.bind(text, at: index) }
        for (index, number) in numbers { statement.bind(number, at: index) }
        for (index, bytes) in octets { statement.bind(bytes, at: index) }
    }
}
