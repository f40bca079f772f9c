/// Random numbers that are the same in every run (SplitMix64), and texts that are nearly right.
struct SampleRandom: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    /// One of the texts with up to three characters put in, taken out or changed.
    mutating func mutant(of texts: [String]) -> String {
        let alphabet = Array("0123456789+-.:TZe \n\ttru")
        var text = Array(texts.randomElement(using: &self) ?? "")
        for _ in 0..<Int.random(in: 0...3, using: &self) {
            let at = Int.random(in: 0...text.count, using: &self)
            let new = alphabet.randomElement(using: &self) ?? "0"
            switch Int.random(in: 0..<3, using: &self) {
            case 0: text.insert(new, at: at)
            case 1 where at < text.count: text.remove(at: at)
            default: if at < text.count { text[at] = new }
            }
        }
        return String(text)
    }
}

/// A message in pieces, to change one at a time. The names in it are invented.
struct SampleMessage {
    var declaration = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
    var type = "coursepartcompletion"
    var created = "2026-11-20T14:03:12+01:00"
    var student = "p12345"
    var course = "e12345"
    var part: String? = "17"
    var partName: String? = "Eindtoets"
    var completed = "2026-11-20T14:03:10+01:00"
    var passed: String? = "true"
    var present: String? = "true"
    var score: String? = "8.5"

    var text: String {
        let part = part.map { id in "<part><id>\(id)</id>\(element("name", partName))</part>\n" } ?? ""
        return """
            \(declaration)<message>
              <type>\(type)</type>
              <created>\(created)</created>
              <student><id>\(student)</id><firstName>Piet</firstName><email>piet@example.nl</email></student>
              <course><id>\(course)</id><name>Basis</name></course>
              \(part)<result>
                <completed>\(completed)</completed>
                \(element("passed", passed))\(element("present", present))\(element("score", score))
              </result>
            </message>
            """
    }

    var bytes: [UInt8] { Array(text.utf8) }

    private func element(_ name: String, _ text: String?) -> String { text.map { "<\(name)>\($0)</\(name)>" } ?? "" }
}
