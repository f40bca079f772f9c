import HTTP
import Testing

struct ResponseEncoderTests {
    private let date = HTTPDate(secondsSince1970: 784_111_777)

    private func encoded(_ response: Response, closing: Bool = false, omittingContent: Bool = false) -> String {
        var output: [UInt8] = []
        ResponseEncoder.append(
            response, to: &output, date: date, closing: closing, omittingContent: omittingContent)
        return String(decoding: output, as: UTF8.self)
    }

    @Test func writesAWholeAnswer() {
        let response = Response(
            status: .methodNotAllowed, fields: [Field(.allow, "POST"), Field(.contentType, "text/plain")],
            content: Array("no\n".utf8))
        #expect(
            encoded(response) == """
                HTTP/1.1 405 Method Not Allowed\r
                Date: Sun, 06 Nov 1994 08:49:37 GMT\r
                Content-Length: 3\r
                Allow: POST\r
                Content-Type: text/plain\r
                \r
                no

                """)
    }

    @Test func saysThatTheConnectionCloses() {
        let expected = """
            HTTP/1.1 200 OK\r
            Date: Sun, 06 Nov 1994 08:49:37 GMT\r
            Content-Length: 0\r
            Connection: close\r
            \r

            """
        #expect(encoded(Response(status: .ok), closing: true) == expected)
        #expect(encoded(Response(status: .ok, closes: true)) == expected)
    }

    @Test func anAnswerToHEADHasNoContentButItsLength() {
        let text = encoded(Response(status: .ok, content: Array("hello".utf8)), omittingContent: true)
        #expect(text.contains("Content-Length: 5\r\n"))
        #expect(text.hasSuffix("\r\n\r\n"))
    }

    @Test func controlCharactersCannotGetIntoAValue() {
        let field = Field(.xRequestID, "a\r\nSet-Cookie: b\0c\u{7f}\td")
        let text = encoded(Response(status: Status(code: 200, phrase: "O\r\nK"), fields: [field]))
        #expect(text.contains("\r\nX-Request-Id: a  Set-Cookie: b c  d\r\n"))
        #expect(text.hasPrefix("HTTP/1.1 200 O  K\r\n"))
    }

    @Test func framingIsTheEncodersAlone() {
        let response = Response(
            status: .ok,
            fields: [
                Field(.contentLength, "77777"), Field(.transferEncoding, "chunked"), Field(.connection, "keep-alive"),
                Field(.date, "today"),
            ], content: [1])
        let text = encoded(response)
        #expect(text.contains("Content-Length: 1\r\n"))
        for word in ["77777", "chunked", "keep-alive", "today"] { #expect(!text.contains(word)) }
    }

    @Test func appendsBehindWhatIsThere() {
        var output = ResponseEncoder.continueOctets
        ResponseEncoder.append(Response(status: .ok), to: &output, date: date, closing: false)
        #expect(String(decoding: output, as: UTF8.self).hasPrefix("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n"))
    }

    @Test(
        arguments: [
            (0, "Thu, 01 Jan 1970 00:00:00 GMT"), (951_782_399, "Mon, 28 Feb 2000 23:59:59 GMT"),
            (951_782_400, "Tue, 29 Feb 2000 00:00:00 GMT"), (1_795_179_792, "Fri, 20 Nov 2026 13:03:12 GMT"),
            (4_107_542_400, "Mon, 01 Mar 2100 00:00:00 GMT"), (-1, "Wed, 31 Dec 1969 23:59:59 GMT"),
        ])
    func writesDates(seconds: Int, text: String) {
        var date = HTTPDate(secondsSince1970: 86_400)
        date.advance(to: seconds)
        #expect(String(decoding: date.octets, as: UTF8.self) == text)
        #expect(date.seconds == seconds)
    }
}
