import Foundation
import HTTP
import Testing

@testable import Receiver

#if canImport(FoundationXML)
    import FoundationXML
#endif

struct AnswerTests {
    private let answer = Answer(
        reason: .duplicate, language: .en, message: #"Part 'a<b & "c"' \ é"#, reference: "0123456789abcde")

    @Test func jsonHasTheEightFieldsInTheirOrder() {
        let text = String(decoding: answer.content(as: .json), as: UTF8.self)
        #expect(
            text == #"{"code":404,"name":"HttpStatusCode.NotFound","reason":"duplicate","#
                + #""description":"The person, or an enrolment that can still take a result, was not found.","#
                + #""message":"Part 'a<b & \"c\"' \\ é","status":"2005","statusMessage":"Enrolment unknown","#
                + #""reference":"0123456789abcde"}"#)
    }

    @Test func xmlHasOneChildForEachField() {
        let text = String(decoding: answer.content(as: .applicationXML), as: UTF8.self)
        #expect(
            text == #"<?xml version="1.0" encoding="UTF-8"?>"# + "\n"
                + "<answer><code>404</code><name>HttpStatusCode.NotFound</name><reason>duplicate</reason>"
                + "<description>The person, or an enrolment that can still take a result, was not found.</description>"
                + #"<message>Part 'a&lt;b &amp; "c"' \ é</message><status>2005</status>"#
                + "<statusMessage>Enrolment unknown</statusMessage><reference>0123456789abcde</reference></answer>")
        #expect(answer.content(as: .textXML) == answer.content(as: .applicationXML))
    }

    @Test func textIsOneLine() {
        #expect(
            String(decoding: answer.content(as: .text), as: UTF8.self)
                == #"404 HttpStatusCode.NotFound: Part 'a<b & "c"' \ é (0123456789abcde)"#)
    }

    @Test func anyTextOfAMessageSurvivesJSON() throws {
        let message = String(
            String.UnicodeScalarView((0...0x2FF).compactMap(Unicode.Scalar.init) + ["\u{2028}", "\u{FFFF}", "😀"]))
        let content = Answer(reason: .internal, language: .nl, message: message, reference: "r").content(as: .json)
        let object = try #require(JSONSerialization.jsonObject(with: Data(content)) as? [String: Any])
        #expect(object["message"] as? String == message)
        #expect(object["code"] as? Int == 500)
        #expect(object.count == 8)
    }

    @Test func whatXMLCannotHoldIsReplacedAndTheRestSurvives() throws {
        let message = "a\u{0}b\u{8}c\u{1B}d\u{FFFE}e\u{FFFF}f\tg\nh\ri]]>j\u{85}k😀"
        let content = Answer(reason: .internal, language: .nl, message: message, reference: "r")
            .content(as: .textXML)
        let reader = MessageReader()
        let parser = XMLParser(data: Data(content))
        parser.delegate = reader
        #expect(parser.parse())
        #expect(reader.texts["message"] == "a\u{FFFD}b\u{FFFD}c\u{FFFD}d\u{FFFD}e\u{FFFD}f\tg\nh\ri]]>j\u{85}k😀")
        #expect(
            reader.names == [
                "answer", "code", "name", "reason", "description", "message", "status", "statusMessage", "reference",
            ])
    }

    @Test func everyReasonLanguageAndFormatIsUTF8AndNamesItsCode() throws {
        for reason in Reason.allCases {
            for language in Language.allCases {
                for format in AnswerFormat.allCases {
                    let answer = Answer(reason: reason, language: language, message: "m", reference: "r")
                    let content = answer.content(as: format)
                    let text = try #require(String(validating: content, as: UTF8.self))
                    #expect(text.contains("\(reason.status.code)"))
                    #expect(text.contains(reason.name))
                    #expect(!text.contains("\u{FFFD}"))
                }
            }
        }
    }

    private final class MessageReader: NSObject, XMLParserDelegate {
        var names: [String] = []
        var texts: [String: String] = [:]

        func parser(
            _ parser: XMLParser, didStartElement elementName: String, namespaceURI: String?,
            qualifiedName qName: String?, attributes attributeDict: [String: String]
        ) { names.append(elementName) }

        func parser(_ parser: XMLParser, foundCharacters string: String) {
            texts[names.last ?? "", default: ""] += string
        }
    }
}
