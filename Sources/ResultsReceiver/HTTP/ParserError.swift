/// Why octets are no request. Every case is answered once, with 400, and the connection is closed.
package enum ParserError: String, Error, Sendable, Hashable, CaseIterable {
    // The request line.
    case tooManyEmptyLines = "too-many-empty-lines"
    case invalidRequestLine = "invalid-request-line"
    case invalidMethod = "invalid-method"
    case invalidTarget = "invalid-target"
    case targetTooLong = "target-too-long"
    case invalidVersion = "invalid-version"
    case unsupportedVersion = "unsupported-version"

    // Lines and fields of the head.
    case bareCarriageReturn = "bare-cr"
    case bareLineFeed = "bare-lf"
    case nul
    case controlCharacter = "control-character"
    case headTooLarge = "head-too-large"
    case tooManyFields = "too-many-fields"
    case invalidFieldName = "invalid-field-name"
    case spaceBeforeColon = "space-before-colon"
    case missingColon = "missing-colon"
    case obsoleteFolding = "obsolete-folding"

    // What fields of the head say.
    case missingHost = "missing-host"
    case repeatedHost = "repeated-host"
    case invalidHost = "invalid-host"
    case repeatedContentLength = "repeated-content-length"
    case listedContentLength = "listed-content-length"
    case signedContentLength = "signed-content-length"
    case invalidContentLength = "invalid-content-length"
    case overflowingContentLength = "overflowing-content-length"
    case unsupportedTransferCoding = "unsupported-transfer-coding"
    case repeatedTransferEncoding = "repeated-transfer-encoding"
    case transferEncodingInHTTP10 = "transfer-encoding-in-http-1.0"
    case contentLengthWithTransferEncoding = "content-length-with-transfer-encoding"
    case unsupportedExpectation = "unsupported-expectation"

    // Chunked content.
    case invalidChunkSize = "invalid-chunk-size"
    case overflowingChunkSize = "overflowing-chunk-size"
    case invalidChunkExtension = "invalid-chunk-extension"
    case chunkLineTooLong = "chunk-line-too-long"
    case chunkExtensionsTooLong = "chunk-extensions-too-long"
    case bareLineEndInChunkLine = "bare-line-end-in-chunk-line"
    case missingChunkLineEnd = "missing-chunk-line-end"
    case invalidTrailer = "invalid-trailer"
    case trailersTooLarge = "trailers-too-large"
    case tooManyTrailers = "too-many-trailers"

    /// A stable machine word, for logs.
    package var word: String { rawValue }

    /// In which part of a request it was found.
    package enum Place: String, Sendable {
        case requestLine = "request-line"
        case fields
        case content
        case trailers
    }

    /// In which part of a request it was found. What concerns every line of the head counts as `fields`.
    package var place: Place {
        switch self {
        case .tooManyEmptyLines, .invalidRequestLine, .invalidMethod, .invalidTarget, .targetTooLong, .invalidVersion,
            .unsupportedVersion:
            .requestLine
        case .bareCarriageReturn, .bareLineFeed, .nul, .controlCharacter, .headTooLarge, .tooManyFields,
            .invalidFieldName, .spaceBeforeColon, .missingColon, .obsoleteFolding, .missingHost, .repeatedHost,
            .invalidHost, .repeatedContentLength, .listedContentLength, .signedContentLength, .invalidContentLength,
            .overflowingContentLength, .unsupportedTransferCoding, .repeatedTransferEncoding,
            .transferEncodingInHTTP10, .contentLengthWithTransferEncoding, .unsupportedExpectation:
            .fields
        case .invalidChunkSize, .overflowingChunkSize, .invalidChunkExtension, .chunkLineTooLong,
            .chunkExtensionsTooLong, .bareLineEndInChunkLine, .missingChunkLineEnd:
            .content
        case .invalidTrailer, .trailersTooLarge, .tooManyTrailers:
            .trailers
        }
    }

    /// One English sentence that says what is the matter, for logs and as the ground for an answer's message.
    package var explanation: String {
        switch self {
        case .tooManyEmptyLines: "More empty lines than are tolerated stand before the request line."
        case .invalidRequestLine: "The request line is not: method, one space, target, one space, version."
        case .invalidMethod: "The method holds a character that no method may hold."
        case .invalidTarget: "The request target is no path, absolute URL, asterisk of OPTIONS or authority of CONNECT."
        case .targetTooLong: "The request line alone is longer than a head may be."
        case .invalidVersion: "The version is not written as HTTP/1.1 is."
        case .unsupportedVersion: "The version is not HTTP/1.0 or HTTP/1.1."
        case .bareCarriageReturn: "A carriage return stands without a line feed after it."
        case .bareLineFeed: "A line ends with a line feed alone; CRLF is wanted."
        case .nul: "The head holds a NUL octet."
        case .controlCharacter: "The head holds a control character."
        case .headTooLarge: "The head is larger than the limit."
        case .tooManyFields: "The head has more fields than the limit."
        case .invalidFieldName: "A field name is empty or holds a character that no name may hold."
        case .spaceBeforeColon: "White space stands between a field name and its colon."
        case .missingColon: "A line of the head has no colon."
        case .obsoleteFolding: "A line of the head begins with white space, as folded values did once."
        case .missingHost: "The Host field is missing."
        case .repeatedHost: "There is more than one Host field."
        case .invalidHost: "The Host field does not hold one host with an optional port."
        case .repeatedContentLength: "There is more than one Content-Length field."
        case .listedContentLength: "Content-Length holds a list."
        case .signedContentLength: "Content-Length holds a sign."
        case .invalidContentLength: "Content-Length is no decimal number."
        case .overflowingContentLength: "Content-Length is a number beyond all bounds."
        case .unsupportedTransferCoding: "Transfer-Encoding is not exactly chunked."
        case .repeatedTransferEncoding: "There is more than one Transfer-Encoding field."
        case .transferEncodingInHTTP10: "HTTP/1.0 knows no Transfer-Encoding."
        case .contentLengthWithTransferEncoding: "Content-Length and Transfer-Encoding contradict each other."
        case .unsupportedExpectation: "Expect asks for something other than 100-continue."
        case .invalidChunkSize: "A chunk does not begin with its size in hexadecimal digits."
        case .overflowingChunkSize: "A chunk size is a number beyond all bounds."
        case .invalidChunkExtension: "What follows a chunk size is no chunk extension."
        case .chunkLineTooLong: "The line before a chunk is longer than the limit."
        case .chunkExtensionsTooLong: "The chunk extensions together are longer than the limit."
        case .bareLineEndInChunkLine: "The line before a chunk holds a carriage return or line feed by itself."
        case .missingChunkLineEnd: "A chunk is not followed by CRLF where its size says that it ends."
        case .invalidTrailer: "A line after the last chunk is no field."
        case .trailersTooLarge: "The fields after the last chunk are larger than the limit."
        case .tooManyTrailers: "There are more fields after the last chunk than the limit."
        }
    }
}
