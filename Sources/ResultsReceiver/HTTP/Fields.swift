/// The fields of a request, in the order in which they came. Values are without surrounding spaces and tabs;
/// octets above 127 are read as ISO 8859-1, so that none is lost.
///
/// The octets are kept as they came, and become text only when they are asked for: a head costs two allocations,
/// however many fields it has.
package struct Fields: Sendable {
    private var octets: [UInt8]
    private var lines: [FieldLine]

    package init() {
        self.octets = []
        self.lines = []
    }

    /// The lines lie in `section`, whose octets were checked.
    init(section: Span<UInt8>, lines: [FieldLine]) {
        self.octets = []
        self.octets.append(copying: section)
        self.lines = lines
    }

    /// Adds a field line. For heads that are made, not parsed.
    package mutating func append(_ name: FieldName, _ value: String) {
        let start = octets.count
        octets.append(contentsOf: name.raw.utf8)
        let middle = octets.count
        // What ISO 8859-1 cannot hold does not come out of a parsed head either.
        octets.append(contentsOf: value.unicodeScalars.map { UInt8(exactly: $0.value) ?? UInt8(ascii: "?") })
        lines.append(FieldLine(name: start..<middle, value: middle..<octets.count))
    }

    /// How many field lines there are.
    package var count: Int { lines.count }

    /// All values of the name, one per field line, none joined or split.
    package func values(of name: FieldName) -> [String] {
        var values: [String] = []
        for line in lines where matches(line, name) { values.append(text(line.value)) }
        return values
    }

    /// The value of the first field line with the name; nil when there is none.
    package func first(of name: FieldName) -> String? {
        for line in lines where matches(line, name) { return text(line.value) }
        return nil
    }

    private func matches(_ line: FieldLine, _ name: FieldName) -> Bool {
        line.name.count == name.octets.count && octets.span.equals(line.name, name.octets)
    }

    private func text(_ range: Range<Int>) -> String {
        if range.allSatisfy({ octets[$0] < 0x80 }) { return octets.span.text(range) }
        var text = ""
        text.unicodeScalars.append(contentsOf: octets[range].lazy.map { Unicode.Scalar($0) })
        return text
    }
}

extension Fields: Sequence {
    package func makeIterator() -> AnyIterator<Field> {
        var rest = lines.makeIterator()
        return AnyIterator {
            rest.next().map { Field(FieldName(known: text($0.name)), text($0.value)) }
        }
    }
}
