import Registry
import Server

/// Whether a server that runs does its work: its lanes answer, and its committer gets on.
struct Health: Sendable {
    let server: Server
    let committer: Committer

    /// What is the matter; nil when all is well. Never blocks.
    ///
    /// A lane may take half of `period` to answer a ping, which this call sends and the next one judges; a transaction
    /// may take all of it. Senders are answered in time also while one hangs.
    func trouble(within period: Duration) -> String? {
        for (lane, silence) in server.pingLanes().enumerated() where silence > period / 2 {
            return "lane \(lane) does not answer"
        }
        if committer.timeInStore > period { return "the database hangs" }
        return nil
    }
}
