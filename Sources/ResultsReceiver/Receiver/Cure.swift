package import Registry

extension Cause {
    /// What cures it, for whoever looks after the school's administration. `Cause.reason` is one of `Reason`'s words.
    package func cure(in language: Language) -> String {
        let course = Quotation.quote(course ?? "")
        switch Reason(rawValue: reason) {
        case .unknownPerson:
            return language.say(
                nl:
                    "Deze personen staan in geen enkele inschrijving, of hun id past bij meer dan één persoon: importeer "
                    + "hun inschrijvingen voor cursus \(course), of verbeter het id van de deelnemer.",
                en: "These persons are in no enrolment, or their id fits more than one: import their enrolments in "
                    + "course \(course), or correct the participant's id.",
                de: "Diese Personen stehen in keiner Einschreibung, oder ihre ID passt zu mehr als einer Person: ihre "
                    + "Einschreibungen für Kurs \(course) importieren oder die ID des Teilnehmers berichtigen.")
        case .unknownCourse:
            return language.say(
                nl: "Cursus \(course) staat in geen enkele inschrijving: importeer die, of verbeter het cursus-id bij "
                    + "het e-learningonderdeel.",
                en: "Course \(course) is in no enrolment: import it, or correct the course id on the e-learning part.",
                de: "Kurs \(course) steht in keiner Einschreibung: diese importieren oder die Kurs-ID beim "
                    + "E-Learning-Teil berichtigen.")
        case .noEnrolment:
            return language.say(
                nl: "Deze personen zijn bekend, maar niet ingeschreven voor cursus \(course): importeer hun "
                    + "inschrijvingen.",
                en: "These persons are known, but not enrolled in course \(course): import their enrolments.",
                de: "Diese Personen sind bekannt, aber nicht in Kurs \(course) eingeschrieben: ihre Einschreibungen "
                    + "importieren.")
        case .duplicate:
            let dismissal = "'deliveries dismiss --reason duplicate'"
            return language.say(
                nl:
                    "Voor deze inschrijvingen is al een resultaat geregistreerd. Zo te zien versturen meerdere onderdelen "
                    + "van cursus \(course) een coursepartcompletion: zet ze op één na uit, en leg de berichten dan "
                    + "terzijde (\(dismissal)).",
                en: "These enrolments have a result already. Several parts of course \(course) seem to send a "
                    + "completion: switch off all but one, then put the messages aside (\(dismissal)).",
                de: "Diese Einschreibungen haben schon ein Ergebnis. Offenbar senden mehrere Teile von Kurs \(course) "
                    + "eine coursepartcompletion: alle bis auf einen ausschalten, dann die Nachrichten weglegen "
                    + "(\(dismissal)).")
        case .enrolmentFinished:
            return language.say(
                nl:
                    "Deze inschrijvingen voor cursus \(course) zijn al afgerond zonder resultaat van hier: zet ze terug "
                    + "naar ingepland als het resultaat nog moet tellen, of leg ze terzijde.",
                en: "These enrolments in course \(course) were finished without a result from here: set them back to "
                    + "planned (ingepland) if the result is still to count, or dismiss them.",
                de: "Diese Einschreibungen in Kurs \(course) wurden ohne Ergebnis von hier abgeschlossen: auf geplant "
                    + "(ingepland) zurücksetzen, wenn das Ergebnis noch zählen soll, oder als erledigt kennzeichnen.")
        case .waitingList:
            return language.say(
                nl: "Deze deelnemers staan voor cursus \(course) op de wachtlijst: zet hun inschrijving op ingepland.",
                en: "These participants are on the waiting list of course \(course): set their enrolments to planned "
                    + "(ingepland).",
                de: "Diese Teilnehmer stehen für Kurs \(course) auf der Warteliste: ihre Einschreibungen auf geplant "
                    + "(ingepland) setzen.")
        case .enrolmentCancelled:
            return language.say(
                nl: "Deze inschrijvingen voor cursus \(course) zijn geannuleerd: schrijf de deelnemers opnieuw in als "
                    + "het resultaat moet tellen, of leg ze terzijde.",
                en: "These enrolments in course \(course) are cancelled: enrol the participants anew if the result is "
                    + "to count, or dismiss them.",
                de: "Diese Einschreibungen in Kurs \(course) sind storniert: die Teilnehmer neu einschreiben, wenn das "
                    + "Ergebnis zählen soll, oder als erledigt kennzeichnen.")
        case .schema, .notXML, .doctype, .emptyBody, .tooLarge:
            return language.say(
                nl: "Deze berichten zijn niet goed gevormd: vergelijk ze met het schema ('explain' zegt waar) en "
                    + "verbeter de webhook in het leerplatform.",
                en:
                    "These messages are not as they should be: compare them with the schema ('explain' says where), and "
                    + "correct the webhook on the learning platform.",
                de:
                    "Diese Nachrichten sind nicht, wie sie sein sollen: mit dem Schema vergleichen ('explain' sagt, wo) "
                    + "und den Webhook in der Lernplattform berichtigen.")
        default:
            return language.say(
                nl: "De berichten konden toen niet worden verwerkt; komen ze niet vanzelf opnieuw, speel ze dan af met "
                    + "'deliveries replay'.",
                en: "The messages could not be processed then; if they do not come again by themselves, run them with "
                    + "'deliveries replay'.",
                de: "Die Nachrichten konnten damals nicht verarbeitet werden; kommen sie nicht von selbst wieder, mit "
                    + "'deliveries replay' erneut ausführen.")
        }
    }
}
