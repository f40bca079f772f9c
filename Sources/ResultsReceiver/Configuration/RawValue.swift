/// What stands behind the equals sign, comment included, not yet taken apart.
struct RawValue {
    /// A value or one item of a list, with the place of its first character.
    struct Item: Equatable {
        var text: String
        var place: Place?
    }

    struct Malformed: Error {
        var place: Place?
        var message: String
    }

    private let scalars: ArraySlice<Unicode.Scalar>
    /// Of the first scalar; nil outside a file.
    private let place: Place?
    private let allowsComments: Bool

    init(_ scalars: ArraySlice<Unicode.Scalar>, place: Place) {
        self.scalars = scalars
        self.place = place
        self.allowsComments = true
    }

    /// The value of a variable of the environment: lists and quotes as in a file, but no comments.
    init(environment text: String) {
        self.scalars = Array(text.unicodeScalars)[...]
        self.place = nil
        self.allowsComments = false
    }

    /// The whole as one value: commas are part of it.
    func single() throws(Malformed) -> Item {
        try items(separated: false).first ?? Item(text: "", place: place(of: end))
    }

    /// The items between the commas; none when the value is empty.
    func list() throws(Malformed) -> [Item] {
        let items = try items(separated: true)
        if items.count == 1, items[0].text.isEmpty { return [] }
        for item in items where item.text.isEmpty {
            throw Malformed(place: item.place, message: "an item of the list is empty")
        }
        return items
    }

    private var end: Int { scalars.endIndex }

    private func items(separated: Bool) throws(Malformed) -> [Item] {
        var items: [Item] = []
        var position = scalars.startIndex
        while true {
            position = afterBlanks(position)
            let start = position
            var text: String
            if position < end, scalars[position] == "\"" {
                text = try quoted(&position)
                position = afterBlanks(position)
                guard position == end || isComment(position) || (separated && scalars[position] == ",") else {
                    throw Malformed(place: place(of: position), message: "text behind the closing quote")
                }
            } else {
                while position < end, !(separated && scalars[position] == ","), !isComment(position) { position += 1 }
                text = String(scalars[start..<position].trimmed)
            }
            items.append(Item(text: text, place: place(of: start)))
            guard separated, position < end, scalars[position] == "," else { return items }
            position += 1
        }
    }

    /// Takes a quoted text whose opening quote stands at `position`; a doubled quote in it stands for one.
    private func quoted(_ position: inout Int) throws(Malformed) -> String {
        let start = position
        var text = String.UnicodeScalarView()
        position += 1
        while position < end {
            if scalars[position] == "\"" {
                position += 1
                guard position < end, scalars[position] == "\"" else { return String(text) }
            }
            text.append(scalars[position])
            position += 1
        }
        throw Malformed(place: place(of: start), message: "the closing quote is missing")
    }

    private func afterBlanks(_ position: Int) -> Int {
        scalars[position...].firstIndex { !$0.isBlank } ?? end
    }

    private func isComment(_ position: Int) -> Bool {
        allowsComments && scalars[position].startsComment && position > scalars.startIndex
            && scalars[position - 1].isBlank
    }

    private func place(of position: Int) -> Place? {
        guard var place else { return nil }
        place.column += position - scalars.startIndex
        return place
    }
}
