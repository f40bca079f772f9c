/// The elements of an Accept or Accept-Language field with their parameters and quality (RFC 9110, section 12.4.2).
struct QualityList {
    struct Element {
        /// In lower case, without surrounding blanks.
        var value: String
        /// Names and values in lower case, values without quotes; `q` is not among them.
        var parameters: [(name: String, value: String)]
        /// In thousandths, 0 to 1000.
        var quality: Int
    }

    /// In the order in which they came, those of all field lines. An element whose quality is malformed is left out.
    private(set) var elements: [Element] = []

    init(_ fieldValues: [String]) {
        for fieldValue in fieldValues {
            for text in QualityList.split(fieldValue.utf8[...], at: UInt8(ascii: ",")) {
                if let element = QualityList.element(text) { elements.append(element) }
            }
        }
    }

    private static func element(_ text: Substring.UTF8View) -> Element? {
        var parts = split(text, at: UInt8(ascii: ";")).makeIterator()
        guard let value = parts.next().map(lowercased), !value.isEmpty else { return nil }
        var element = Element(value: value, parameters: [], quality: 1000)
        while let part = parts.next() {
            guard let equals = part.firstIndex(of: UInt8(ascii: "=")) else { continue }
            let name = lowercased(part[..<equals])
            let value = lowercased(part[part.index(after: equals)...])
            if name == "q" {
                guard let quality = quality(value) else { return nil }
                element.quality = quality
            } else {
                element.parameters.append((name, value.filter { $0 != "\"" }))
            }
        }
        return element
    }

    /// `0`, `0.ddd`, `1` or `1.000`, of which digits may be missing at the end.
    private static func quality(_ text: String) -> Int? {
        let octets = Array(text.utf8)
        guard let first = octets.first, first == UInt8(ascii: "0") || first == UInt8(ascii: "1"), octets.count <= 5
        else { return nil }
        if octets.count > 1, octets[1] != UInt8(ascii: ".") { return nil }
        var thousandths = 0
        for index in 2..<5 {
            guard index < octets.count else {
                thousandths *= 10
                continue
            }
            guard octets[index].isDigit else { return nil }
            thousandths = thousandths * 10 + Int(octets[index] - UInt8(ascii: "0"))
        }
        let quality = Int(first - UInt8(ascii: "0")) * 1000 + thousandths
        return quality <= 1000 ? quality : nil
    }

    /// Cuts at the separator, where it does not stand within quotes.
    private static func split(_ text: Substring.UTF8View, at separator: UInt8) -> [Substring.UTF8View] {
        var parts: [Substring.UTF8View] = []
        var start = text.startIndex
        var isQuoted = false
        var isEscaped = false
        for index in text.indices {
            let octet = text[index]
            if isEscaped {
                isEscaped = false
            } else if isQuoted, octet == UInt8(ascii: "\\") {
                isEscaped = true
            } else if octet == UInt8(ascii: "\"") {
                isQuoted.toggle()
            } else if octet == separator, !isQuoted {
                parts.append(text[start..<index])
                start = text.index(after: index)
            }
        }
        parts.append(text[start...])
        return parts
    }

    private static func lowercased(_ text: Substring.UTF8View) -> String {
        var text = text
        while let first = text.first, first.isBlank { text = text.dropFirst() }
        while let last = text.last, last.isBlank { text = text.dropLast() }
        return String(decoding: text.map(\.lowercasedASCII), as: UTF8.self)
    }
}
