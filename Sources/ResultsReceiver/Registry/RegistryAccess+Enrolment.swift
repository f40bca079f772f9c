package import Results

/// Why an enrolment was not added or cancelled.
package enum EnrolmentError: Error, Sendable, Equatable {
    /// What is wrong with the values; the issues' lines are 0.
    case invalid([ImportIssue])
    case exists
    case unknownEnrolment
    /// Only a planned enrolment and one on the waiting list can be cancelled.
    case notCancellable(EnrolmentStatus)
    /// It has a registered result, which must be revoked first.
    case hasResult(Int64)
    case registry(RegistryError)
}

extension RegistryAccess {
    /// Adds one enrolment under the rules of an import; empty values count as absent.
    /// - Throws: EnrolmentError; nothing is added then.
    package func add(_ values: [EnrolmentColumn: String]) throws(EnrolmentError) {
        var issues = ImportIssues()
        let columns = EnrolmentColumn.allCases.filter { column in
            let needed = [.enrolmentID, .personID, .externalID, .courseID].contains(column)
            return needed || values[column]?.isEmpty == false
        }
        var record = CSVRecord()
        record.begin(line: 0)
        for column in columns {
            record.bytes += Array((values[column] ?? "").utf8)
            record.ends.append(record.bytes.count)
            record.lines.append(0)
            if values[column]?.utf8.contains(0) == true {
                issues.add(ImportIssue(line: 0, column: column, kind: .csv(.nul)))
            }
        }
        do throws(CSVError) {
            let header = try EnrolmentHeader(names: columns.map(\.rawValue), line: 0)
            _ = EnrolmentCheck.check(record, header, &issues)
        } catch { issues.add(ImportIssue(error)) }
        guard issues.list.isEmpty else { throw .invalid(issues.list) }

        let added: Bool
        do throws(RegistryError) {
            let names = columns.map(\.rawValue).joined(separator: ", ")
            let marks = columns.map { _ in "?" }.joined(separator: ", ")
            let insert = try connection.prepare(
                "INSERT INTO enrolment(\(names)) VALUES (\(marks)) ON CONFLICT(enrolment_id) DO NOTHING")
            for (index, column) in columns.enumerated() {
                let value = values[column] ?? ""
                insert.bind(value.isEmpty ? nil : value, at: Int32(index + 1))
            }
            try insert.run()
            added = connection.changes == 1
        } catch { throw .registry(error) }
        if !added { throw .exists }
    }

    /// Cancels a planned enrolment, or one on the waiting list.
    /// - Throws: EnrolmentError; nothing is changed then.
    package func cancel(enrolment id: String) throws(EnrolmentError) {
        let outcome: EnrolmentError?
        do throws(RegistryError) {
            outcome = try connection.transaction { () throws(RegistryError) -> EnrolmentError? in
                let find = try connection.prepare(
                    """
                    SELECT status, result_id FROM enrolment WHERE enrolment_id = ?
                    """)
                find.bind(id, at: 1)
                let found = try find.first { row in
                    (EnrolmentStatus(rawValue: row.text(0) ?? "") ?? .afgerond, row.optionalInteger(1))
                }
                guard let (status, result) = found else { return .unknownEnrolment }
                if let result { return .hasResult(result) }
                guard status == .ingepland || status == .wachtlijst else { return .notCancellable(status) }
                let update = try connection.prepare(
                    "UPDATE enrolment SET status = 'geannuleerd' WHERE enrolment_id = ?")
                update.bind(id, at: 1)
                try update.run()
                return nil
            }
        } catch { throw .registry(error) }
        if let outcome { throw outcome }
    }
}
