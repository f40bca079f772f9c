/// The rows of a file in a temporary table, which SQLite keeps in a nameless file of mode 0600 and drops with the
/// connection, also after a crash. Filling it takes no lock on the registry.
struct EnrolmentStage {
    let connection: Connection
    let header: EnrolmentHeader
    private let insert: Statement
    private(set) var count = 0
    /// The fields of the row at hand, kept for their memory.
    private var pieces: [Range<Int>] = []

    /// The id of the row before, while each was greater than the one before it: then none can stand there twice.
    private var previousID: [UInt8]? = []

    init(on connection: Connection, header: EnrolmentHeader) throws(RegistryError) {
        self.connection = connection
        self.header = header
        let names = header.columns.map(\.column.rawValue)
        // temp_store: a million rows must not stay in memory. The caches are bounds, not reservations.
        try connection.execute(
            """
            PRAGMA temp_store = FILE;
            PRAGMA temp.cache_size = -8192;
            PRAGMA main.cache_size = -16384;
            CREATE TEMP TABLE stage(line INTEGER PRIMARY KEY, \(names.joined(separator: ", ")));
            """)
        let marks = (0...names.count).map { _ in "?" }.joined(separator: ", ")
        insert = try connection.prepare("INSERT INTO temp.stage VALUES (\(marks))")
    }

    /// Adds a row that has an enrolment id. An empty field is NULL.
    mutating func add(_ record: borrowing CSVRecord) throws(RegistryError) {
        insert.bind(record.line, at: 1)
        pieces.removeAll(keepingCapacity: true)
        for (column, position) in header.columns {
            let range = record.range(position)
            pieces.append(range)
            if column == .enrolmentID { follow(record.bytes[range]) }
        }
        try insert.run(texts: pieces, of: record.bytes, from: 2)
        count += 1
    }

    private mutating func follow(_ id: ArraySlice<UInt8>) {
        guard let previous = previousID else { return }
        if previous.lexicographicallyPrecedes(id) {
            previousID?.removeAll(keepingCapacity: true)
            previousID?.append(contentsOf: id)
        } else {
            previousID = nil
        }
    }

    /// Adds an issue for every row whose enrolment id stands on an earlier line as well.
    func findRepeated(_ issues: inout ImportIssues) throws(RegistryError) {
        if previousID != nil { return }
        try connection.execute("CREATE INDEX temp.stage_by_id ON stage(enrolment_id)")
        let repeated = try connection.prepare(
            """
            SELECT later.line, later.enrolment_id, first.line
            FROM (
                SELECT enrolment_id, min(line) AS line FROM temp.stage INDEXED BY stage_by_id
                GROUP BY enrolment_id HAVING count(*) > 1
            ) AS first
            CROSS JOIN temp.stage AS later
                ON later.enrolment_id = first.enrolment_id AND later.line > first.line
            LIMIT \(ImportIssues.limit + 1)
            """)
        while try repeated.step() {
            let kind = ImportIssue.Kind.repeatedEnrolment(
                repeated.text(1) ?? "", firstLine: Int(repeated.integer(2)))
            issues.add(ImportIssue(line: Int(repeated.integer(0)), column: .enrolmentID, kind: kind))
        }
    }
}
