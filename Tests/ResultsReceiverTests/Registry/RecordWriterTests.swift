import Foundation
import Registry
import Results
import Testing

struct RecordWriterTests {
    private static func written(
        _ format: ExportFormat, columns: [String] = ["a", "b"], _ rows: [[FieldValue]]
    ) throws -> String {
        var bytes: [UInt8] = []
        var writer = RecordWriter(format: format, columns: columns) { (piece) throws(Never) in bytes += piece }
        writer.begin()
        for row in rows { writer.write(row) }
        writer.finish()
        return String(decoding: bytes, as: UTF8.self)
    }

    @Test func csvQuotesOnlyWhatNeedsIt() throws {
        let text = try Self.written(
            .csv, columns: ["a", "b", "c"],
            [
                [.text("1,5"), .text("say \"hi\""), .text("x\ny")],
                [.text("=1+1"), .text(" a;b "), .text("é")],
                [.absent, .truth(true), .truth(false)],
                [.integer(-7), .decimal("8.5"), .text("")],
            ])
        #expect(text == "a,b,c\n\"1,5\",\"say \"\"hi\"\"\",\"x\ny\"\n=1+1, a;b ,é\n,true,false\n-7,8.5,\n")
    }

    @Test func csvHasAsManyLinesAsRowsAndAHeader() throws {
        let text = try Self.written(.csv, (0..<3).map { [.integer($0), .absent] })
        #expect(text.utf8.count { $0 == UInt8(ascii: "\n") } == 4)
        #expect(!text.contains("\r"))
    }

    @Test func jsonEscapesStrictlyAndLeavesSlashesAlone() throws {
        let awkward = "\u{0}\u{1F}\"\\/\n\r\t\u{7F}é𝄞\u{2028}"
        let text = try Self.written(.json, [[.text(awkward), .absent], [.decimal("8.5"), .truth(true)]])
        #expect(
            text
                == "[\n{\"a\":\"\\u0000\\u001f\\\"\\\\/\\n\\r\\t\\u007fé𝄞\u{2028}\",\"b\":null},\n{\"a\":8.5,\"b\":true}\n]\n"
        )
        let first = try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [[String: Any]]
        #expect(first?.first?["a"] as? String == awkward)
    }

    @Test func jsonOfNothingIsAnEmptyArray() throws {
        #expect(try Self.written(.json, []) == "[]\n")
        #expect(try Self.written(.ndjson, []).isEmpty)
    }

    @Test func ndjsonIsAnObjectPerLine() throws {
        let text = try Self.written(.ndjson, [[.text("x\ny"), .integer(1)], [.absent, .integer(2)]])
        #expect(text == "{\"a\":\"x\\ny\",\"b\":1}\n{\"a\":null,\"b\":2}\n")
    }

    @Test func whatCSVWritesCSVReads() throws {
        let values = ["", "a", "\"", "\"\"", ",", ";", "\r\n", "\n", " x ", "=SUM(A1)", "é\"\n,"]
        let text = try Self.written(.csv, values.map { [.text($0), .text("end")] })
        var rest = Array(text.utf8)[...]
        var reader = CSVReader { (chunk) throws(CSVError) in
            let count = min(7, rest.count)
            chunk.replaceSubrange(0..<count, with: rest.prefix(count))
            rest = rest.dropFirst(count)
            return count
        }
        _ = try reader.readHeader()
        for value in values {
            #expect(try reader.next())
            #expect(reader.record.text(0) == value)
        }
        #expect(try !reader.next())
    }

    @Test func aSinkThatFailsEndsTheWriting() throws {
        struct Full: Error {}
        var pieces = 0
        var writer = RecordWriter(format: .csv, columns: ["a"]) { (_) throws(Full) in
            pieces += 1
            throw Full()
        }
        try writer.begin()
        #expect(throws: Full.self) { while pieces < 2 { try writer.write([.text("0123456789")]) } }
        #expect(pieces == 1)
    }
}
