import HTTP

extension Reason {
    /// What the code means, whatever the matter with this one request. Reasons of one code share it, save the two that
    /// are refused before anything of the delivery itself was looked at.
    package func description(in language: Language) -> String {
        switch self {
        case .malformedHTTP:
            return language.say(
                nl: "De aanvraag kon niet als HTTP-bericht worden gelezen en is niet verwerkt.",
                en: "The request could not be read as an HTTP message and was not processed.",
                de: "Die Anfrage konnte nicht als HTTP-Nachricht gelesen werden und wurde nicht verarbeitet.")
        case .noSuchPath:
            return language.say(
                nl: "Op dit adres worden geen resultaten ontvangen.",
                en: "No results are received at this address.",
                de: "Unter dieser Adresse werden keine Ergebnisse empfangen.")
        default:
            break
        }
        switch status {
        case .ok:
            return language.say(
                nl: "Het bericht is verwerkt.",
                en: "The message has been processed.",
                de: "Die Nachricht wurde verarbeitet.")
        case .badRequest:
            return language.say(
                nl: "Het bericht is leeg, te groot, geen XML, of het voldoet niet aan het schema.",
                en: "The message is empty, too large, not XML, or it does not meet the schema.",
                de: "Die Nachricht ist leer, zu groß, kein XML, oder sie entspricht nicht dem Schema.")
        case .forbidden:
            return language.say(
                nl: "De handtekening van de webhook ontbreekt of klopt niet.",
                en: "The webhook's signature is missing or wrong.",
                de: "Die Signatur des Webhooks fehlt oder stimmt nicht.")
        case .notFound:
            return language.say(
                nl: "De persoon of een inschrijving die nog een resultaat kan krijgen, is niet gevonden.",
                en: "The person, or an enrolment that can still take a result, was not found.",
                de: "Die Person oder eine Einschreibung, die noch ein Ergebnis erhalten kann, wurde nicht gefunden.")
        case .methodNotAllowed:
            return language.say(
                nl: "Deze HTTP-methode wordt hier niet ondersteund.",
                en: "This HTTP method is not supported here.",
                de: "Diese HTTP-Methode wird hier nicht unterstützt.")
        case .serviceUnavailable:
            return language.say(
                nl: "De administratie is op dit moment niet bereikbaar.",
                en: "The administration cannot be reached at the moment.",
                de: "Die Verwaltung ist im Moment nicht erreichbar.")
        default:
            return language.say(
                nl: "Bij de verwerking is een onverwachte fout opgetreden.",
                en: "An unexpected error occurred while processing.",
                de: "Bei der Verarbeitung ist ein unerwarteter Fehler aufgetreten.")
        }
    }
}
