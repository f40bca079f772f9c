import Testing

@testable import Configuration

/// Files that nobody would write, some hundreds of them and always the same.
@Suite struct SettingsFuzzTests {
    /// SplitMix64, so that a failure can be repeated.
    private struct Generator: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var z = state
            z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
            z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
            return z ^ (z >> 31)
        }
    }

    private static func read(_ bytes: [UInt8]) -> LoadedSettings {
        var assembly = SettingsAssembly(stateFolder: nil)
        assembly.read(bytes, file: "x.conf")
        assembly.checkTogether()
        return assembly.loaded
    }

    @Test(arguments: UInt64(1)...8)
    func whateverTheFileEveryMistakeHasAPlaceInIt(seed: UInt64) {
        var random = Generator(state: seed)
        let whole = Array(SettingsFileTests.whole.utf8)
        let special = Array("[]=#;\",\n\r\t \u{0}\u{FF}é€[server]\n".utf8)
        for _ in 0..<40 {
            var bytes = whole
            for _ in 0..<Int.random(in: 1...12, using: &random) {
                let position = Int.random(in: 0..<bytes.count, using: &random)
                switch UInt8.random(in: 0..<4, using: &random) {
                case 0: bytes[position] = UInt8.random(in: 0...255, using: &random)
                case 1: bytes.insert(special.randomElement(using: &random) ?? 0, at: position)
                case 2: bytes.remove(at: position)
                default: bytes.removeSubrange(position..<min(bytes.count, position + 40))
                }
                if bytes.isEmpty { bytes = [0] }
            }
            let lines = bytes.count { $0 == 0x0A } + 1
            for mistake in Self.read(bytes).mistakes {
                guard case .file(let place) = mistake.origin else {
                    #expect(Bool(false), "no place: \(mistake)")
                    continue
                }
                #expect((1...lines).contains(place.line))
                #expect(place.column >= 1)
            }
        }
    }

    @Test func everyBeginningOfAFileIsRead() {
        let whole = Array(SettingsFileTests.whole.utf8)
        for length in 0...whole.count { _ = Self.read(Array(whole[..<length])) }
    }
}
