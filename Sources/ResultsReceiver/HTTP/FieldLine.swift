/// Where a field line keeps its name and value.
struct FieldLine: Sendable {
    var name: Range<Int>
    /// Without surrounding spaces and tabs.
    var value: Range<Int>

    /// For a name and a value that lie one behind the other.
    init(name: Range<Int>, value: Range<Int>) {
        self.name = name
        self.value = value
    }

    /// Splits the line that lies in `line`, without its CRLF, at its colon (RFC 9112, section 5). The line is not
    /// empty and holds no control character save tabs.
    init(_ octets: Span<UInt8>, _ line: Range<Int>) throws(ParserError) {
        guard !octets[line.lowerBound].isBlank else { throw .obsoleteFolding }
        var index = line.lowerBound
        while index < line.upperBound, OctetSet.token.contains(octets[index]) { index += 1 }
        guard index < line.upperBound else { throw .missingColon }
        guard octets[index] == .colon else { throw Self.misplacedColon(octets, index..<line.upperBound) }
        guard index > line.lowerBound else { throw .invalidFieldName }
        self.name = line.lowerBound..<index
        self.value = octets.trimmingBlanks(index + 1..<line.upperBound)
    }

    private static func misplacedColon(_ octets: Span<UInt8>, _ rest: Range<Int>) -> ParserError {
        var index = rest.lowerBound
        while index < rest.upperBound, octets[index].isBlank { index += 1 }
        if index > rest.lowerBound, index < rest.upperBound, octets[index] == .colon { return .spaceBeforeColon }
        return rest.contains { octets[$0] == .colon } ? .invalidFieldName : .missingColon
    }

    /// The same line in octets that begin `offset` later.
    func moved(by offset: Int) -> FieldLine {
        FieldLine(
            name: name.lowerBound - offset..<name.upperBound - offset,
            value: value.lowerBound - offset..<value.upperBound - offset)
    }
}
