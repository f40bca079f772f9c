import Results

/// What was accepted.
enum Acceptance: Sendable {
    case registered(Registration)
    /// The same bytes were registered before.
    case redelivered(Registration)

    var reason: Reason {
        switch self {
        case .registered: .registered
        case .redelivered: .redelivered
        }
    }

    var registration: Registration {
        switch self {
        case .registered(let registration), .redelivered(let registration): registration
        }
    }

    func message(in language: Language, zone: CivilTime) -> String {
        switch self {
        case .registered:
            Acceptance.registeredMessage(in: language)
        case .redelivered(let registration):
            RegistrationHistory(first: registration, language: language, zone: zone).redeliveredMessage
        }
    }

    static func registeredMessage(in language: Language) -> String {
        language.say(
            nl: "Het resultaat is geregistreerd; de inschrijving is afgerond en staat op akkoord.",
            en: "The result is registered; the enrolment is finished and approved.",
            de: "Das Ergebnis ist registriert; die Einschreibung ist abgeschlossen und genehmigt.")
    }
}
