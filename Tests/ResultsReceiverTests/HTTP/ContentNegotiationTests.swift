import HTTP
import Testing

struct ContentNegotiationTests {
    private static let offered = ["application/json", "application/xml", "text/xml", "text/plain"]

    @Test(
        arguments: [
            ([], "application/json"), ([""], "application/json"), (["*/*"], "application/json"),
            (["image/png"], "application/json"), (["text/plain"], "text/plain"), (["TEXT/Plain"], "text/plain"),
            (["text/*"], "text/xml"), (["text/xml"], "text/xml"), (["application/xml, */*"], "application/xml"),
            (["application/json;q=0.5, text/plain"], "text/plain"),
            (["application/json;q=0.5, text/plain;q=0.4"], "application/json"),
            (["application/json;q=0.5", "text/plain;q=0.6"], "text/plain"),
            (["text/plain;q=0.001, image/png"], "text/plain"), (["text/plain;q=0"], "application/json"),
            (["*/*, application/json;q=0"], "application/xml"),
            (["application/*, application/json;q=0.1"], "application/xml"),
            (["text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"], "application/xml"),
            (["text/plain ; q=0.2 , application/xml ; Q=0.3"], "application/xml"),
            (["text/plain, application/json"], "text/plain"), (["application/xml; charset=utf-8"], "application/xml"),
            (["application/xml; charset=\"UTF-8\""], "application/xml"),
            (["text/plain;format=flowed;q=0, text/plain"], "text/plain"),
            (["text/plain;a=\"b,application/xml\";q=0.5"], "text/plain"),
            (["text/plain;q=2"], "application/json"), (["text/plain;q=1.001"], "application/json"),
            (["text/plain;q=0.1234"], "application/json"), (["text/plain;q=-1"], "application/json"),
            (["text/plain;q="], "application/json"), (["text/plain;q=1.000"], "text/plain"),
            (["text/plain;q=1."], "text/plain"), (["text"], "application/json"), (["/*"], "application/json"),
            (["*"], "application/json"), ([",,;q=1,,text/plain,"], "text/plain"), (["\""], "application/json"),
        ] as [([String], String)])
    func choosesTheMediaType(accept: [String], expected: String) {
        #expect(ContentNegotiation.mediaType(accept: accept, offered: Self.offered) == expected)
    }

    @Test(
        arguments: [
            ([], nil), (["nl"], "nl"), (["nl-NL, en;q=0.8"], "nl"), (["en-GB"], "en"), (["DE"], "de"), (["fr"], nil),
            (["fr, de;q=0.5, en;q=0.4"], "de"), (["*"], nil), (["fr, *;q=0.5"], nil), (["en;q=0.5, nl;q=0.7"], "nl"),
            (["en;q=0"], nil), (["en, nl"], "en"), (["nld"], nil), (["en-US;q=0, en"], "en"), (["de", "nl"], "de"),
            (["zh-Hant, de-CH-1996;q=0.1"], "de"), (["en;q=x, nl;q=0.1"], "nl"),
        ] as [([String], String?)])
    func choosesTheLanguage(acceptLanguage: [String], expected: String?) {
        let language = ContentNegotiation.language(acceptLanguage: acceptLanguage, offered: ["nl", "en", "de"])
        #expect(language == expected)
    }
}
