import Foundation
import Results
import Testing

@testable import Registry

/// What an import does to those who use the registry at the same time, and to memory.
struct EnrolmentImportBesideOthersTests {
    private let folder: TemporaryFolder
    private let path: String
    private let other: Connection

    init() throws {
        folder = try TemporaryFolder()
        path = folder.file("results.db")
        other = try Connection(registry: path, creating: true, patience: 0)
    }

    /// Gives rows made on the spot; calls `at` before each of them.
    private static func reader(
        header: String = "enrolment_id,person_id,course_id", rows: Int, row: @escaping (Int) -> String,
        at: @escaping (Int) -> Void = { _ in }
    ) -> CSVReader {
        var next = 0
        return CSVReader { (chunk) throws(CSVError) in
            if next > rows { return 0 }
            if next > 0 { at(next) }
            let text = Array(((next == 0 ? header : row(next)) + "\n").utf8)
            next += 1
            chunk.replaceSubrange(0..<text.count, with: text)
            return text.count
        }
    }

    private func insert(_ id: String, person: String = "p1") throws {
        try other.execute(
            "INSERT INTO enrolment(enrolment_id, person_id, course_id) VALUES ('\(id)', '\(person)', 'c1')")
    }

    private func register(_ enrolment: String) throws {
        try other.execute(
            """
            INSERT INTO result(enrolment_id, student_id, course_id, created_at, completed_at, approved_on, received_at,
                reference, plugin, digest)
            SELECT enrolment_id, 'x', course_id, 1, 1, '2026-11-20', 1, 'r', 'default', randomblob(32)
            FROM enrolment WHERE enrolment_id = '\(enrolment)'
            """)
    }

    private func count(_ sql: String) throws -> Int { try other.number(sql) }

    @Test func deliveriesAreRegisteredWhileRowsAreStaged() throws {
        for number in 1...20 { try insert("d\(number)") }
        var failures = 0
        // Another connection, without any patience, writes between any two rows.
        let reader = Self.reader(rows: 20, row: { "i\($0),p\($0),c1" }) { row in
            do { try register("d\(row)") } catch { failures += 1 }
        }
        let report = try EnrolmentImport(into: path).run(reader)
        #expect(failures == 0)
        #expect(report.inserted == 20)
        #expect(try count("SELECT count(*) FROM result") == 20)
    }

    @Test func othersReadTheStateBeforeUntilTheCommit() throws {
        var seen: [Int] = []
        _ = try EnrolmentImport(into: path).run(Self.reader(rows: 10, row: { "i\($0),p\($0),c1" })) { progress in
            if let number = try? count("SELECT count(*) FROM enrolment") { seen.append(number) }
            if progress.phase == .checkingPersons { #expect(seen.last == 10) }
        }
        #expect(seen == [0, 0, 0, 10])
    }

    @Test func aResultThatComesBetweenComparingAndMergingCounts() throws {
        try insert("i1")
        try insert("i2")
        do throws(ImportError) {
            _ = try EnrolmentImport(into: path).run(Self.reader(rows: 3, row: { "i\($0),p9,c1" })) { progress in
                if progress.phase == .merging { try? register("i1") }
            }
            Issue.record("the person of a registered result was changed")
        } catch {
            #expect(
                error
                    == .invalid(
                        [ImportIssue(line: 2, column: "person_id", kind: .differentPerson("i1"))], hasMore: false))
        }
        #expect(try count("SELECT count(*) FROM enrolment WHERE person_id = 'p1'") == 2)
        #expect(try count("SELECT count(*) FROM enrolment") == 2)
    }

    @Test(arguments: [true, false])
    func anEnrolmentThatOthersAddMeanwhileIsUpdated(startsEmpty: Bool) throws {
        if !startsEmpty { try insert("i0") }
        let report = try EnrolmentImport(into: path).run(Self.reader(rows: 3, row: { "i\($0),p\($0),c2" })) {
            progress in
            if progress.phase == .merging { try? insert("i2", person: "p9") }
        }
        #expect(report.inserted == 2)
        #expect(report.updated == 1)
        #expect(try count("SELECT count(*) FROM enrolment WHERE course_id = 'c2' AND person_id = 'p2'") == 1)
        #expect(try count("SELECT count(*) FROM enrolment WHERE course_id = 'c2'") == 3)
    }

    @Test func aLockHeldTooLongIsAnErrorAndNothingIsImported() throws {
        do throws(ImportError) {
            _ = try EnrolmentImport(into: path, patience: 50).run(Self.reader(rows: 3, row: { "i\($0),p1,c1" })) {
                if $0.phase == .merging { try? other.execute("BEGIN IMMEDIATE") }
            }
            Issue.record("imported under another's lock")
        } catch {
            guard case .registry(let cause) = error else { throw error }
            #expect(cause.isBusy)
        }
        other.rollBack()
        #expect(try count("SELECT count(*) FROM enrolment") == 0)
    }

    @Test func manyNewRowsFindTheirIndexesAgain() throws {
        let indexes = "SELECT group_concat(sql) FROM (SELECT sql FROM sqlite_schema WHERE type = 'index' ORDER BY name)"
        let before = try other.prepare(indexes).first { $0.text(0) } ?? nil
        let rows = EnrolmentMerge.rebuildThreshold
        // In no order, so that the index which finds repeated ids is made too.
        let reader = Self.reader(rows: rows, row: { "i\($0 * 7919 % rows),p\($0),c\($0 % 60)" })
        let report = try EnrolmentImport(into: path).run(reader)
        #expect(report.inserted == rows)
        #expect(try other.prepare(indexes).first { $0.text(0) } ?? nil == before)
        #expect(try other.prepare("PRAGMA integrity_check").first { $0.text(0) } ?? nil == "ok")
        #expect(try count("SELECT count(*) FROM enrolment WHERE person_id = 'p77' AND course_id = 'c17'") == 1)
    }

    @Test func stagedRowsLeaveNoFileBehind() throws {
        let list = { try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted() }
        let before = try list()
        #expect(throws: ImportError.self) {
            try EnrolmentImport(into: path).run(Self.reader(rows: 3, row: { "i\($0),,c1" }))
        }
        #expect(try list() == before)
    }

    @Test func anImportThatIsKilledImportsNothing() async throws {
        let path = path
        await #expect(processExitsWith: .signal(SIGKILL)) { [path = path as String] in
            let reader = EnrolmentImportBesideOthersTests.reader(rows: 3, row: { "i\($0),p\($0),c1" })
            _ = try EnrolmentImport(into: path).run(reader) { if $0.phase == .merging { kill(getpid(), SIGKILL) } }
        }
        #expect(try count("SELECT count(*) FROM enrolment") == 0)
        // The database, its log, the index of that, and its lock.
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).count == 4)
    }

    @Test(.disabled(if: runsUnderSanitizer(), "its memory would be counted too"))
    func memoryStaysBoundedHoweverLongTheFile() async {
        // In a process of its own, where no other test counts: the rows take 90 MB.
        await #expect(processExitsWith: .success) {
            func peak() throws -> Int {
                let status = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
                let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
                return line.flatMap { Int($0.split(separator: " ")[1]) } ?? .max
            }
            let folder = try TemporaryFolder()
            let name = String(repeating: "x", count: 190)
            let before = try peak()
            let report = try EnrolmentImport(into: folder.file("results.db")).run(
                EnrolmentImportBesideOthersTests.reader(
                    header: "enrolment_id,person_id,course_id,first_name,last_name,email,course_name", rows: 110_000,
                    row: { "i\($0),p\($0),c1,\(name),\(name),\(name)@example.org,\(name)" }))
            #expect(report.inserted == 110_000)
            let grown = try peak() - before
            #expect(grown < 64 << 10, "\(grown) KiB")
        }
    }
}
