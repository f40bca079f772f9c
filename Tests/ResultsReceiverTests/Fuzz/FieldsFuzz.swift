import HTTP

@testable import Signature

/// What fields of a request hold (Accept, Accept-Language, the signature), its query, and fields of answers. Each line
/// of the input is one value.
struct FieldsFuzz: FuzzTarget {
    init() {}

    func run(_ input: [UInt8]) throws {
        let values = input.split(separator: 0x0A, omittingEmptySubsequences: false).map(Self.latin1)
        try Self.negotiate(values)
        try Self.sign(values)
        try Self.forward(values)
        for value in values { try Self.query(value) }
        let text = String(decoding: input, as: UTF8.self)
        try Self.query(text)
        try Self.percent(text, input)
        try Self.answer(values, phrase: text, content: input)
        try demand(Base64.decode(Array(Base64.encode(input).utf8)[...]) == input, "Base64 of the input")
    }

    /// As the fields of a head are read.
    private static func latin1(_ octets: ArraySlice<UInt8>) -> String {
        var text = ""
        text.unicodeScalars.append(contentsOf: octets.map { Unicode.Scalar($0) })
        return text
    }

    private static let types = ["application/json", "application/xml", "text/xml", "text/plain"]
    private static let languages = ["nl", "en", "de"]

    private static func negotiate(_ values: [String]) throws {
        let type = ContentNegotiation.mediaType(accept: values, offered: types)
        try demand(types.contains(type), "chose \(type)")
        let language = ContentNegotiation.language(acceptLanguage: values, offered: languages)
        try demand(language.map(languages.contains) ?? true, "chose \(language ?? "")")
        // Field lines are one list (RFC 9110, section 5.3), unless a quotation mark reaches over the comma.
        guard values.count > 1, !values.contains(where: { $0.utf8.contains(UInt8(ascii: "\"")) }) else { return }
        let joined = [values.joined(separator: ", ")]
        try demand(ContentNegotiation.mediaType(accept: joined, offered: types) == type, "Accept in one line")
        try demand(
            ContentNegotiation.language(acceptLanguage: joined, offered: languages) == language,
            "Accept-Language in one line")
    }

    /// What stands before the nearest proxy's word, on its line or another, does not change it.
    private static func forward(_ values: [String]) throws {
        var fields = Fields()
        for value in values {
            fields.append(.forwarded, value)
            fields.append(.xForwardedFor, value)
        }
        for value in values {
            var line = Fields()
            line.append(.forwarded, value + ", for=\"[2001:db8::1]:80\"")
            line.append(.xForwardedFor, value + ", 192.0.2.1")
            try demand(Forwarding.nodes(ofForwarded: line)?.first == "2001:db8::1", "Forwarded behind \(value)")
            try demand(Forwarding.nodes(ofXForwardedFor: line)?.first == "192.0.2.1", "X-Forwarded-For behind \(value)")
        }
        fields.append(.forwarded, "for=192.0.2.1")
        fields.append(.xForwardedFor, "192.0.2.1:80")
        try demand(Forwarding.nodes(ofForwarded: fields)?.first == "192.0.2.1", "Forwarded on its own line")
        try demand(Forwarding.nodes(ofXForwardedFor: fields)?.first == "192.0.2.1", "X-Forwarded-For on its own line")
    }

    private static func sign(_ values: [String]) throws {
        try demand(values.count < 2 || outcome(values) == .repeated, "several signatures")
        for value in values {
            let outcome = outcome([value])
            try demand(self.outcome([" \t\(value)\t "]) == outcome, "blanks around a signature")
            let octets = Array(value.utf8)[...]
            if let bytes = Base64.decode(octets) {
                try demand(Base64.encode(bytes) == value, "another text has the same bytes")
                try demand(bytes.isEmpty || (outcome == nil) == [20, 32, 64].contains(bytes.count), "length")
            } else if !value.contains(" "), !value.contains("\t") {
                try demand(outcome != nil, "a signature that is no Base64")
            }
        }
    }

    /// Nil: a signature, which shows nothing of itself.
    private static func outcome(_ values: [String]) -> SignatureError? {
        do throws(SignatureError) {
            let signature = try Signature(fieldValues: values)
            return "\(signature)" == "(signature)" ? nil : .missing
        } catch {
            return error
        }
    }

    private static func query(_ text: String) throws {
        let query = Query(text)
        for pair in text.split(separator: "&") {
            let name = String(pair.prefix { $0 != "=" })
            for value in query.values(PercentEncoding.decode(name) ?? name) {
                try demand(value.utf8.count <= text.utf8.count, "a value longer than the query")
            }
        }
        try demand(Query(nil).values(text).isEmpty, "no query has no values")
    }

    private static func percent(_ text: String, _ input: [UInt8]) throws {
        if let decoded = PercentEncoding.decode(text) {
            try demand(decoded.utf8.count <= text.utf8.count, "decoded, it grew")
        }
        let digits = Array("0123456789abcdefABCDEF".utf8)
        let encoded = input.flatMap { [0x25, digits[Int($0 >> 4)], digits[Int($0 & 15)]] }
        let decoded = PercentEncoding.decode(String(decoding: encoded, as: UTF8.self))
        try demand(decoded == String(validating: input, as: UTF8.self), "every octet encoded")
    }

    /// Nobody's text becomes a line of its own.
    private static func answer(_ values: [String], phrase: String, content: [UInt8]) throws {
        let fields = values.map { Field(.retryAfter, $0) }
        let response = Response(status: Status(code: 400, phrase: phrase), fields: fields, content: content)
        var output: [UInt8] = []
        ResponseEncoder.append(response, to: &output, date: HTTPDate(secondsSince1970: 0), closing: true)
        let head = output.dropLast(content.count)
        try demand(output.suffix(content.count).elementsEqual(content), "the content")
        try demand(head.suffix(4).elementsEqual([0x0D, 0x0A, 0x0D, 0x0A]), "the end of the head")
        // Status line, Date, Content-Length, Connection, the fields, the empty line.
        try demand(head.count { $0 == 0x0A } == fields.count + 5, "lines of the head")
        for (index, octet) in head.enumerated() where octet < 0x20 {
            let next = index + 1 < head.count ? head[index + 1] : 0
            try demand(
                octet == 0x0D && next == 0x0A || octet == 0x0A && index > 0 && head[index - 1] == 0x0D,
                "a control character at \(index)")
        }
    }
}
