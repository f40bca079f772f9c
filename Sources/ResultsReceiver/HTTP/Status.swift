/// A status code (RFC 9110, section 15).
package struct Status: Hashable, Sendable {
    package let code: Int
    package let phrase: String

    package init(code: Int, phrase: String) {
        self.code = code
        self.phrase = phrase
    }

    package static let ok = Status(code: 200, phrase: "OK")
    package static let badRequest = Status(code: 400, phrase: "Bad Request")
    package static let forbidden = Status(code: 403, phrase: "Forbidden")
    package static let notFound = Status(code: 404, phrase: "Not Found")
    package static let methodNotAllowed = Status(code: 405, phrase: "Method Not Allowed")
    package static let internalServerError = Status(code: 500, phrase: "Internal Server Error")
    package static let serviceUnavailable = Status(code: 503, phrase: "Service Unavailable")
}
