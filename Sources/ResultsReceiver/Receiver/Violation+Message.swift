import Results

extension Violation {
    /// Why the administration cannot take the result, and what the school must do there.
    func message(about completion: Completion, in language: Language, zone: CivilTime) -> String {
        let student = Quotation.quote(completion.student.text)
        let course = Quotation.quote(completion.course.text)
        switch self {
        case .unknownPerson:
            return language.say(
                nl:
                    "Geen persoon heeft het id \(student). Controleer in Coachview of het persoons-id of het externe id "
                    + "van de deelnemer hiermee overeenkomt en of de inschrijving is doorgegeven.",
                en: "No person has the id \(student). Check in Coachview that the participant's person id or external "
                    + "id is the same, and that the enrolment was passed on.",
                de: "Keine Person hat die ID \(student). Bitte in Coachview prüfen, ob Personen-ID oder externe ID des "
                    + "Teilnehmers damit übereinstimmt und ob die Einschreibung übermittelt wurde.")
        case .ambiguousPerson:
            return language.say(
                nl: "Het id \(student) past bij meer dan één persoon; er wordt niet geraden welke bedoeld is. Zorg dat "
                    + "het id maar bij één persoon als persoons-id of extern id staat.",
                en: "The id \(student) fits more than one person; which one is meant is not guessed. Make sure that "
                    + "only one person has it as person id or external id.",
                de: "Die ID \(student) passt zu mehr als einer Person; welche gemeint ist, wird nicht geraten. Bitte "
                    + "dafür sorgen, dass nur eine Person sie als Personen-ID oder externe ID hat.")
        case .unknownCourse:
            return language.say(
                nl: "Geen enkele inschrijving noemt de cursus \(course). Controleer of dit cursus-id in Coachview bij "
                    + "het e-learningonderdeel is ingevuld.",
                en: "No enrolment names the course \(course). Check that this course id is entered in Coachview for "
                    + "the e-learning part.",
                de: "Keine Einschreibung nennt den Kurs \(course). Bitte prüfen, ob diese Kurs-ID in Coachview beim "
                    + "E-Learning-Teil eingetragen ist.")
        case .enrolmentFinished:
            return language.say(
                nl:
                    "De inschrijving voor cursus \(course) is al afgerond, zonder resultaat van hier. Een resultaat kan "
                    + "alleen bij een inschrijving met status ingepland. Zet de status in Coachview terug naar "
                    + "ingepland als het resultaat nog moet tellen.",
                en:
                    "The enrolment in course \(course) is finished (afgerond) already, without a result from here. Only "
                    + "a planned enrolment can take one. Set its status in Coachview back to planned (ingepland) if the "
                    + "result is still to count.",
                de:
                    "Die Einschreibung in den Kurs \(course) ist bereits abgeschlossen (afgerond), ohne ein Ergebnis von "
                    + "hier. Nur eine geplante Einschreibung kann eines erhalten. Soll das Ergebnis noch zählen, bitte "
                    + "den Status in Coachview auf geplant (ingepland) zurücksetzen.")
        case .waitingList:
            return language.say(
                nl:
                    "De deelnemer staat voor cursus \(course) nog op de wachtlijst. Zet de inschrijving in Coachview op "
                    + "ingepland en verstuur het resultaat daarna opnieuw.",
                en: "The participant is still on the waiting list (wachtlijst) of course \(course). Set the enrolment "
                    + "to planned (ingepland) in Coachview, then send the result again.",
                de: "Der Teilnehmer steht für den Kurs \(course) noch auf der Warteliste (wachtlijst). Bitte die "
                    + "Einschreibung in Coachview auf geplant (ingepland) setzen und das Ergebnis danach erneut senden."
            )
        case .enrolmentCancelled:
            return language.say(
                nl:
                    "De inschrijving voor cursus \(course) is geannuleerd. Schrijf de deelnemer in Coachview opnieuw in "
                    + "(status ingepland) als het resultaat toch moet tellen, en verstuur het dan opnieuw.",
                en:
                    "The enrolment in course \(course) is cancelled (geannuleerd). If the result is to count after all, "
                    + "enrol the participant anew in Coachview (status ingepland) and send it again.",
                de:
                    "Die Einschreibung in den Kurs \(course) ist storniert (geannuleerd). Soll das Ergebnis doch zählen, "
                    + "bitte den Teilnehmer in Coachview neu einschreiben (Status ingepland) und es erneut senden.")
        case .noEnrolment:
            return language.say(
                nl: "De deelnemer \(student) en de cursus \(course) zijn bekend, maar de deelnemer is niet voor deze "
                    + "cursus ingeschreven. Schrijf hem of haar in Coachview in (status ingepland) en verstuur het "
                    + "resultaat opnieuw.",
                en:
                    "The participant \(student) and the course \(course) are known, but the participant is not enrolled "
                    + "in this course. Enrol them in Coachview (status ingepland) and send the result again.",
                de: "Der Teilnehmer \(student) und der Kurs \(course) sind bekannt, aber der Teilnehmer ist nicht in "
                    + "diesen Kurs eingeschrieben. Bitte in Coachview einschreiben (Status ingepland) und das Ergebnis "
                    + "erneut senden.")
        case .duplicate(let first, let sameBytes):
            let history = RegistrationHistory(first: first, language: language, zone: zone)
            return history.duplicateMessage(sameBytes: sameBytes, part: completion.part, name: completion.partName)
        }
    }
}
