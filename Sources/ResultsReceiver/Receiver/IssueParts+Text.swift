import Schema

extension Issue.Syntax {
    func text(in language: Language) -> String {
        switch self {
        case .unexpectedEnd(let element):
            let element = element.map { " " + Self.quote($0) } ?? ""
            return language.say(
                nl: "de tekst houdt op voordat alles\(element.isEmpty ? "" : ", ook\(element),") is afgesloten",
                en: "the text ends before everything\(element.isEmpty ? "" : ",\(element) too,") is closed",
                de: "der Text endet, bevor alles\(element.isEmpty ? "" : ", auch\(element),") geschlossen ist")
        case .mismatchedTag(let start, let end):
            return language.say(
                nl: "\(Self.quote(end)) sluit waar \(Self.quote(start)) openstaat",
                en: "\(Self.quote(end)) closes where \(Self.quote(start)) is open",
                de: "\(Self.quote(end)) schließt, wo \(Self.quote(start)) offen ist")
        case .duplicateAttribute(let name):
            return language.say(
                nl: "attribuut \(Self.quote(name)) staat er twee keer",
                en: "attribute \(Self.quote(name)) is there twice",
                de: "Attribut \(Self.quote(name)) kommt zweimal vor")
        case .unknownEntity(let name):
            return language.say(
                nl: "de entiteit \(Self.quote(name)) bestaat niet; schrijf een & als &amp;",
                en: "there is no entity \(Self.quote(name)); write an & as &amp;",
                de: "die Entität \(Self.quote(name)) gibt es nicht; ein & wird als &amp; geschrieben")
        case .bareAmpersand:
            return language.say(
                nl: "hier staat een losse &; schrijf die als &amp;",
                en: "there is a bare & here; write it as &amp;",
                de: "hier steht ein einzelnes &; es wird als &amp; geschrieben")
        case .trailingContent:
            return language.say(
                nl: "na het buitenste element staat nog iets",
                en: "something follows the outermost element",
                de: "nach dem äußersten Element steht noch etwas")
        case .noElement:
            return language.say(
                nl: "er staat tekst, maar geen element",
                en: "there is text, but no element",
                de: "es gibt Text, aber kein Element")
        case .invalidCharacter:
            return language.say(
                nl: "hier staat een teken dat XML niet toelaat",
                en: "there is a character here that XML does not allow",
                de: "hier steht ein Zeichen, das XML nicht erlaubt")
        case .declaration:
            return language.say(
                nl: "de XML-declaratie is onjuist of staat niet helemaal vooraan",
                en: "the XML declaration is wrong or not at the very beginning",
                de: "die XML-Deklaration ist falsch oder steht nicht ganz am Anfang")
        case .other:
            return language.say(
                nl: "hier is de XML niet goed gevormd",
                en: "the XML is not well-formed here",
                de: "hier ist das XML nicht wohlgeformt")
        }
    }

    private static func quote(_ name: String) -> String { "'\(Quotation.line(name, limit: Issue.nameLength))'" }
}

extension Issue.ValueType {
    /// Continues "the value …".
    func text(in language: Language) -> String {
        switch self {
        case .dateTime:
            return language.say(
                nl: "is geen bestaand tijdstip zoals 2026-11-20T14:03:10+01:00",
                en: "is no existing moment such as 2026-11-20T14:03:10+01:00",
                de: "ist kein existierender Zeitpunkt wie 2026-11-20T14:03:10+01:00")
        case .boolean:
            return language.say(
                nl: "is geen true of false", en: "is neither true nor false", de: "ist weder true noch false")
        case .decimal:
            return language.say(
                nl: "is geen getal zoals 8.5", en: "is no number such as 8.5", de: "ist keine Zahl wie 8.5")
        case .other(let name):
            let type = name.map { " " + Quotation.quote($0) } ?? ""
            return language.say(
                nl: "past niet bij het type\(type)",
                en: "does not fit the type\(type)",
                de: "passt nicht zum Typ\(type)")
        }
    }
}

extension Issue.Facet {
    /// Continues "the value …".
    func text(in language: Language) -> String {
        switch self {
        case .length(let length, let found):
            return language.say(
                nl: "heeft \(found) tekens; het moeten er \(length) zijn",
                en: "has \(found) characters; there must be \(length)",
                de: "hat \(found) Zeichen; es müssen \(length) sein")
        case .minLength(let length, let found):
            return language.say(
                nl: "heeft \(found) tekens; minstens \(length) is nodig",
                en: "has \(found) characters; at least \(length) needed",
                de: "hat \(found) Zeichen; mindestens \(length) nötig")
        case .maxLength(let length, let found):
            return language.say(
                nl: "heeft \(found) tekens; hoogstens \(length) mag",
                en: "has \(found) characters; at most \(length) allowed",
                de: "hat \(found) Zeichen; höchstens \(length) erlaubt")
        case .enumeration(let values):
            let values = Quotation.alternatives(values.map(Quotation.quote), in: language)
            return language.say(nl: "is niet \(values)", en: "is not \(values)", de: "ist nicht \(values)")
        case .pattern(let pattern):
            let pattern = Quotation.quote(pattern)
            return language.say(
                nl: "past niet bij het patroon \(pattern)",
                en: "does not fit the pattern \(pattern)",
                de: "passt nicht zum Muster \(pattern)")
        case .minInclusive(let bound):
            return language.say(
                nl: "is kleiner dan \(bound)", en: "is less than \(bound)", de: "ist kleiner als \(bound)")
        case .maxInclusive(let bound):
            return language.say(
                nl: "is groter dan \(bound)", en: "is greater than \(bound)", de: "ist größer als \(bound)")
        case .minExclusive(let bound):
            return language.say(
                nl: "is niet groter dan \(bound)", en: "is not greater than \(bound)",
                de: "ist nicht größer als \(bound)")
        case .maxExclusive(let bound):
            return language.say(
                nl: "is niet kleiner dan \(bound)", en: "is not less than \(bound)",
                de: "ist nicht kleiner als \(bound)")
        case .totalDigits(let count):
            return language.say(
                nl: "heeft meer dan \(count) cijfers",
                en: "has more than \(count) digits",
                de: "hat mehr als \(count) Ziffern")
        case .fractionDigits(let count):
            return language.say(
                nl: "heeft meer dan \(count) cijfers achter de punt",
                en: "has more than \(count) digits after the point",
                de: "hat mehr als \(count) Ziffern nach dem Punkt")
        case .years(let first, let last):
            return language.say(
                nl: "heeft een jaar buiten \(first) tot en met \(last)",
                en: "has a year outside \(first) to \(last)",
                de: "hat ein Jahr außerhalb von \(first) bis \(last)")
        }
    }
}

extension Issue.FieldProblem {
    /// `field` in quotation marks; `value` too, after a space, or empty.
    func text(about field: String, value: String, in language: Language) -> String {
        let subject = language.say(nl: "veld \(field): ", en: "field \(field): ", de: "Feld \(field): ")
        let itsValue = language.say(nl: "de waarde", en: "the value", de: "der Wert") + value
        return subject
            + language.say(nl: dutch(itsValue), en: english(itsValue), de: german(itsValue))
    }

    private func dutch(_ value: String) -> String {
        switch self {
        case .missing: "ontbreekt of is leeg"
        case .repeated: "komt meer dan één keer voor"
        case .notAnIdentifier: "\(value) is geen id van 1 tot en met 64 tekens"
        case .notADateTime: "\(value) is geen bestaand tijdstip zoals 2026-11-20T14:03:10+01:00"
        case .notABoolean: "\(value) is geen true of false"
        case .notAScore: "\(value) is geen getal van 0 tot en met 100 met hoogstens 2 decimalen"
        case .otherEvent: "\(value) is niet coursepartcompletion"
        }
    }

    private func english(_ value: String) -> String {
        switch self {
        case .missing: "is missing or empty"
        case .repeated: "is there more than once"
        case .notAnIdentifier: "\(value) is no id of 1 to 64 characters"
        case .notADateTime: "\(value) is no existing moment such as 2026-11-20T14:03:10+01:00"
        case .notABoolean: "\(value) is neither true nor false"
        case .notAScore: "\(value) is no number from 0 to 100 with at most 2 decimals"
        case .otherEvent: "\(value) is not coursepartcompletion"
        }
    }

    private func german(_ value: String) -> String {
        switch self {
        case .missing: "fehlt oder ist leer"
        case .repeated: "kommt mehrfach vor"
        case .notAnIdentifier: "\(value) ist keine ID mit 1 bis 64 Zeichen"
        case .notADateTime: "\(value) ist kein existierender Zeitpunkt wie 2026-11-20T14:03:10+01:00"
        case .notABoolean: "\(value) ist weder true noch false"
        case .notAScore: "\(value) ist keine Zahl von 0 bis 100 mit höchstens 2 Nachkommastellen"
        case .otherEvent: "\(value) ist nicht coursepartcompletion"
        }
    }
}
