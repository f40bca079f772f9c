import Glibc
import Synchronization

/// What clocks and calendars show in one place of the world, by the C library and the system's zone files.
///
/// A process normally uses one zone. Others work too, also at the same time from several threads, but each change of
/// zone sets the environment variable `TZ` and reads a file.
package struct CivilTime: Sendable, Equatable {
    /// The zone's name, such as `Europe/Amsterdam`.
    package let zone: String

    /// Needs no zone file.
    package static let utc = CivilTime(known: "UTC")

    /// Nil: no such zone is installed (`TZDIR`, else `/usr/share/zoneinfo`), or the name is no plain zone name.
    ///
    /// `UTC` always works. The C library itself would silently take UTC for a zone it does not know.
    package init?(zone: String) {
        guard zone == "UTC" || ZoneFile.exists(zone) else { return nil }
        self.init(known: zone)
        // Tells the C library now, and not when the first message comes.
        _ = offset(at: 0)
    }

    private init(known zone: String) { self.zone = zone }

    /// The day that calendars show at the moment.
    package func date(of moment: Timestamp) -> CalendarDate {
        let local = moment.seconds + offset(at: moment.seconds)
        return CalendarDate(daysSinceEpoch: Int(Int64(local).floorDivided(by: 86_400)))
    }

    /// The hour and the minute that clocks show at the moment.
    package func time(of moment: Timestamp) -> (hour: Int, minute: Int) {
        let local = moment.seconds + offset(at: moment.seconds)
        let minutes = (local - Int(Int64(local).floorDivided(by: 86_400)) * 86_400) / 60
        return (minutes / 60, minutes % 60)
    }

    /// The moment at which clocks show this. What they show twice (an hour in autumn) is the first of the two; what
    /// they never show (an hour in spring) is moved forward by what the clocks skip: 02:30 becomes 03:30.
    ///
    /// The fields are not checked; beyond their range they run on, so that hour 24 is the next midnight.
    package func timestamp(
        year: Int, month: Int, day: Int, hour: Int = 0, minute: Int = 0, second: Int = 0, millisecond: Int = 0
    ) -> Timestamp {
        let shown = Timestamp(
            year: year, month: month, day: day, hour: hour, minute: minute, second: second, millisecond: millisecond)
        let local = shown.seconds
        // A change of clocks that matters lies within the largest distance from UTC (-12 to +14 hours): 16 hours
        // before, the old offset holds for certain, and 16 hours after, the new one.
        let old = offset(at: local - 16 * 3600)
        let new = offset(at: local + 16 * 3600)
        let valid = old == new ? old : [max(old, new), min(old, new)].first { offset(at: local - $0) == $0 }
        return Timestamp(milliseconds: shown.milliseconds - Int64(valid ?? old) * 1000)
    }

    /// The first moment of the day; where clocks skip midnight, the moment they skip to.
    package func startOfDay(_ date: CalendarDate) -> Timestamp {
        timestamp(year: date.year, month: date.month, day: date.day)
    }

    /// Seconds by which clocks are ahead of UTC.
    private func offset(at seconds: Int) -> Int {
        zone == "UTC" ? 0 : ZoneDoor.offset(of: zone, at: seconds)
    }
}

/// The one door to the C library's time zone, which is the whole process's.
private enum ZoneDoor {
    /// The zone that the C library has been told; nil: what the process was started with.
    private static let zoneNow = Mutex<String?>(nil)

    static func offset(of zone: String, at seconds: Int) -> Int {
        zoneNow.withLock { now in
            if now != zone {
                // setenv(3) is a danger to other threads that read the environment just then; so it happens only
                // when another zone is asked for, which in a server is once, before it serves.
                // Without memory for a few octets there is no going on, and another zone's date would be wrong for good.
                guard unsafe setenv("TZ", zone, 1) == 0 else { fatalError("no memory for the name of a time zone") }
                tzset()
                now = zone
            }
            var moment = time_t(seconds)
            var clock = unsafe tm()
            // Fails only where the year does not fit an Int32, which milliseconds in an Int64 do not reach.
            guard unsafe localtime_r(&moment, &clock) != nil else { return 0 }
            return unsafe clock.tm_gmtoff
        }
    }
}

private enum ZoneFile {
    /// Whether the zone files hold one of this name, in the format of RFC 9636.
    static func exists(_ zone: String) -> Bool {
        let parts = zone.split(separator: "/", omittingEmptySubsequences: false)
        let plain = parts.allSatisfy { part in
            !part.isEmpty && part.first != "." && part.utf8.allSatisfy(isNameCharacter)
        }
        guard plain, zone.utf8.count <= 255 else { return false }
        let folder = unsafe getenv("TZDIR").map { unsafe String(cString: $0) } ?? ""
        let descriptor = unsafe open(
            (folder.isEmpty ? "/usr/share/zoneinfo" : folder) + "/" + zone, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        var magic: [UInt8] = [0, 0, 0, 0]
        // A folder such as `Europe` opens too; reading it fails.
        guard unsafe read(descriptor, &magic, magic.count) == magic.count else { return false }
        return magic == Array("TZif".utf8)
    }

    private static func isNameCharacter(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "+"), UInt8(ascii: "-"),
            UInt8(ascii: "."):
            true
        default: false
        }
    }
}
