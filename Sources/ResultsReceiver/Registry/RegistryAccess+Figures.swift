import Glibc
package import Results

extension RegistryAccess {
    /// How many enrolments there are of each status; reads them all.
    package func enrolmentCounts() throws(RegistryError) -> [(status: EnrolmentStatus, count: Int)] {
        var counts: [EnrolmentStatus: Int] = [:]
        let query = try connection.prepare("SELECT status, count(*) FROM enrolment GROUP BY status")
        while try query.step() {
            if let status = query.text(0).flatMap(EnrolmentStatus.init(rawValue:)) {
                counts[status] = Int(query.integer(1))
            }
        }
        return EnrolmentStatus.allCases.map { ($0, counts[$0] ?? 0) }
    }

    /// The size of the database's file and of its write-ahead log, in bytes.
    package static func fileBytes(_ path: String) -> Int {
        [path, path + "-wal"].reduce(0) { sum, path in
            var status = stat()
            return unsafe stat(path, &status) == 0 ? sum + Int(status.st_size) : sum
        }
    }
}
