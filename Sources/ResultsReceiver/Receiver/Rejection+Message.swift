import HTTP
package import Results
import Schema
import Signature

// What is the matter with a request, and what the school or the sender can do about it: plain words, one line each.

extension Rejection {
    /// The message of the answer. Moments are shown as clocks in `zone` do.
    package func message(in language: Language, zone: CivilTime) -> String {
        switch self {
        case .noSuchPath:
            language.say(
                nl: "Dit pad bestaat hier niet. Controleer het adres dat bij de webhook is ingevuld.",
                en: "There is no such path here. Check the address that is entered for the webhook.",
                de: "Diesen Pfad gibt es hier nicht. Bitte die Adresse prüfen, die beim Webhook eingetragen ist.")
        case .methodNotAllowed:
            language.say(
                nl: "Alleen POST wordt hier aangenomen. Verstuur het resultaat met POST.",
                en: "Only POST is accepted here. Send the result with POST.",
                de: "Hier wird nur POST angenommen. Bitte das Ergebnis mit POST senden.")
        case .malformed(let error):
            error.message(in: language)
        case .contentTimedOut:
            language.say(
                nl: "De body van de aanvraag kwam niet op tijd binnen. Verstuur het bericht opnieuw.",
                en: "The body of the request did not arrive in time. Send the message again.",
                de: "Der Body der Anfrage kam nicht rechtzeitig an. Bitte die Nachricht erneut senden.")
        case .tooLarge(let limit):
            tooLarge(limit, language)
        case .signature(let error):
            signature(error, language)
        case .mismatch:
            language.say(
                nl: "De handtekening past niet bij de body. Meestal hebben afzender en ontvanger niet dezelfde geheime "
                    + "sleutel. Controleer de sleutel, het adres van de webhook en het algoritme; onderteken de bytes "
                    + "van de body precies zoals ze worden verstuurd.",
                en: "The signature does not fit the body. Mostly, sender and receiver do not have the same secret. "
                    + "Check the secret, the webhook's address and the algorithm; sign the bytes of the body exactly "
                    + "as they are sent.",
                de: "Die Signatur passt nicht zum Body. Meist haben Absender und Empfänger nicht denselben geheimen "
                    + "Schlüssel. Bitte Schlüssel, Adresse des Webhooks und Algorithmus prüfen; signiert werden die "
                    + "Bytes des Bodys genau so, wie sie gesendet werden.")
        case .emptyBody:
            language.say(
                nl: "De body van de aanvraag is leeg. Stuur het bericht als XML in de body mee.",
                en: "The body of the request is empty. Send the message in it, as XML.",
                de: "Der Body der Anfrage ist leer. Bitte die Nachricht als XML darin mitsenden.")
        case .message(let error):
            message(error, language)
        case .violation(let violation, let completion):
            violation.message(about: completion, in: language, zone: zone)
        case .registryBusy:
            language.say(
                nl: "De registratie is even bezet, bijvoorbeeld door een import. Probeer het later opnieuw.",
                en: "The registry is busy for a moment, for instance with an import. Try again later.",
                de:
                    "Die Registrierung ist gerade belegt, zum Beispiel durch einen Import. Bitte später erneut versuchen."
            )
        case .registryUnreachable:
            language.say(
                nl: "De registratie is op dit moment niet bereikbaar; er is niets geregistreerd. "
                    + "Probeer het later opnieuw.",
                en: "The registry cannot be reached at the moment; nothing was registered. Try again later.",
                de: "Die Registrierung ist im Moment nicht erreichbar; es wurde nichts registriert. "
                    + "Bitte später erneut versuchen.")
        case .maintenance(let text):
            maintenance(text, language)
        case .overload:
            language.say(
                nl: "Er komen nu te veel berichten tegelijk binnen. Probeer het later opnieuw.",
                en: "Too many messages are coming in at once. Try again later.",
                de: "Es kommen gerade zu viele Nachrichten auf einmal an. Bitte später erneut versuchen.")
        case .internal:
            unforeseen(language)
        }
    }

    private func tooLarge(_ limit: Int, _ language: Language) -> String {
        let size = limit % 1_048_576 == 0 ? "\(limit / 1_048_576) MiB" : limit % 1024 == 0 ? "\(limit / 1024) KiB" : nil
        let bound = size.map { "\($0) (\(limit) bytes)" } ?? "\(limit) bytes"
        return language.say(
            nl: "De body is groter dan \(bound), het maximum hier. Verstuur één bericht per aanroep.",
            en: "The body is larger than \(bound), the limit here. Send one message per call.",
            de: "Der Body ist größer als \(bound), das Maximum hier. Bitte eine Nachricht je Aufruf senden.")
    }

    private func signature(_ error: SignatureError, _ language: Language) -> String {
        switch error {
        case .missing:
            language.say(
                nl: "De header X-WebHook-Signature ontbreekt. Vul bij de webhook de geheime sleutel in, zodat elk "
                    + "bericht wordt ondertekend.",
                en: "The header X-WebHook-Signature is missing. Enter the secret for the webhook, so that every "
                    + "message is signed.",
                de: "Der Header X-WebHook-Signature fehlt. Bitte beim Webhook den geheimen Schlüssel eintragen, damit "
                    + "jede Nachricht signiert wird.")
        case .repeated:
            language.say(
                nl: "De header X-WebHook-Signature staat er meer dan één keer. Stuur precies één handtekening mee.",
                en: "The header X-WebHook-Signature is there more than once. Send exactly one signature.",
                de: "Der Header X-WebHook-Signature kommt mehrfach vor. Bitte genau eine Signatur mitsenden.")
        case .hexadecimal:
            language.say(
                nl: "De handtekening is hexadecimaal geschreven. Gewenst is Base64: codeer de bytes van de HMAC "
                    + "zelf als Base64.",
                en: "The signature is written in hexadecimal. Base64 is wanted: encode the bytes of the HMAC itself "
                    + "as Base64.",
                de: "Die Signatur ist hexadezimal geschrieben. Erwartet wird Base64: die Bytes des HMAC selbst als "
                    + "Base64 kodieren.")
        case .malformed:
            language.say(
                nl: "De header X-WebHook-Signature bevat geen handtekening. Gewenst is de HMAC (SHA-1, SHA-256 of "
                    + "SHA-512) van de body in Base64, met opvulling (=) en zonder iets ervoor.",
                en: "The header X-WebHook-Signature holds no signature. The HMAC (SHA-1, SHA-256 or SHA-512) of the "
                    + "body in Base64 is wanted, padded (=) and with nothing before it.",
                de: "Der Header X-WebHook-Signature enthält keine Signatur. Erwartet wird der HMAC (SHA-1, SHA-256 "
                    + "oder SHA-512) des Bodys in Base64, aufgefüllt (=) und ohne etwas davor.")
        }
    }

    private func message(_ error: MessageError, _ language: Language) -> String {
        let issues = error.told(in: language, quotingValues: true)
        return switch error {
        case .notXML:
            language.say(
                nl: "De body is geen XML in UTF-8. Op regel:kolom \(issues).",
                en: "The body is not XML in UTF-8. At line:column \(issues).",
                de: "Der Body ist kein XML in UTF-8. Bei Zeile:Spalte \(issues).")
        case .doctype:
            language.say(
                nl: "Een DOCTYPE is in een bericht niet toegestaan; laat het weg. Op regel:kolom \(issues).",
                en: "A DOCTYPE is not allowed in a message; leave it out. At line:column \(issues).",
                de: "Ein DOCTYPE ist in einer Nachricht nicht erlaubt; bitte weglassen. Bei Zeile:Spalte \(issues).")
        case .schema:
            language.say(
                nl: "Het bericht voldoet niet aan het schema. Op regel:kolom \(issues).",
                en: "The message does not meet the schema. At line:column \(issues).",
                de: "Die Nachricht entspricht nicht dem Schema. Bei Zeile:Spalte \(issues).")
        case .failed:
            unforeseen(language)
        }
    }

    private func unforeseen(_ language: Language) -> String {
        language.say(
            nl: "Er ging iets mis wat niet aan het bericht hoeft te liggen. Neem contact op met de beheerder van deze "
                + "ontvanger en geef de referentie door.",
            en: "Something went wrong that need not be the message's fault. Contact the operator of this receiver and "
                + "name the reference.",
            de: "Etwas ist schiefgegangen, das nicht an der Nachricht liegen muss. Bitte an den Betreiber dieses "
                + "Empfängers wenden und die Referenz nennen.")
    }

    private func maintenance(_ text: String?, _ language: Language) -> String {
        // The operator's own words, as long as they like within reason, but on one line.
        let words = text.map { " " + Quotation.line($0, limit: 500) } ?? ""
        return language.say(
            nl: "Er wordt onderhoud gepleegd. Probeer het later opnieuw.\(words)",
            en: "Maintenance is going on. Try again later.\(words)",
            de: "Es wird gewartet. Bitte später erneut versuchen.\(words)")
    }
}
