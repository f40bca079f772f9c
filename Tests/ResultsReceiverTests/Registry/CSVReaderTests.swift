import Foundation
import Registry
import Testing

struct CSVReaderTests {
    /// Reads everything; the pieces are handed over `piece` bytes at a time.
    private static func read(
        _ bytes: [UInt8], piece: Int = 64 << 10
    ) throws(CSVError) -> (columns: [String], rows: [[String]]) {
        var rest = bytes[...]
        var reader = CSVReader { (chunk) throws(CSVError) in
            let count = min(piece, chunk.count, rest.count)
            chunk.replaceSubrange(0..<count, with: rest.prefix(count))
            rest = rest.dropFirst(count)
            return count
        }
        let columns = try reader.readHeader()
        var rows: [[String]] = []
        while try reader.next() { rows.append((0..<reader.record.count).map(reader.record.text)) }
        return (columns, rows)
    }

    private static func read(_ text: String, piece: Int = 64 << 10) throws(CSVError) -> [[String]] {
        let (columns, rows) = try read(Array(text.utf8), piece: piece)
        return [columns] + rows
    }

    private static func refusal(_ text: String) -> CSVError? { refusal(Array(text.utf8)) }

    private static func refusal(_ bytes: [UInt8]) -> CSVError? {
        do throws(CSVError) {
            _ = try read(bytes)
            return nil
        } catch { return error }
    }

    @Test func readsEveryFormOnEverySplit() throws {
        let forms: [(String, [[String]])] = [
            ("a,b\n1,2\n", [["a", "b"], ["1", "2"]]),
            ("a,b\n1,2", [["a", "b"], ["1", "2"]]),
            ("a,b\r\n1,2\r\n", [["a", "b"], ["1", "2"]]),
            ("a;b\n1,5;2\n", [["a", "b"], ["1,5", "2"]]),
            ("a,b\n1;5,2\n", [["a", "b"], ["1;5", "2"]]),
            ("\u{FEFF}a,b\n1,2\n", [["a", "b"], ["1", "2"]]),
            ("\u{FEFF}\"a\",b\n1,2\n", [["a", "b"], ["1", "2"]]),
            ("\n\r\na,b\n\n1,2\n\r\n  \n\n3,4\n\n", [["a", "b"], ["1", "2"], ["3", "4"]]),
            ("a,b\n\"1,\n\"\"2\"\"\r\n\",\"\"\n", [["a", "b"], ["1,\n\"2\"\r\n", ""]]),
            ("a,b\n,\n", [["a", "b"], ["", ""]]),
            ("a,b\n1,", [["a", "b"], ["1", ""]]),
            ("a,b\n1,\"2\"", [["a", "b"], ["1", "2"]]),
            ("a,b\n 1 ,é𝄞\n", [["a", "b"], [" 1 ", "é𝄞"]]),
            ("a\n\"\"\n", [["a"], [""]]),
        ]
        for (text, expected) in forms {
            for piece in [1, 2, 3, 5, 1000] {
                #expect(try Self.read(text, piece: piece) == expected, "\(text.debugDescription) by \(piece)")
            }
        }
    }

    @Test func refusesAnEmptyFile() {
        #expect(Self.refusal("") == CSVError(line: 1, kind: .empty))
        #expect(Self.refusal("\u{FEFF}") == CSVError(line: 1, kind: .empty))
        #expect(Self.refusal("\n\r\n \n") == CSVError(line: 1, kind: .empty))
    }

    @Test func refusesAnUnnamedOrRepeatedColumn() {
        #expect(Self.refusal("a,,b\n") == CSVError(line: 1, kind: .unnamedColumn))
        #expect(Self.refusal("a,b,a\n") == CSVError(line: 1, column: "a", kind: .repeatedColumn))
    }

    @Test func refusesAnotherNumberOfFieldsThanTheHeaderNames() {
        #expect(Self.refusal("a,b\n1,2\n\n1\n") == CSVError(line: 4, kind: .fieldCount(1, expected: 2)))
        #expect(Self.refusal("a,b\n1,2,3\n") == CSVError(line: 2, kind: .fieldCount(3, expected: 2)))
    }

    @Test func refusesQuotationMarksOutOfPlaceWithLineAndColumn() {
        #expect(Self.refusal("a,b\n1,2\"\n") == CSVError(line: 2, column: "b", kind: .bareQuote))
        #expect(Self.refusal("a,b\n\"1\"x,2\n") == CSVError(line: 2, column: "a", kind: .textAfterQuote))
        #expect(Self.refusal("a,b\n\"1\" ,2\n") == CSVError(line: 2, column: "a", kind: .textAfterQuote))
        #expect(Self.refusal("a,b\n1,\"2\n3\n4\n") == CSVError(line: 2, column: "b", kind: .unterminatedQuote))
    }

    @Test func namesTheLineOnWhichTheFieldBegins() {
        #expect(Self.refusal("a,b\n\"1\n\n\",2\"\n") == CSVError(line: 4, column: "b", kind: .bareQuote))
    }

    @Test func refusesABareCarriageReturn() {
        #expect(Self.refusal("a,b\r1,2\r") == CSVError(line: 1, kind: .bareCarriageReturn))
        #expect(Self.refusal("a,b\n1,2\rx\n") == CSVError(line: 2, column: "b", kind: .bareCarriageReturn))
    }

    @Test func refusesNUL() {
        #expect(Self.refusal("a,b\n1,\0\n") == CSVError(line: 2, column: "b", kind: .nul))
        #expect(Self.refusal("a,b\n1,\"\0\"\n") == CSVError(line: 2, column: "b", kind: .nul))
        #expect(Self.refusal([0xFF, 0xFE, 0x61, 0]) == CSVError(line: 1, kind: .nul))
    }

    @Test func refusesWhatIsNotUTF8FieldByField() {
        #expect(Self.refusal(Array("a,b\n1,".utf8) + [0xE9, 0x0A]) == CSVError(line: 2, column: "b", kind: .notUTF8))
        // Two halves that would make one character if the separator between them were overlooked.
        let halves = Array("a,b\n".utf8) + [0xC3, 0x2C, 0xA9, 0x0A]
        #expect(Self.refusal(halves) == CSVError(line: 2, column: "a", kind: .notUTF8))
        #expect(Self.refusal([0xE9, 0x2C, 0x62, 0x0A]) == CSVError(line: 1, kind: .notUTF8))
    }

    @Test func goesOnAfterAnErrorThatLeavesTheRecordsTellable() throws {
        var rest = Array("a,b\n1\n1,2\n".utf8)[...]
        var reader = CSVReader { (chunk) throws(CSVError) in
            let count = rest.count
            chunk.replaceSubrange(0..<count, with: rest)
            rest = []
            return count
        }
        _ = try reader.readHeader()
        do {
            _ = try reader.next()
            Issue.record("the short record was accepted")
        } catch { #expect(!error.isFatal) }
        #expect(try reader.next())
        #expect(reader.record.text(1) == "2")
        #expect(reader.record.line == 3)
    }

    @Test func boundsFieldsAndRecords() throws {
        let limit = CSVReader.fieldLimit
        let widest = String(repeating: "x", count: limit)
        #expect(try Self.read("a,b\n1,\(widest)\n")[1][1] == widest)
        #expect(
            Self.refusal("a,b\n1,\(widest)x\n") == CSVError(line: 2, column: "b", kind: .fieldTooLong(limit: limit)))
        #expect(
            Self.refusal("a,b\n1,\"\(widest)x\"\n") == CSVError(line: 2, column: "b", kind: .fieldTooLong(limit: limit))
        )
        let names = (0..<20).map { "c\($0)" }.joined(separator: ",")
        let row = [String](repeating: widest, count: 20).joined(separator: ",")
        #expect(
            Self.refusal("\(names)\n\(row)\n")
                == CSVError(line: 2, column: "c16", kind: .recordTooLong(limit: CSVReader.recordLimit)))
        #expect(
            Self.refusal(String(repeating: ",", count: 300))
                == CSVError(line: 1, kind: .tooManyFields(limit: CSVReader.countLimit)))
    }

    @Test func aRunawayQuotationMarkCostsLinearTime() {
        // A mebibyte of quotation marks and of separators; anything quadratic would take minutes.
        let marks = "a,b\n" + String(repeating: "\"\"\n", count: 300_000)
        #expect(Self.refusal(marks)?.kind == .fieldCount(1, expected: 2))
        let fields = "a\n" + String(repeating: "\"x\"\"y\"\n", count: 300_000)
        #expect(Self.refusal(fields) == nil)
    }

    @Test func readsFromADescriptorAndSaysWhenItCannot() throws {
        let pipe = Pipe()
        try pipe.fileHandleForWriting.write(contentsOf: Data("a,b\n1,2\n".utf8))
        try pipe.fileHandleForWriting.close()
        var reader = CSVReader(descriptor: pipe.fileHandleForReading.fileDescriptor)
        #expect(try reader.readHeader() == ["a", "b"])
        #expect(try reader.next())
        #expect(try !reader.next())
        #expect(reader.bytesRead == 8)

        let root = unsafe open("/", O_RDONLY | O_CLOEXEC)
        defer { close(root) }
        var folder = CSVReader(descriptor: root)
        do {
            _ = try folder.readHeader()
            Issue.record("a folder was read")
        } catch { #expect(error.kind == .unreadable(EISDIR)) }
    }
}
