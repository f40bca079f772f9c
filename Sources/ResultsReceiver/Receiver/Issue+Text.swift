package import Schema

// What is wrong with a message, composed from the issue's typed parts. Without its place, which every reader puts where
// it suits: an answer before the text, `check` after the file's name.

extension Issue {
    /// One clause without a full stop. Values of the message's content stand in it only when `quotingValues`: in an
    /// answer, never in a log. Names of elements and attributes always do.
    package func text(in language: Language, quotingValues: Bool) -> String {
        let quotedValue: (String) -> String = { quotingValues ? " " + Quotation.quote($0) : "" }
        switch kind {
        case .blank:
            return language.say(nl: "er staat niets in", en: "there is nothing in it", de: "es steht nichts darin")
        case .encoding(let name):
            // The message chooses the name freely, as it does a value.
            let name = quotedValue(name)
            return language.say(
                nl: "de tekencodering\(name) is geen UTF-8",
                en: "the encoding\(name) is not UTF-8",
                de: "die Zeichenkodierung\(name) ist nicht UTF-8")
        case .notUTF8:
            return language.say(
                nl: "de bytes zijn geen UTF-8", en: "the bytes are not UTF-8", de: "die Bytes sind kein UTF-8")
        case .nullByte:
            return language.say(
                nl: "hier staat een nulbyte", en: "there is a null byte here", de: "hier steht ein Nullbyte")
        case .notWellFormed(let syntax, _):
            return syntax.text(in: language)
        case .doctype:
            return language.say(
                nl: "hier begint een DOCTYPE", en: "a DOCTYPE begins here", de: "hier beginnt ein DOCTYPE")
        case .tooDeep(let element, let limit):
            return language.say(
                nl: "element \(quote(element)) ligt dieper dan \(limit) elementen",
                en: "element \(quote(element)) is nested deeper than \(limit) elements",
                de: "Element \(quote(element)) liegt tiefer als \(limit) Elemente")
        case .tooManyAttributes(let element, let limit):
            return language.say(
                nl: "element \(quote(element)) heeft meer dan \(limit) attributen",
                en: "element \(quote(element)) has more than \(limit) attributes",
                de: "Element \(quote(element)) hat mehr als \(limit) Attribute")
        case .tooManyNamespaces(let element, let limit):
            return language.say(
                nl: "bij element \(quote(element)) gelden meer dan \(limit) namespaces",
                en: "more than \(limit) namespaces are declared at element \(quote(element))",
                de: "bei Element \(quote(element)) gelten mehr als \(limit) Namensräume")
        case .wrongRoot(let element, let expected):
            return language.say(
                nl: "het buitenste element is \(quote(element))\(wanted(expected, language))",
                en: "the outermost element is \(quote(element))\(wanted(expected, language))",
                de: "das äußerste Element ist \(quote(element))\(wanted(expected, language))")
        case .unexpectedElement(let element, let expected):
            return language.say(
                nl: "element \(quote(element)) mag hier niet staan\(wanted(expected, language))",
                en: "element \(quote(element)) may not stand here\(wanted(expected, language))",
                de: "Element \(quote(element)) darf hier nicht stehen\(wanted(expected, language))")
        case .missingElement(let parent, let expected):
            return language.say(
                nl: "in element \(quote(parent)) ontbreekt \(either(expected, language))",
                en: "element \(quote(parent)) lacks \(either(expected, language))",
                de: "in Element \(quote(parent)) fehlt \(either(expected, language))")
        case .unexpectedText(let element):
            return language.say(
                nl: "in element \(quote(element)) mag hier geen tekst staan",
                en: "there may be no text here in element \(quote(element))",
                de: "in Element \(quote(element)) darf hier kein Text stehen")
        case .unexpectedAttribute(let element, let attribute):
            return language.say(
                nl: "element \(quote(element)) kent geen attribuut \(quote(attribute))",
                en: "element \(quote(element)) has no attribute \(quote(attribute))",
                de: "Element \(quote(element)) kennt kein Attribut \(quote(attribute))")
        case .missingAttribute(let element, let attribute):
            return language.say(
                nl: "element \(quote(element)) mist het attribuut \(quote(attribute))",
                en: "element \(quote(element)) lacks the attribute \(quote(attribute))",
                de: "Element \(quote(element)) fehlt das Attribut \(quote(attribute))")
        case .wrongType(let element, let attribute, let type, let value):
            return "\(place(element, attribute, language)): "
                + language.say(nl: "de waarde", en: "the value", de: "der Wert") + quotedValue(value) + " "
                + type.text(in: language)
        case .facet(let element, let attribute, let facet, let value):
            return "\(place(element, attribute, language)): "
                + language.say(nl: "de waarde", en: "the value", de: "der Wert") + quotedValue(value) + " "
                + facet.text(in: language)
        case .other(let element, let code):
            return language.say(
                nl: "element \(quote(element)) voldoet niet aan het schema (libxml2-code \(code))",
                en: "element \(quote(element)) does not meet the schema (libxml2 code \(code))",
                de: "Element \(quote(element)) entspricht nicht dem Schema (libxml2-Code \(code))")
        case .field(let field, let problem, let value):
            return problem.text(about: Quotation.quote(field.rawValue), value: quotedValue(value), in: language)
        }
    }

    private func quote(_ name: String) -> String { "'\(Quotation.line(name, limit: Issue.nameLength))'" }

    private func place(_ element: String, _ attribute: String?, _ language: Language) -> String {
        guard let attribute else {
            return language.say(nl: "element", en: "element", de: "Element") + " " + quote(element)
        }
        return language.say(
            nl: "attribuut \(quote(attribute)) van element \(quote(element))",
            en: "attribute \(quote(attribute)) of element \(quote(element))",
            de: "Attribut \(quote(attribute)) von Element \(quote(element))")
    }

    private func wanted(_ names: [String], _ language: Language) -> String {
        guard !names.isEmpty else { return "" }
        let names = either(names, language)
        return language.say(nl: "; verwacht: \(names)", en: "; expected: \(names)", de: "; erwartet: \(names)")
    }

    private func either(_ names: [String], _ language: Language) -> String {
        guard !names.isEmpty else {
            return language.say(nl: "een element", en: "an element", de: "ein Element")
        }
        return Quotation.alternatives(names.map(quote), in: language)
    }
}
