import Results

/// Tells what was registered before: when, and from which part of the course.
struct RegistrationHistory {
    let first: Registration
    let language: Language
    let zone: CivilTime

    /// Why a second message for the enrolment is refused. `part` and `name` are those of that second message.
    func duplicateMessage(sameBytes: Bool, part: PartID?, name: String?) -> String {
        if let revokedAt = first.revokedAt { return revoked(at: shown(revokedAt), sameBytes: sameBytes) }
        if sameBytes { return identical }
        var text = language.say(
            nl: "Er is al een resultaat geregistreerd, op \(moment)\(origin). Per inschrijving telt één resultaat; "
                + "een later of beter resultaat wordt niet overgenomen.",
            en: "A result is registered already, on \(moment)\(origin). One result counts per enrolment; a later or "
                + "better one is not taken over.",
            de:
                "Es ist bereits ein Ergebnis registriert, am \(moment)\(origin). Je Einschreibung zählt ein Ergebnis; "
                + "ein späteres oder besseres wird nicht übernommen.")
        // Of an erased result nobody knows the part.
        if part != first.part, !first.isErased { text += " " + severalParts(described(part, name)) }
        return text
    }

    /// Says that the very same message was acknowledged once more.
    var redeliveredMessage: String {
        language.say(
            nl: "Precies dit bericht was al verwerkt: het resultaat is op \(moment) geregistreerd\(origin). "
                + "Er hoeft niets te gebeuren.",
            en: "Exactly this message was processed before: the result was registered on \(moment)\(origin). "
                + "There is nothing to do.",
            de:
                "Genau diese Nachricht wurde schon verarbeitet: das Ergebnis wurde am \(moment) registriert\(origin). "
                + "Es ist nichts zu tun.")
    }

    private var identical: String {
        language.say(
            nl: "Precies dit bericht is al eerder ontvangen: het resultaat is geregistreerd op \(moment)\(origin). "
                + "Er hoeft niets te gebeuren.",
            en: "Exactly this message was received before: the result is registered already, on \(moment)\(origin). "
                + "There is nothing to do.",
            de: "Genau diese Nachricht wurde schon empfangen: das Ergebnis ist bereits registriert, am \(moment)"
                + "\(origin). Es ist nichts zu tun.")
    }

    private func revoked(at revocation: String, sameBytes: Bool) -> String {
        return language.say(
            nl:
                "Het resultaat uit dit bericht is geregistreerd op \(moment)\(origin), en ingetrokken op \(revocation). "
                + (sameBytes ? "Precies hetzelfde bericht wordt niet nog eens geregistreerd. " : "")
                + "Moet er toch een resultaat komen, laat het leerplatform dan een nieuw bericht maken.",
            en: "The result of this message was registered on \(moment)\(origin), and revoked on \(revocation). "
                + (sameBytes ? "The very same message is not registered again. " : "")
                + "If a result is wanted after all, have the learning platform make a new message.",
            de: "Das Ergebnis dieser Nachricht wurde am \(moment) registriert\(origin), und am \(revocation) "
                + "zurückgenommen. "
                + (sameBytes ? "Genau dieselbe Nachricht wird nicht noch einmal registriert. " : "")
                + "Soll doch ein Ergebnis kommen, bitte die Lernplattform eine neue Nachricht erstellen lassen.")
    }

    private func severalParts(_ other: String) -> String {
        let firstPart = described(first.part, first.partName)
        return language.say(
            nl: "Dit bericht komt van \(other). Zo te zien staat bij meerdere onderdelen van de cursus een "
                + "coursepartcompletion aan. Laat die in aNewSpring alleen aan bij het onderdeel dat het resultaat "
                + "bepaalt; is dat \(firstPart), zet hem dan uit bij \(other).",
            en: "This message comes from \(other). Several parts of the course seem to have a coursepartcompletion "
                + "switched on. Leave it on in aNewSpring only for the part that decides the result; if that is "
                + "\(firstPart), switch it off for \(other).",
            de: "Der Absender dieser Nachricht: \(other). Offenbar ist bei mehreren Teilen des Kurses eine "
                + "coursepartcompletion eingeschaltet. Bitte in aNewSpring nur bei dem Teil eingeschaltet lassen, der "
                + "das Ergebnis bestimmt; ist das \(firstPart), dann hier ausschalten: \(other).")
    }

    private var moment: String { shown(first.receivedAt) }

    /// Begins with a comma; empty where nothing is known.
    private var origin: String {
        if first.isErased { return "" }
        let part = described(first.part, first.partName)
        return ", "
            + language.say(
                nl: "vanuit \(part)", en: "from \(part)", de: first.part == nil ? "aus dem ganzen Kurs" : "aus \(part)")
    }

    private func described(_ part: PartID?, _ name: String?) -> String {
        guard let part else {
            return language.say(nl: "de hele cursus", en: "the whole course", de: "der ganze Kurs")
        }
        let id = Quotation.quote(part.text)
        guard let name, !name.isEmpty else {
            return language.say(nl: "onderdeel \(id)", en: "part \(id)", de: "Teil \(id)")
        }
        let title = Quotation.quote(name)
        return language.say(
            nl: "onderdeel \(title) (id \(id))", en: "part \(title) (id \(id))", de: "Teil \(title) (ID \(id))")
    }

    /// Day, hour and minute as people in the zone write them.
    private func shown(_ moment: Timestamp) -> String {
        let date = zone.date(of: moment)
        let time = zone.time(of: moment)
        let day = twoDigits(date.day)
        let month = twoDigits(date.month)
        let clock = "\(twoDigits(time.hour)):\(twoDigits(time.minute))"
        return language.say(
            nl: "\(day)-\(month)-\(date.year) \(clock)",
            en: "\(date.year)-\(month)-\(day) \(clock)",
            de: "\(day).\(month).\(date.year) \(clock)")
    }

    private func twoDigits(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
}
