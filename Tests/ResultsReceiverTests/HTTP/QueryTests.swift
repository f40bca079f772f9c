import HTTP
import Testing

struct QueryTests {
    @Test(
        arguments: [
            ("", ""), ("abc", "abc"), ("a%20b", "a b"), ("%c3%a9%C3%A9", "\u{e9}\u{e9}"), ("a+b", "a+b"), ("%25", "%"),
            ("%", nil), ("%4", nil), ("%zz", nil), ("a%2", nil), ("%+1", nil), ("%FF", nil), ("%C3", nil), ("%%", nil),
        ] as [(String, String?)])
    func decodesStrictly(text: String, expected: String?) {
        #expect(PercentEncoding.decode(text) == expected)
    }

    @Test func findsAllValuesOfAName() {
        let query = Query("plugin=a&x=1&plugin=b%26c&%70lugin=d&plugin&plugin=e=f&&Plugin=g")
        #expect(query.values("plugin") == ["a", "b&c", "d", "", "e=f"])
        #expect(query.values("x") == ["1"])
        #expect(query.values("y") == [])
    }

    @Test func aMissingQueryHasNoValues() {
        #expect(Query(nil).values("plugin") == [])
        #expect(Query("").values("plugin") == [])
    }

    @Test func aValueThatIsNotWellEncodedIsNotTakenForAnAbsentOne() {
        #expect(Query("plugin=%FF").values("plugin") == ["%FF"])
    }
}
