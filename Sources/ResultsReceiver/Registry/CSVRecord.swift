/// One record of a CSV file: the fields' bytes without their quotation marks, one behind the other.
///
/// It is reused for record after record, so that a file of a million costs no allocation per field.
package struct CSVRecord: Sendable {
    /// Where the record begins; 1 is the file's first line.
    package internal(set) var line = 1
    package internal(set) var bytes: [UInt8] = []
    /// For each field the end of its bytes, and the line on which it begins.
    var ends: [Int] = []
    var lines: [Int] = []

    package init() {}

    package var count: Int { ends.count }

    /// The bytes of a field within `bytes`.
    package func range(_ field: Int) -> Range<Int> {
        (field == 0 ? 0 : ends[field - 1])..<ends[field]
    }

    /// A field as text. What is not UTF-8 was refused by the reader.
    package func text(_ field: Int) -> String {
        String(decoding: bytes[range(field)], as: UTF8.self)
    }

    /// The line on which a field begins; another than the record's when a quoted field before it holds line feeds.
    package func line(ofField field: Int) -> Int {
        field < lines.count ? lines[field] : line
    }

    mutating func begin(line: Int) {
        self.line = line
        bytes.removeAll(keepingCapacity: true)
        ends.removeAll(keepingCapacity: true)
        lines.removeAll(keepingCapacity: true)
    }

    /// The first field that is not UTF-8; each is judged by itself, as halves of a character could meet otherwise.
    func firstFieldNotUTF8() -> Int? {
        var bits: UInt8 = 0
        for byte in bytes { bits |= byte }
        guard bits >= 0x80 else { return nil }
        return ends.indices.first { field in
            String(validating: bytes[range(field)], as: UTF8.self) == nil
        }
    }
}
