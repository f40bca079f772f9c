package import Results

/// Why a result was not revoked.
package enum RevokeError: Error, Sendable, Equatable {
    case unknownResult
    case revokedBefore(Timestamp, reason: String)
    /// Empty, or longer than `RegistryAccess.reasonLimit` characters.
    case badReason
    case registry(RegistryError)
}

extension RegistryAccess {
    /// The longest reason, in characters (Unicode scalars).
    package static let reasonLimit = 500

    /// Undoes a registered result: its enrolment is planned again, without approval. The row stays as history with
    /// who, when and why; its bytes stay known, so that the same message is never registered again.
    /// - Parameters:
    ///   - id: the result's id.
    ///   - reason: for those who read the history.
    ///   - author: the user who asked for it, if known.
    ///   - moment: when.
    /// - Returns: the result as it stands now.
    /// - Throws: RevokeError; nothing is changed then.
    @discardableResult
    package func revoke(
        _ id: Int64, reason: String, by author: String?, at moment: Timestamp = .now()
    ) throws(RevokeError) -> ResultRow {
        let hasWord = reason.unicodeScalars.contains { !$0.properties.isWhitespace }
        guard hasWord, reason.unicodeScalars.count <= Self.reasonLimit, !reason.utf8.contains(0) else {
            throw .badReason
        }
        let outcome: Result<ResultRow, RevokeError>
        do throws(RegistryError) {
            outcome = try connection.transaction { () throws(RegistryError) in
                let find = try connection.prepare("SELECT revoked_at, revoked_reason FROM result WHERE result_id = ?")
                find.bind(id, at: 1)
                let found = try find.first { row in
                    row.optionalInteger(0).map { (Timestamp(milliseconds: $0), row.text(1) ?? "") }
                }
                guard let found else { return .failure(.unknownResult) }
                if let (before, reason) = found { return .failure(.revokedBefore(before, reason: reason)) }
                // A trigger plans the enrolment again and clears its approval.
                let update = try connection.prepare(
                    "UPDATE result SET revoked_at = ?, revoked_reason = ?, revoked_by = ? WHERE result_id = ?")
                update.bind(moment.milliseconds, at: 1)
                update.bind(reason, at: 2)
                update.bind(author, at: 3)
                update.bind(id, at: 4)
                try update.run()
                let filter = ResultFilter(after: id - 1, includesRevoked: true, includesErased: true)
                guard let row = try results(matching: filter).next() else { return .failure(.unknownResult) }
                return .success(row)
            }
        } catch {
            throw .registry(error)
        }
        return try outcome.get()
    }
}
