internal import Glibc

/// Reads CSV (RFC 4180) record by record in constant memory and linear time.
///
/// Separated by comma or semicolon, whichever the header line uses first; UTF-8 with or without byte order mark; lines
/// end with CRLF or LF; blank lines are skipped; quoted fields may hold separators, line ends and doubled quotation
/// marks. Spaces belong to the field. A field may be 64 KiB, a record 1 MiB, and a record may have 256 fields.
package struct CSVReader: ~Copyable {
    package static let fieldLimit = 64 << 10
    package static let recordLimit = 1 << 20
    package static let countLimit = 256

    /// Fills the array from its start and answers how many bytes it placed there; 0 at the end.
    package typealias Source = (inout [UInt8]) throws(CSVError) -> Int

    /// The record last read.
    package private(set) var record = CSVRecord()
    /// The columns' names, once `readHeader` has read them.
    package private(set) var columns: [String] = []
    /// How many bytes have been read so far.
    package private(set) var bytesRead = 0

    private let source: Source
    private var chunk = [UInt8](repeating: 0, count: 64 << 10)
    private var position = 0
    private var end = 0
    private var atEnd = false
    private var line = 1
    /// Nil until the header line has shown it.
    private var separator: UInt8?

    package init(source: @escaping Source) {
        self.source = source
    }

    /// Reads from a descriptor (a file, a pipe, a terminal), which stays its caller's.
    package init(descriptor: Int32) {
        self.init { (chunk) throws(CSVError) in
            while true {
                let count = unsafe chunk.withUnsafeMutableBytes { unsafe read(descriptor, $0.baseAddress, $0.count) }
                if count >= 0 { return count }
                if errno != EINTR { throw CSVError(line: 1, kind: .unreadable(errno)) }
            }
        }
    }

    /// Reads bytes that are in memory.
    package init(bytes: [UInt8]) {
        var rest = bytes[...]
        self.init { chunk in
            let part = rest.prefix(chunk.count)
            chunk.replaceSubrange(..<part.count, with: part)
            rest = rest.dropFirst(part.count)
            return part.count
        }
    }

    /// Reads the header line. Every column must be named, and once.
    /// - Throws: CSVError, for anything but a list of names.
    package mutating func readHeader() throws(CSVError) -> [String] {
        guard try readRecord() else { throw CSVError(line: 1, kind: .empty) }
        if let field = record.firstFieldNotUTF8() {
            throw CSVError(line: record.line(ofField: field), kind: .notUTF8)
        }
        let names = (0..<record.count).map(record.text)
        for (index, name) in names.enumerated() {
            let line = record.line(ofField: index)
            if name.isEmpty { throw CSVError(line: line, kind: .unnamedColumn) }
            if names[..<index].contains(name) {
                throw CSVError(line: line, column: quotable(name), kind: .repeatedColumn)
            }
        }
        columns = names
        return names
    }

    /// Reads the next record into `record`, and answers false at the file's end.
    /// - Throws: CSVError. Reading may go on with the next record unless the error is fatal.
    package mutating func next() throws(CSVError) -> Bool {
        guard try readRecord() else { return false }
        guard record.count == columns.count else {
            throw CSVError(line: record.line, kind: .fieldCount(record.count, expected: columns.count))
        }
        if let field = record.firstFieldNotUTF8() {
            throw CSVError(line: record.line(ofField: field), column: columns[field], kind: .notUTF8)
        }
        return true
    }

    // MARK: Records and fields

    /// What ended a field.
    private enum FieldEnd { case separator, record }

    private mutating func readRecord() throws(CSVError) -> Bool {
        if bytesRead == 0 { try skipByteOrderMark() }
        while try current() != nil {
            record.begin(line: line)
            while true {
                guard record.count < Self.countLimit else { throw error(.tooManyFields(limit: Self.countLimit)) }
                record.lines.append(line)
                let quoted = try current() == UInt8(ascii: "\"")
                let ending = quoted ? try readQuotedField() : try readPlainField()
                record.ends.append(record.bytes.count)
                guard case .record = ending else { continue }
                if quoted || record.count > 1 || !holdsOnlySpace { return true }
                break  // a blank line
            }
        }
        return false
    }

    private var holdsOnlySpace: Bool {
        record.bytes.allSatisfy { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }
    }

    private mutating func readPlainField() throws(CSVError) -> FieldEnd {
        while let byte = try current() {
            switch byte {
            case UInt8(ascii: ","), UInt8(ascii: ";"):
                if isSeparator(byte) {
                    position += 1
                    return .separator
                }
                try take(1)
            case UInt8(ascii: "\n"), UInt8(ascii: "\r"):
                try readLineEnd()
                return .record
            case UInt8(ascii: "\""): throw error(.bareQuote)
            case 0: throw error(.nul)
            default: try take(plainRun())
            }
        }
        return .record
    }

    private mutating func readQuotedField() throws(CSVError) -> FieldEnd {
        position += 1
        while let byte = try current() {
            switch byte {
            case UInt8(ascii: "\""):
                position += 1
                guard let next = try current() else { return .record }
                if next == UInt8(ascii: "\"") {
                    try take(1)
                } else if isSeparator(next) {
                    position += 1
                    return .separator
                } else if next == UInt8(ascii: "\n") || next == UInt8(ascii: "\r") {
                    try readLineEnd()
                    return .record
                } else {
                    throw error(.textAfterQuote)
                }
            case UInt8(ascii: "\n"):
                try take(1)
                line += 1
            case 0: throw error(.nul)
            default: try take(quotedRun())
            }
        }
        throw error(.unterminatedQuote)
    }

    private mutating func readLineEnd() throws(CSVError) {
        if try current() == UInt8(ascii: "\r") {
            position += 1
            guard try current() == UInt8(ascii: "\n") else { throw error(.bareCarriageReturn) }
        }
        position += 1
        line += 1
    }

    /// The header line's first comma or semicolon decides for the whole file; no column's name holds either.
    private mutating func isSeparator(_ byte: UInt8) -> Bool {
        if let separator { return byte == separator }
        guard byte == UInt8(ascii: ",") || byte == UInt8(ascii: ";") else { return false }
        separator = byte
        return true
    }

    /// An error in the field that is being read.
    private func error(_ kind: CSVError.Kind) -> CSVError {
        let field = max(record.lines.count - 1, 0)
        return CSVError(
            line: record.line(ofField: field), column: field < columns.count ? columns[field] : nil, kind: kind)
    }

    // MARK: Bytes

    /// The byte at hand, or nil at the end of the file.
    private mutating func current() throws(CSVError) -> UInt8? {
        if position == end {
            guard !atEnd else { return nil }
            do throws(CSVError) { end = try source(&chunk) } catch {
                throw CSVError(line: line, kind: error.kind)
            }
            position = 0
            atEnd = end == 0
            bytesRead += end
            if atEnd { return nil }
        }
        return chunk[position]
    }

    /// How many bytes from here on mean nothing but themselves outside quotation marks; at least 1.
    private func plainRun() -> Int {
        var index = position + 1
        while index < end {
            let byte = chunk[index]
            // All marks are at or below the semicolon, and letters are above it.
            if byte <= UInt8(ascii: ";"),
                byte == UInt8(ascii: ",") || byte == UInt8(ascii: ";") || byte == UInt8(ascii: "\n")
                    || byte == UInt8(ascii: "\r") || byte == UInt8(ascii: "\"") || byte == 0
            {
                break
            }
            index += 1
        }
        return index - position
    }

    /// The same inside quotation marks.
    private func quotedRun() -> Int {
        var index = position + 1
        while index < end {
            let byte = chunk[index]
            if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\n") || byte == 0 { break }
            index += 1
        }
        return index - position
    }

    /// Takes bytes over into the field.
    private mutating func take(_ count: Int) throws(CSVError) {
        let begin = record.ends.last ?? 0
        guard record.bytes.count - begin + count <= Self.fieldLimit else {
            throw error(.fieldTooLong(limit: Self.fieldLimit))
        }
        guard record.bytes.count + count <= Self.recordLimit else {
            throw error(.recordTooLong(limit: Self.recordLimit))
        }
        record.bytes.append(contentsOf: chunk[position..<position + count])
        position += count
    }

    /// The mark may arrive in pieces from a pipe: what turns out to be none is the first field's beginning.
    private mutating func skipByteOrderMark() throws(CSVError) {
        let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
        var first: [UInt8] = []
        while first.count < mark.count {
            var piece = chunk
            let count: Int
            do throws(CSVError) { count = try source(&piece) } catch { throw CSVError(line: 1, kind: error.kind) }
            if count == 0 { break }
            first.append(contentsOf: piece[..<count])
        }
        chunk = first.count > chunk.count ? first : first + [UInt8](repeating: 0, count: chunk.count - first.count)
        end = first.count
        bytesRead = end
        atEnd = end == 0
        position = first.starts(with: mark) ? mark.count : 0
    }
}
