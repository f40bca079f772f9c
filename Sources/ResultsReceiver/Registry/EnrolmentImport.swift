/// Why an import did not happen. The registry is as it was before.
package enum ImportError: Error, Sendable, Equatable {
    /// The file is at fault: the first 20 issues, in the order in which they were found.
    case invalid([ImportIssue], hasMore: Bool)
    /// The registry is at fault; `isBusy` when another process held its write lock for too long.
    case registry(RegistryError)
}

/// What an import did.
package struct ImportReport: Sendable, Equatable {
    /// Enrolments that were new, that were changed, and that stood there as the file has them.
    package var inserted = 0
    package var updated = 0
    package var unchanged = 0
    /// Of the file's enrolments, those with a registered result: status, approval, person and course stayed.
    package var kept = 0
    /// Ids that fit more than one person; messages with them are refused. At most `ambiguousLimit`.
    package var ambiguous: [AmbiguousID] = []
    package var hasMoreAmbiguous = false

    package static let ambiguousLimit = 20
}

/// How far an import is.
package struct ImportProgress: Sendable, Equatable {
    package enum Phase: Sendable, Equatable { case reading, comparing, merging, checkingPersons }

    package var phase: Phase
    /// Rows and bytes of the file that have been read.
    package var rows: Int
    package var bytes: Int
}

/// Imports enrolments from CSV: all rows or none.
///
/// The rows are checked and staged without a lock, and merged in one transaction that writes only what is new or
/// differs. A field that is empty in the file is cleared; a column that the file lacks leaves its field as it is; an
/// empty status means `ingepland` for a new enrolment and no change for a known one. Where a result is registered,
/// status, approval, person and course stay, and another person or course is an issue.
///
/// Memory is bounded, however long the file. It blocks its caller, and may be ended at any moment: until the commit
/// nothing has happened.
package struct EnrolmentImport {
    private let path: String
    private let patience: Int32

    /// - Parameters:
    ///   - path: the registry's file, which is made when it is missing.
    ///   - patience: how long to wait for another process that writes, in milliseconds.
    package init(into path: String, patience: Int32 = 60_000) {
        self.path = path
        self.patience = patience
    }

    /// Imports what the reader gives, from its header line on. `progress` is called every 10,000 rows and at the
    /// beginning of each phase.
    package func run(
        _ reader: consuming CSVReader, progress: (ImportProgress) -> Void = { _ in }
    ) throws(ImportError) -> ImportReport {
        let header: EnrolmentHeader
        do throws(CSVError) {
            let names = try reader.readHeader()
            header = try EnrolmentHeader(names: names, line: reader.record.line)
        } catch {
            throw .invalid([ImportIssue(error)], hasMore: false)
        }

        var issues = ImportIssues()
        var report = ImportReport()
        do throws(RegistryError) {
            let connection = try Connection(registry: path, creating: true, patience: patience)
            var stage = try EnrolmentStage(on: connection, header: header)
            try Self.fill(&stage, from: &reader, &issues, progress)
            if !issues.isFull { try stage.findRepeated(&issues) }
            if issues.list.isEmpty {
                let bytes = reader.bytesRead
                report = try Self.merge(stage, &issues) { phase in
                    progress(ImportProgress(phase: phase, rows: stage.count, bytes: bytes))
                }
            }
        } catch {
            throw .registry(error)
        }
        guard issues.list.isEmpty else { throw .invalid(issues.list, hasMore: issues.hasMore) }
        return report
    }

    /// Checks and stages every record. What is wrong is added to `issues`, and reading goes on as long as it can.
    private static func fill(
        _ stage: inout EnrolmentStage, from reader: inout CSVReader, _ issues: inout ImportIssues,
        _ progress: (ImportProgress) -> Void
    ) throws(RegistryError) {
        var rows = 0
        try stage.connection.execute("BEGIN")
        reading: while !issues.isFull {
            if rows.isMultiple(of: 10_000) {
                progress(ImportProgress(phase: .reading, rows: rows, bytes: reader.bytesRead))
            }
            do throws(CSVError) {
                guard try reader.next() else { break reading }
            } catch {
                issues.add(ImportIssue(error))
                if error.isFatal { break reading }
                continue
            }
            rows += 1
            if EnrolmentCheck.check(reader.record, stage.header, &issues) { try stage.add(reader.record) }
        }
        try stage.connection.execute("COMMIT")
    }

    private static func merge(
        _ stage: EnrolmentStage, _ issues: inout ImportIssues, _ enter: (ImportProgress.Phase) -> Void
    ) throws(RegistryError) -> ImportReport {
        let connection = stage.connection
        var report = ImportReport()
        enter(.comparing)
        var merge = EnrolmentMerge(of: stage)
        try merge.select()
        if merge.hasWork {
            enter(.merging)
            try connection.execute("BEGIN IMMEDIATE")
            do throws(RegistryError) {
                (report.inserted, report.updated) = try merge.run(&issues)
                if issues.list.isEmpty { try connection.execute("COMMIT") }
            } catch {
                connection.rollBack()
                throw error
            }
            connection.rollBack()
            guard issues.list.isEmpty else { return report }
        }
        report.unchanged = stage.count - report.inserted - report.updated
        report.kept = try merge.countKept()

        enter(.checkingPersons)
        let ambiguous = try AmbiguousID.find(on: connection, limit: ImportReport.ambiguousLimit + 1)
        report.ambiguous = Array(ambiguous.prefix(ImportReport.ambiguousLimit))
        report.hasMoreAmbiguous = ambiguous.count > ImportReport.ambiguousLimit
        return report
    }
}
