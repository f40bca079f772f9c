package import Signature
import Synchronization

/// How often each secret of each plugin was found to fit, over all lanes and since the start: by it an operator sees when
/// nobody uses an old secret any more.
package final class SignatureTally: Sendable {
    /// What is counted apart.
    package struct Key: Hashable, Sendable {
        package var plugin: String
        /// Of the secret in the settings, from 1, as in the log.
        package var position: Int
        package var algorithm: Algorithm
    }

    /// A count that all lanes share: a relaxed addition, beside an HMAC of the whole body.
    final class Cell: Sendable {
        private let count = Atomic(0)

        func add() { count.wrappingAdd(1, ordering: .relaxed) }
        var value: Int { count.load(ordering: .relaxed) }
    }

    private let cells = Mutex<[Key: Cell]>([:])

    package init() {}

    /// Those of a plugin's secrets by algorithm and position from 0. They start at zero and outlast a reload, so that a
    /// position goes on counting whatever secret stands there.
    func cells(of plugin: Plugin) -> [Algorithm: [Cell]] {
        cells.withLock { cells in
            Dictionary(
                uniqueKeysWithValues: plugin.algorithms.map { algorithm in
                    let row = plugin.secrets.indices.map { index in
                        let key = Key(plugin: plugin.name, position: index + 1, algorithm: algorithm)
                        let cell = cells[key] ?? Cell()
                        cells[key] = cell
                        return cell
                    }
                    return (algorithm, row)
                })
        }
    }

    /// Every count, by plugin, position and algorithm; zeros too.
    package var counts: [(key: Key, count: Int)] {
        cells.withLock { cells in cells.map { ($0.key, $0.value.value) } }.sorted { a, b in
            (a.0.plugin, a.0.position, a.0.algorithm.rawValue) < (b.0.plugin, b.0.position, b.0.algorithm.rawValue)
        }
    }
}
