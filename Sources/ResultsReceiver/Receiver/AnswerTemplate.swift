import HTTP

/// All of an answer that does not depend on the request, written once: only message and reference are filled in.
final class AnswerTemplate: Sendable {
    /// The fields of the response; the value of the last one, X-Request-Id, is a blank.
    private let fields: [Field]
    /// What stands before the message, between message and reference, and after the reference.
    private let beforeMessage: [UInt8]
    private let beforeReference: [UInt8]
    private let end: [UInt8]
    private let format: AnswerFormat
    /// All that stands before the reference, where the message is the same for every request.
    private let beforeReferenceWithMessage: [UInt8]?

    static func of(_ reason: Reason, _ language: Language, _ format: AnswerFormat) -> AnswerTemplate {
        guard let template = all[Key(reason: reason, language: language, format: format)] else {
            // `all` is made of every case of the three types, so only a change of this file can end here.
            fatalError("the table of answers is made from all reasons, languages and formats")
        }
        return template
    }

    func content(message: String, reference: String) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(
            beforeMessage.count + message.utf8.count + 64 + beforeReference.count + reference.utf8.count + end.count)
        bytes.append(contentsOf: beforeMessage)
        format.append(message, to: &bytes)
        bytes.append(contentsOf: beforeReference)
        format.append(reference, to: &bytes)
        bytes.append(contentsOf: end)
        return bytes
    }

    /// The message is composed only where the reason does not fix it.
    func response(_ status: Status, message: @autoclosure () -> String, reference: String) -> Response {
        var fields = fields
        fields[fields.count - 1] = Field(.xRequestID, reference)
        let content = content(reference: reference) ?? content(message: message(), reference: reference)
        return Response(status: status, fields: fields, content: content)
    }

    private func content(reference: String) -> [UInt8]? {
        guard let beforeReferenceWithMessage else { return nil }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(beforeReferenceWithMessage.count + reference.utf8.count + end.count)
        bytes.append(contentsOf: beforeReferenceWithMessage)
        // References need no escaping in any format.
        bytes.append(contentsOf: reference.utf8)
        bytes.append(contentsOf: end)
        return bytes
    }

    private struct Key: Hashable {
        let reason: Reason
        let language: Language
        let format: AnswerFormat
    }

    private static let all: [Key: AnswerTemplate] = {
        var templates: [Key: AnswerTemplate] = [:]
        for reason in Reason.allCases {
            for language in Language.allCases {
                for format in AnswerFormat.allCases {
                    templates[Key(reason: reason, language: language, format: format)] =
                        AnswerTemplate(reason, language, format)
                }
            }
        }
        return templates
    }()

    private init(_ reason: Reason, _ language: Language, _ format: AnswerFormat) {
        self.format = format
        var fields = [
            Field(.contentType, format.contentType),
            Field(.contentLanguage, language.rawValue),
            Field(.vary, "Accept, Accept-Language"),
        ]
        if let seconds = reason.retryAfter { fields.append(Field(.retryAfter, "\(seconds)")) }
        if reason == .methodNotAllowed { fields.append(Field(.allow, "POST")) }
        fields.append(Field(.xRequestID, ""))
        self.fields = fields

        let before: [(name: String, value: String)] = [
            ("name", reason.name), ("reason", reason.rawValue), ("description", reason.description(in: language)),
        ]
        let after = [("status", reason.eduV.status), ("statusMessage", reason.eduV.message)]
        let code = reason.status.code
        switch format {
        case .json:
            var head = Array("{\"code\":\(code)".utf8)
            for (name, value) in before { AnswerTemplate.appendJSON(name, value, to: &head) }
            beforeMessage = head + Array(",\"message\":\"".utf8)
            var middle = Array("\"".utf8)
            for (name, value) in after { AnswerTemplate.appendJSON(name, value, to: &middle) }
            beforeReference = middle + Array(",\"reference\":\"".utf8)
            end = Array("\"}".utf8)
        case .applicationXML, .textXML:
            var head = Array("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<answer><code>\(code)</code>".utf8)
            for (name, value) in before { AnswerTemplate.appendXML(name, value, to: &head) }
            beforeMessage = head + Array("<message>".utf8)
            var middle = Array("</message>".utf8)
            for (name, value) in after { AnswerTemplate.appendXML(name, value, to: &middle) }
            beforeReference = middle + Array("<reference>".utf8)
            end = Array("</reference></answer>".utf8)
        case .text:
            beforeMessage = Array("\(code) \(reason.name): ".utf8)
            beforeReference = Array(" (".utf8)
            end = Array(")".utf8)
        }
        if let message = reason.fixedMessage(in: language) {
            var whole = beforeMessage
            format.append(message, to: &whole)
            beforeReferenceWithMessage = whole + beforeReference
        } else {
            beforeReferenceWithMessage = nil
        }
    }

    private static func appendJSON(_ name: String, _ value: String, to bytes: inout [UInt8]) {
        bytes.append(contentsOf: ",\"\(name)\":\"".utf8)
        JSONText.append(value, to: &bytes)
        bytes.append(UInt8(ascii: "\""))
    }

    private static func appendXML(_ name: String, _ value: String, to bytes: inout [UInt8]) {
        bytes.append(contentsOf: "<\(name)>".utf8)
        XMLText.append(value, to: &bytes)
        bytes.append(contentsOf: "</\(name)>".utf8)
    }
}
