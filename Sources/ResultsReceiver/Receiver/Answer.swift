/// What a sender reads: the code with its meaning, and what is the matter with this one request.
package struct Answer: Sendable, Equatable {
    package let reason: Reason
    package let language: Language
    /// In `language`; may quote foreign text.
    package let message: String
    package let reference: String

    package init(reason: Reason, language: Language, message: String, reference: String) {
        self.reason = reason
        self.language = language
        self.message = message
        self.reference = reference
    }

    /// The content in UTF-8.
    package func content(as format: AnswerFormat) -> [UInt8] {
        AnswerTemplate.of(reason, language, format).content(message: message, reference: reference)
    }
}

/// The forms in which an answer can be asked for.
package enum AnswerFormat: CaseIterable, Sendable {
    case json
    case applicationXML
    case textXML
    case text

    /// Without parameters, as an Accept field names it.
    package var mediaType: String {
        switch self {
        case .json: "application/json"
        case .applicationXML: "application/xml"
        case .textXML: "text/xml"
        case .text: "text/plain"
        }
    }

    var contentType: String { "\(mediaType); charset=utf-8" }

    /// Appends foreign text so that it stays inside its field.
    func append(_ text: String, to bytes: inout [UInt8]) {
        switch self {
        case .json: JSONText.append(text, to: &bytes)
        case .applicationXML, .textXML: XMLText.append(text, to: &bytes)
        case .text: bytes.append(contentsOf: text.utf8)
        }
    }
}
