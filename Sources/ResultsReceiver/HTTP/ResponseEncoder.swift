/// Writes answers as HTTP/1.1 (RFC 9112, section 4).
package enum ResponseEncoder {
    /// The interim answer that lets a client send the content it holds back (RFC 9110, section 15.2.1).
    package static let continueOctets = Array("HTTP/1.1 100 Continue\r\n\r\n".utf8)

    /// Appends the whole answer, so that one write can send it.
    ///
    /// Date and Content-Length are added, and Connection where `closing` or the response itself says that the
    /// connection ends; what the response says of these three and of Transfer-Encoding itself is left out. Control
    /// characters in a value or the phrase become spaces, so that nobody's text becomes a line of its own.
    /// `omittingContent` is for HEAD: Content-Length says what the content would have been.
    package static func append(
        _ response: Response, to output: inout [UInt8], date: HTTPDate, closing: Bool, omittingContent: Bool = false
    ) {
        // A generous guess at the head; more fields make the array grow, which costs a copy and nothing else.
        output.reserveCapacity(output.count + 512 + (omittingContent ? 0 : response.content.count))
        output.append(contentsOf: "HTTP/1.1 ".utf8)
        output.append(digits: response.status.code, width: 3)
        output.append(.space)
        appendSanitised(response.status.phrase, to: &output)
        output.append(contentsOf: "\r\nDate: ".utf8)
        output.append(contentsOf: date.octets)
        output.append(contentsOf: "\r\nContent-Length: ".utf8)
        output.append(digits: response.content.count)
        if closing || response.closes { output.append(contentsOf: "\r\nConnection: close".utf8) }
        for field in response.fields where !isOwn(field.name) {
            output.append(contentsOf: "\r\n".utf8)
            output.append(contentsOf: field.name.raw.utf8)
            output.append(contentsOf: ": ".utf8)
            appendSanitised(field.value, to: &output)
        }
        output.append(contentsOf: "\r\n\r\n".utf8)
        if !omittingContent { output.append(contentsOf: response.content) }
    }

    private static func isOwn(_ name: FieldName) -> Bool {
        switch name.octets.count {
        case 4: name == .date
        case 10: name == .connection
        case 14: name == .contentLength
        case 17: name == .transferEncoding
        default: false
        }
    }

    private static func appendSanitised(_ text: String, to output: inout [UInt8]) {
        let start = output.count
        output.append(contentsOf: text.utf8)
        for index in start..<output.count where output[index] < 0x20 || output[index] == 0x7f {
            output[index] = .space
        }
    }
}
