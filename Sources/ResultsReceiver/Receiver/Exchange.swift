import HTTP

/// One request and its answer: by what they are found again, and how the sender wants to read.
struct Exchange {
    let reference: String
    let client: Client
    let language: Language
    let format: AnswerFormat
    /// When it was begun to be judged.
    let began = ContinuousClock.now

    func response(_ reason: Reason, _ message: @autoclosure () -> String) -> Response {
        AnswerTemplate.of(reason, language, format)
            .response(reason.status, message: message(), reference: reference)
    }
}

extension RequestHead {
    /// The form of answers that the sender likes best; JSON where it says nothing, or nothing that there is.
    var preferredFormat: AnswerFormat {
        let accept = fields.values(of: .accept)
        if accept.isEmpty || accept == ["*/*"] { return .json }
        let type = ContentNegotiation.mediaType(accept: accept, offered: RequestHead.offeredTypes)
        return AnswerFormat.allCases.first { $0.mediaType == type } ?? .json
    }

    /// Nil: the sender asks for no language that there is.
    var preferredLanguage: Language? {
        let accept = fields.values(of: .acceptLanguage)
        if accept.isEmpty { return nil }
        return ContentNegotiation.language(acceptLanguage: accept, offered: RequestHead.offeredLanguages)
            .flatMap(Language.init(rawValue:))
    }

    private static let offeredTypes = AnswerFormat.allCases.map(\.mediaType)
    private static let offeredLanguages = Language.allCases.map(\.rawValue)
}
