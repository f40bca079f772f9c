/// A settings file taken apart into sections and raw lines; what the keys mean is not known here.
///
/// UTF-8 with or without byte order mark, lines ended by LF or CRLF. `[section]` or `[section NAME]`, `key = value`;
/// a comment begins with `#` or `;` at the start of a line or after white space.
struct SettingsText {
    struct Section {
        var name: String
        /// What stands behind the name, as in `[plugin NAME]`.
        var argument: String?
        var place: Place
        var entries: [Entry] = []
        /// False: nobody can tell which section the header means, so that what stands below is not judged.
        var isReadable = true
    }

    struct Entry {
        var key: String
        var place: Place
        var value: RawValue
    }

    private(set) var sections: [Section] = []
    private(set) var mistakes: [Mistake] = []
    private let file: String
    /// False once an octet or a character was met that no text has.
    private var isText = true

    init(_ bytes: [UInt8], file: String) {
        self.file = file
        var rest = bytes[...]
        if rest.starts(with: [0xFF, 0xFE]) || rest.starts(with: [0xFE, 0xFF]) {
            mistakes.append(
                Mistake(.file(Place(file: file, line: 1, column: 1)), "the file is UTF-16", cure: "save it as UTF-8"))
            return
        }
        if rest.starts(with: [0xEF, 0xBB, 0xBF]) { rest = rest.dropFirst(3) }
        var number = 0
        for bytes in rest.split(separator: 0x0A, omittingEmptySubsequences: false) {
            number += 1
            if let line = decode(bytes.last == 0x0D ? bytes.dropLast() : bytes, number: number) {
                read(line, number: number)
            }
        }
    }

    /// The scalars of a line, or nil and a mistake for the first octet or character that may not stand there.
    private mutating func decode(_ bytes: ArraySlice<UInt8>, number: Int) -> [Unicode.Scalar]? {
        var decoder = UTF8()
        var iterator = bytes.makeIterator()
        var line: [Unicode.Scalar] = []
        while true {
            switch decoder.decode(&iterator) {
            case .emptyInput: return line
            case .error:
                notText(number, line.count + 1, "this is not UTF-8", cure: "save the file as UTF-8")
                return nil
            case .scalarValue(let scalar):
                guard scalar.value >= 0x20 && scalar.value != 0x7F || scalar == "\t" else {
                    let code = String(scalar.value, radix: 16, uppercase: true)
                    notText(number, line.count + 1, "control character U+\(code)", cure: "remove it")
                    return nil
                }
                line.append(scalar)
            }
        }
    }

    private mutating func read(_ line: [Unicode.Scalar], number: Int) {
        guard let start = line.firstIndex(where: { !$0.isBlank }), !line[start].startsComment else { return }
        if line[start] == "[" { return readHeader(line[start...], number: number) }
        var end = start
        while end < line.count, line[end] != "=" {
            if line[end].startsComment, line[end - 1].isBlank { break }
            end += 1
        }
        guard end < line.count, line[end] == "=", end > start else {
            return mistake(number, start + 1, "", "this is neither 'key = value' nor '[section]'")
        }
        let key = String(line[start..<end].trimmed)
        guard !sections.isEmpty else {
            mistake(number, start + 1, key, "no section stands above this key", cure: "write [server] or another first")
            return addUnreadable(number, start + 1)
        }
        let entry = Entry(
            key: key, place: Place(file: file, line: number, column: start + 1),
            value: RawValue(line[(end + 1)...], place: Place(file: file, line: number, column: end + 2)))
        sections[sections.count - 1].entries.append(entry)
    }

    private mutating func readHeader(_ line: ArraySlice<Unicode.Scalar>, number: Int) {
        guard let end = line.firstIndex(of: "]") else {
            mistake(
                number, line.startIndex + 1, "", "the section's closing bracket is missing",
                cure: "write ] behind its name")
            return addUnreadable(number, line.startIndex + 1)
        }
        if let after = line[(end + 1)...].firstIndex(where: { !$0.isBlank }),
            !(line[after].startsComment && after > end + 1)
        {
            mistake(number, after + 1, "", "text behind the closing bracket", cure: "begin a new line")
        }
        let words = line[(line.startIndex + 1)..<end].split(whereSeparator: \.isBlank).map { String($0) }
        sections.append(
            Section(
                name: words.first ?? "", argument: words.count > 1 ? words[1...].joined(separator: " ") : nil,
                place: Place(file: file, line: number, column: line.startIndex + 1)))
    }

    private mutating func addUnreadable(_ line: Int, _ column: Int) {
        sections.append(Section(name: "", place: Place(file: file, line: line, column: column), isReadable: false))
    }

    /// Told once: a file that is no text would fill screens with it.
    private mutating func notText(_ line: Int, _ column: Int, _ message: String, cure: String) {
        if isText { mistake(line, column, "", message, cure: cure) }
        isText = false
    }

    private mutating func mistake(_ line: Int, _ column: Int, _ key: String, _ message: String, cure: String? = nil) {
        mistakes.append(
            Mistake(.file(Place(file: file, line: line, column: column)), key: key, message, cure: cure))
    }
}

extension Unicode.Scalar {
    /// White space inside a line.
    var isBlank: Bool { self == " " || self == "\t" }
    var startsComment: Bool { self == "#" || self == ";" }
}

extension ArraySlice<Unicode.Scalar> {
    /// Without white space at both ends.
    var trimmed: ArraySlice<Unicode.Scalar> {
        guard let first = firstIndex(where: { !$0.isBlank }), let last = lastIndex(where: { !$0.isBlank }) else {
            return self[startIndex..<startIndex]
        }
        return self[first...last]
    }
}

extension String {
    init(_ scalars: ArraySlice<Unicode.Scalar>) {
        var view = UnicodeScalarView()
        view.append(contentsOf: scalars)
        self.init(view)
    }
}
