import Registry
import Server

/// Whether a server that runs does its work: its lanes answer, and its committer gets on.
struct Health: Sendable {
    let server: Server
    let committer: Committer

    /// What is the matter; nil when all is well. Never blocks.
    ///
    /// `lanesWithin` is how long a lane may take to answer a ping, which this call sends and the next one judges;
    /// `storeWithin` how long one transaction may take. Senders are answered in time also while one hangs.
    func trouble(lanesWithin: Duration, storeWithin: Duration) -> String? {
        for (lane, silence) in server.pingLanes().enumerated() where silence > lanesWithin {
            return "lane \(lane) does not answer"
        }
        if committer.timeInStore > storeWithin { return "the database hangs" }
        return nil
    }
}
