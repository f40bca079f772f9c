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
