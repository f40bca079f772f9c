import Testing

@testable import Receiver

struct EndpointPathTests {
    @Test(arguments: ["/results", "/%72esults", "/result%73", "/%72%65%73%75%6C%74%73", "/%72%65%73%75%6c%74%73"])
    func anEquivalentSpellingIsTheEndpoint(path: String) {
        #expect(EndpointPath("/results").matches(path))
    }

    @Test(arguments: [
        "/results/", "/Results", "/RESULTS", "//results", "/./results", "/results%2F", "/results%00", "/results%",
        "/results%3Fplugin=x", "/results%20", "results", "/result", "/resultss", "/", "*", "", "/%2572esults",
        "%2Fresults", "/results;a=b",
    ])
    func anyOtherPathIsNot(path: String) {
        #expect(!EndpointPath("/results").matches(path))
    }

    @Test func encodedOctetsOfTheSettingMatchInAnyCase() {
        let endpoint = EndpointPath("/r%C3%A9sultats")
        #expect(endpoint.matches("/r%C3%A9sultats"))
        #expect(endpoint.matches("/r%c3%a9sultats"))
        #expect(!endpoint.matches("/r%c3%a8sultats"))
    }
}
