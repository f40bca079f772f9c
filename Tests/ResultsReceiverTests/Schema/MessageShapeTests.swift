import Results
import Testing

@testable import Schema

/// The shape of a message, element by element: each one taken away, given twice, moved, filled to its bound.
@Suite struct MessageShapeTests {
    /// One element of a message; `bound` is the most characters of a text.
    private struct Element: Sendable {
        var name: String
        var isNeeded = true
        var text = ""
        var bound: Int?
        var children: [Element] = []

        var xml: String { "<\(name)>\(text)\(children.map(\.xml).joined())</\(name)>" }
    }

    private static let message = Element(
        name: "message",
        children: [
            Element(name: "type", text: "coursepartcompletion"),
            Element(name: "created", text: "2026-11-20T14:03:12+01:00"),
            Element(
                name: "student",
                children: [
                    Element(name: "id", text: "p1", bound: 64),
                    Element(name: "firstName", isNeeded: false, text: "Piet", bound: 200),
                    Element(name: "middleName", isNeeded: false, text: "van", bound: 200),
                    Element(name: "lastName", isNeeded: false, text: "Voorbeeld", bound: 200),
                    Element(name: "email", isNeeded: false, text: "piet@example.nl", bound: 254),
                ]),
            Element(
                name: "course",
                children: [
                    Element(name: "id", text: "e1", bound: 64),
                    Element(name: "name", isNeeded: false, text: "Basis", bound: 200),
                ]),
            Element(
                name: "part", isNeeded: false,
                children: [
                    Element(name: "id", text: "17", bound: 64),
                    Element(name: "name", isNeeded: false, text: "Eindtoets", bound: 200),
                ]),
            Element(
                name: "result",
                children: [
                    Element(name: "completed", text: "2026-11-20T14:03:10+01:00"),
                    Element(name: "passed", isNeeded: false, text: "true"),
                    Element(name: "present", isNeeded: false, text: "true"),
                    Element(name: "score", isNeeded: false, text: "8.5"),
                ]),
        ])

    /// Where each element stands: the positions from the root on.
    private static func places(in element: Element, at place: [Int] = []) -> [[Int]] {
        element.children.indices.flatMap { [place + [$0]] + places(in: element.children[$0], at: place + [$0]) }
    }

    /// The message with the children of one element changed.
    private static func changed(
        _ element: Element, at place: ArraySlice<Int>, _ change: (inout [Element], Int) -> Void
    ) -> Element {
        var element = element
        guard let first = place.first else { return element }
        if place.count == 1 {
            change(&element.children, first)
        } else {
            element.children[first] = changed(element.children[first], at: place.dropFirst(), change)
        }
        return element
    }

    private enum Verdict: Equatable { case read, schema, other }

    private func verdict(_ message: Element) throws -> Verdict {
        let validator = try Validator(schema: .builtIn())
        do throws(MessageError) {
            _ = try validator.validate(Array(message.xml.utf8)).decode(in: .utc)
            return .read
        } catch {
            guard case .schema(let issues) = error else { return .other }
            #expect(issues.allSatisfy { $0.line >= 1 && $0.column >= 1 } && !issues.isEmpty)
            return .schema
        }
    }

    private func eachElement(_ body: (Element, [Int]) throws -> Void) rethrows {
        for place in Self.places(in: Self.message) {
            let element = place.reduce(Self.message) { $0.children[$1] }
            try body(element, place)
        }
    }

    @Test func theWholeMessageIsRead() throws { #expect(try verdict(Self.message) == .read) }

    @Test func anElementMayBeLeftOutOnlyIfItIsOptional() throws {
        try eachElement { (element, place) throws in
            let without = Self.changed(Self.message, at: place[...]) { $0.remove(at: $1) }
            #expect(try verdict(without) == (element.isNeeded ? .schema : .read), "\(element.name)")
        }
    }

    @Test func noElementMayComeTwice() throws {
        try eachElement { (element, place) throws in
            let twice = Self.changed(Self.message, at: place[...]) { $0.insert($0[$1], at: $1) }
            #expect(try verdict(twice) == .schema, "\(element.name)")
        }
        var pair = Self.message
        pair.name = "messages"
        pair.children = [Self.message, Self.message]
        #expect(try verdict(pair) == .schema)
    }

    @Test func noElementMayChangePlacesWithTheNext() throws {
        try eachElement { (element, place) throws in
            let moved = Self.changed(Self.message, at: place[...]) {
                if $1 + 1 < $0.count { $0.swapAt($1, $1 + 1) } else { $0.insert($0.removeLast(), at: 0) }
            }
            #expect(try verdict(moved) == .schema, "\(element.name)")
        }
    }

    @Test func anythingElseIsRefusedEverywhere() throws {
        try eachElement { (element, place) throws in
            let stranger = Self.changed(Self.message, at: place[...]) { $0.insert(Element(name: "other"), at: $1) }
            #expect(try verdict(stranger) == .schema, "before \(element.name)")
            let cased = Self.changed(Self.message, at: place[...]) { $0[$1].name = $0[$1].name.uppercased() }
            #expect(try verdict(cased) == .schema, "\(element.name)")
            let within = Self.changed(Self.message, at: place[...]) { $0[$1].children.append(Element(name: "other")) }
            #expect(try verdict(within) == .schema, "in \(element.name)")
        }
    }

    @Test func everyTextHasItsBoundInCharacters() throws {
        var bounds: [Int] = []
        try eachElement { (element, place) throws in
            guard let bound = element.bound else { return }
            bounds.append(bound)
            func message(_ count: Int) -> Element {
                Self.changed(Self.message, at: place[...]) { $0[$1].text = String(repeating: "é", count: count) }
            }
            #expect(try verdict(message(bound)) == .read, "\(element.name)")
            #expect(try verdict(message(bound + 1)) == .schema, "\(element.name)")
            #expect(try verdict(message(0)) == (element.name == "id" ? .schema : .read), "\(element.name)")
        }
        #expect(bounds == [64, 200, 200, 200, 254, 64, 200, 64, 200])
    }
}
