import Foundation
import Registry
import Results
import Testing

/// What an accepted message costs the disk. Times vary with the machine, pages do not.
struct PagesWrittenTests {
    /// Its result and delivery go to the ends of their tables and indexes, which a group shares. Pages of its own are
    /// three: the enrolment's, that of the planned of its course, and that of its digest.
    @Test func anAcceptedMessageWritesThreePagesOfItsOwn() throws {
        let registry = try RegistryFixture()
        try registry.outside.execute(
            """
            WITH RECURSIVE n(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM n WHERE n < 29999)
            INSERT INTO enrolment(enrolment_id, person_id, external_id, external_source, email, course_id, course_name)
            SELECT 'e' || n, 'p' || n, 'x' || n, 'school', 'p' || n || '@example.nl', 'c' || (n * 7919 % 1000),
                'A course' FROM n;
            PRAGMA wal_checkpoint(TRUNCATE);
            """)
        /// Pages of the log so far; each has a header of 24 bytes, and the log one of 32.
        func pages() throws -> Int {
            let attributes = try FileManager.default.attributesOfItem(atPath: registry.path + "-wal")
            return (try #require(attributes[.size] as? Int) - 32) / (4096 + 24)
        }
        func deliver(_ groups: Range<Int>) throws {
            for group in groups {
                let entries = try (0..<20).map { place in
                    let number = (group * 20 + place) * 7907 % 30000
                    // As scattered as digests are.
                    return try Entry.make("p\(number)", course: "c\(number * 7919 % 1000)", bytes: number * 0x9E37_79B9)
                }
                let registered = try registry.store.apply(entries).compactMap(\.acknowledged)
                #expect(registered.count == 20)
            }
        }
        // The first ones find small tables, whose pages they share.
        try deliver(0..<50)
        let before = try pages()
        try deliver(50..<100)
        let perMessage = Double(try pages() - before) / 1000
        #expect(perMessage < 4, "\(perMessage) pages for each message")
    }
}
