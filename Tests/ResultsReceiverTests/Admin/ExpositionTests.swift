import Metrics
import Testing

@testable import Admin

@Suite struct ExpositionTests {
    @Test func whatALabelHoldsIsEscaped() throws {
        let metric = Metric("m", .gauge, labels: ["a", "b"], "One \\ two\nthree", worry: "")
        var page = Exposition()
        page.add(metric, [(["quote \" backslash \\ line\nend", "}, x=\"y\""], 1.5)])
        #expect(
            page.text == """
                # HELP m One \\\\ two\\nthree
                # TYPE m gauge
                m{a="quote \\" backslash \\\\ line\\nend",b="}, x=\\"y\\""} 1.5

                """)
        let read = try Exposed(page.text)
        #expect(read.value("m", ["a": "quote \" backslash \\ line\nend", "b": "}, x=\"y\""]) == 1.5)
    }

    @Test func wholeNumbersHaveNoPointAndInfinityItsSign() throws {
        let metric = Metric("m", .histogram, "Text", worry: "")
        var page = Exposition()
        page.add(metric, HistogramReading(buckets: [(0.0005, 1), (1, 3), (2.5, 3)], count: 4, sum: 1e9))
        #expect(
            page.text.hasSuffix(
                """
                m_bucket{le="0.0005"} 1
                m_bucket{le="1"} 3
                m_bucket{le="2.5"} 3
                m_bucket{le="+Inf"} 4
                m_sum 1000000000
                m_count 4

                """))
        #expect(throws: Never.self) { try Exposed(page.text) }
    }

    @Test func withoutAValueOnlyNameAndKindAreTold() {
        var page = Exposition()
        page.add(Metric("m", .gauge, "Text", worry: ""), nil)
        #expect(page.text == "# HELP m Text\n# TYPE m gauge\n")
    }

    /// Else the tests that read by it would show nothing.
    @Test(arguments: [
        "m 1\n", "# HELP m x\n# TYPE m gauge\nm 1", "# TYPE m gauge\nm 1\n", "# HELP m x\n# TYPE m gauge\nn 1\n",
        "# HELP m x\n# TYPE m gauge\nm 1\nm 2\n", "# HELP m x\n# TYPE m gauge\nm{a=\"1\",a=\"2\"} 1\n",
        "# HELP m x\n# TYPE m gauge\nm{a=\"\\x\"} 1\n", "# HELP m x\n# TYPE m gauge\nm one\n",
        "# HELP m x\n# TYPE m histogram\nm_bucket{le=\"1\"} 2\nm_bucket{le=\"2\"} 1\nm_bucket{le=\"+Inf\"} 2\nm_sum 1\nm_count 2\n",
        "# HELP m x\n# TYPE m histogram\nm_bucket{le=\"1\"} 1\nm_bucket{le=\"2\"} 1\nm_bucket{le=\"+Inf\"} 2\nm_sum 1\nm_count 3\n",
    ])
    func theReaderOfTheseTestsIsStrict(_ text: String) {
        #expect(throws: Exposed.Malformed.self) { try Exposed(text) }
    }
}
