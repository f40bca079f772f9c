/// A message that is made to cost much.
struct Bomb: Sendable {
    let name: String
    let text: String

    /// Messages of about so many octets that make a careless reader work hardest.
    static func all(_ size: Int) -> [Bomb] {
        func filled(_ piece: String, _ share: Int = 1) -> String {
            String(repeating: piece, count: size / share / piece.utf8.count)
        }
        var bombs: [Bomb] = []
        func add(_ name: String, _ text: String) { bombs.append(Bomb(name: name, text: text)) }
        func addType(_ name: String, _ piece: String) {
            add(name, "<message><type>" + filled(piece) + "</type></message>")
        }
        func addContent(_ name: String, _ piece: String) { add(name, "<message>" + filled(piece) + "</message>") }

        add("depth", filled("<a>"))
        add("depth, closed", filled("<a>", 2) + filled("</a>", 2))
        add("attributes", "<message " + (0..<(size / 12)).map { "a\($0)='1' " }.joined() + "/>")
        addContent("elements", "<a/>")
        addContent("elements with attributes", "<a b='' c=''/>")
        addContent("namespaces", "<a xmlns:b='urn:c'/>")
        addContent("instructions", "<?p?>")
        addType("text", "x")
        addType("text in pieces", "x<!---->")
        addType("references", "&#120;")
        addType("sections", "<![CDATA[x]]>")
        add("comment", "<!--" + filled("x") + "-->")
        add("brackets", filled("<"))
        add("quotes", "<message a='" + filled("<"))
        let entities = "<!ENTITY a '" + filled("x") + "'><!ENTITY b '&a;&a;&a;&a;'>"
        add("entities", "<!DOCTYPE m [" + entities + "]><m>&b;&b;</m>")
        return bombs
    }
}
