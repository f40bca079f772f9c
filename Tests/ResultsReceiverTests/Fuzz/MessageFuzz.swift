import Results

@testable import Schema

/// Bytes as a message of the built-in schema, or several with a byte 0xFD between them (which no UTF-8 holds) that one
/// lane gets one after the other.
final class MessageFuzz: FuzzTarget {
    private let schema: Schema
    /// Reused for every input, as a lane does it.
    private let lane: Validator
    /// The same schema as if it were another one, so that XPath reads the fields and not the walk.
    private let mapped: Validator
    private let zone: CivilTime

    init() throws {
        schema = try Schema.builtIn()
        lane = Validator(schema: schema)
        mapped = Validator(schema: try Schema(xsd: Schema.builtInText, name: "results.xsd", mapping: nil))
        zone = CivilTime(zone: "Europe/Amsterdam") ?? .utc
    }

    func run(_ input: [UInt8]) throws {
        let fresh = Validator(schema: schema)
        for message in input.split(separator: 0xFD, maxSplits: 7, omittingEmptySubsequences: false).map({ Array($0) }) {
            let outcome = MessageOutcome(of: message, by: lane, in: zone)
            try MessageInvariants.check(outcome, message, lane: lane, fresh: fresh, in: zone)
            switch (outcome, MessageOutcome(of: message, by: mapped, in: zone)) {
            case (.completion(let completion), .completion(let same)):
                try demand(completion == same, "the walk reads \(completion), XPath \(same)")
                try checkAgain(completion)
            case (.refused, .refused): break
            case (.refusedByDecoder(let error), _): throw BrokenInvariant(description: "valid, but \(error)")
            case (_, let other): throw BrokenInvariant(description: "\(outcome), but with a mapping \(other)")
            }
        }
    }

    /// What was read, written as plainly as can be, is read as the same.
    private func checkAgain(_ completion: Completion) throws {
        let years = Timestamp(year: 1900, month: 1, day: 1)..<Timestamp(year: 10_000, month: 1, day: 1)
        // A zone can move the first and the last hours of all into a year that the schema does not know.
        guard years.contains(completion.created), years.contains(completion.completed) else { return }
        let again = MessageOutcome(of: Self.message(completion), by: lane, in: .utc)
        try demand(again == .completion(completion), "written again: \(again)")
    }

    private static func message(_ completion: Completion) -> [UInt8] {
        func element(_ name: String, _ text: String?) -> String {
            guard let text else { return "" }
            return "<\(name)>"
                + text.replacing("&", with: "&amp;").replacing("<", with: "&lt;")
                .replacing(">", with: "&gt;") + "</\(name)>"
        }
        var text = "<message><type>coursepartcompletion</type>" + element("created", completion.created.iso8601)
        text += "<student>" + element("id", completion.student.text) + "</student>"
        text += "<course>" + element("id", completion.course.text) + "</course>"
        if let part = completion.part {
            text += "<part>" + element("id", part.text) + element("name", completion.partName) + "</part>"
        }
        text += "<result>" + element("completed", completion.completed.iso8601)
        text += element("passed", completion.passed.map { "\($0)" })
        text += element("present", completion.present.map { "\($0)" })
        return Array((text + element("score", completion.score?.description) + "</result></message>").utf8)
    }
}

/// Everything that reading a message comes to.
enum MessageOutcome: Equatable {
    case completion(Completion)
    case refused(MessageError)
    /// Valid, but a field does not fit.
    case refusedByDecoder(MessageError)

    init(of message: [UInt8], by validator: Validator, in zone: CivilTime) {
        let document: ValidDocument
        do throws(MessageError) { document = try validator.validate(message) } catch {
            self = .refused(error)
            return
        }
        do throws(MessageError) { self = .completion(try document.decode(in: zone)) } catch {
            self = .refusedByDecoder(error)
        }
    }
}

/// What holds for every message and every schema.
enum MessageInvariants {
    static func check(
        _ outcome: MessageOutcome, _ message: [UInt8], lane: Validator, fresh: Validator, in zone: CivilTime
    ) throws {
        let again = MessageOutcome(of: message, by: lane, in: zone)
        try demand(again == outcome, "\(outcome), the second time \(again)")
        let first = MessageOutcome(of: message, by: fresh, in: zone)
        try demand(first == outcome, "\(outcome), for a validator that saw less \(first)")
        switch outcome {
        case .completion(let completion):
            try demand(!DoctypeSearch.finds(in: message), "a message with a DOCTYPE was read")
            try check(completion)
        case .refused(.notXML(let issue)): try check([issue], message)
        case .refused(.doctype(let issue)):
            try demand(issue.kind == .doctype, "\(issue)")
            try check([issue], message)
        case .refused(.schema(let issues)), .refusedByDecoder(.schema(let issues)): try check(issues, message)
        case .refused(.failed), .refusedByDecoder: throw BrokenInvariant(description: "\(outcome)")
        }
    }

    private static func check(_ completion: Completion) throws {
        for id in [completion.student.text, completion.course.text, completion.part?.text].compactMap({ $0 }) {
            try demand((1...64).contains(id.unicodeScalars.count) && !id.holdsControlCharacter, "id \(id)")
        }
        if let name = completion.partName {
            try demand((1...200).contains(name.unicodeScalars.count) && !name.holdsControlCharacter, "name \(name)")
        }
    }

    private static func check(_ issues: [Issue], _ message: [UInt8]) throws {
        try demand((1...MessageError.issueLimit).contains(issues.count), "\(issues.count) issues")
        let lines = message.split(separator: 0x0A, omittingEmptySubsequences: false)
        for issue in issues {
            try demand(issue.line >= 1 && issue.line <= lines.count, "\(issue) in \(lines.count) lines")
            let width = lines[issue.line - 1].count { $0 & 0xC0 != 0x80 }
            try demand(issue.column >= 1 && issue.column <= width + 1, "\(issue) in a line of \(width)")
            for text in chosenTexts(issue.kind) {
                try demand(text.unicodeScalars.count <= Issue.nameLength, "\(text.count) characters of a name")
            }
            if let value = value(issue.kind) {
                try demand(value.unicodeScalars.count <= Issue.valueLength, "\(value.count) characters of a value")
            }
        }
    }

    /// Names that the sender chose.
    private static func chosenTexts(_ kind: Issue.Kind) -> [String] {
        switch kind {
        case .encoding(let name): [name]
        case .notWellFormed(let syntax, _): chosenTexts(syntax)
        case .tooDeep(let element, _), .tooManyAttributes(let element, _), .tooManyNamespaces(let element, _),
            .wrongRoot(let element, _), .unexpectedElement(let element, _), .missingElement(let element, _),
            .unexpectedText(let element), .missingAttribute(let element, _), .other(let element, _):
            [element]
        case .unexpectedAttribute(let element, let attribute): [element, attribute]
        case .wrongType(let element, let attribute, _, _), .facet(let element, let attribute, _, _):
            [element, attribute ?? ""]
        case .blank, .notUTF8, .nullByte, .doctype, .field: []
        }
    }

    private static func chosenTexts(_ syntax: Issue.Syntax) -> [String] {
        switch syntax {
        case .unexpectedEnd(let element): [element ?? ""]
        case .mismatchedTag(let start, let end): [start, end]
        case .duplicateAttribute(let name), .unknownEntity(let name): [name]
        case .bareAmpersand, .trailingContent, .noElement, .invalidCharacter, .declaration, .other: []
        }
    }

    private static func value(_ kind: Issue.Kind) -> String? {
        switch kind {
        case .wrongType(_, _, _, let value), .facet(_, _, _, let value), .field(_, _, let value): value
        default: nil
        }
    }
}

/// The plainest search for a DOCTYPE in a well-formed document, where `<` stands for itself in comments, CDATA sections
/// and processing instructions only.
private enum DoctypeSearch {
    static func finds(in message: [UInt8]) -> Bool {
        var rest = message[...]
        while let start = rest.firstIndex(of: UInt8(ascii: "<")) {
            rest = rest[start...]
            if rest.starts(with: "<!DOCTYPE".utf8) { return true }
            let skipped = [("<!--", "-->"), ("<![CDATA[", "]]>"), ("<?", "?>")]
            if let (begin, end) = skipped.first(where: { rest.starts(with: $0.0.utf8) }) {
                guard let found = rest.dropFirst(begin.utf8.count).firstRange(of: Array(end.utf8)) else { return false }
                rest = rest[found.upperBound...]
            } else {
                rest = rest.dropFirst()
            }
        }
        return false
    }
}
