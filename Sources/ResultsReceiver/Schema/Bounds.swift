/// The limits of a message that no schema can say, checked before libxml2 sees it.
enum Bounds {
    /// The most elements within each other.
    static let depth = 64
    /// The most attributes of one element, namespace declarations included.
    static let attributes = 64
    /// The most namespace declarations in force at once. libxml2 walks them for every name. A message of the built-in
    /// schema, three elements deep, stays below for any number of attributes that is allowed.
    static let namespaces = 256

    /// A DOCTYPE is looked for in the whole message, so that nothing before it can hide it.
    static func check(_ bytes: [UInt8]) throws(MessageError) {
        var scanner = TagScanner(bytes)
        var depth = 0
        var declared = InlineArray<65, Int>(repeating: 0)
        var inForce = 0
        var excess: (offset: Int, kind: Issue.Kind)?
        while let tag = scanner.next() {
            switch tag.kind {
            case .doctype: throw .doctype(Place(of: tag.start, in: bytes).issue(.doctype))
            case .close:
                guard depth > 0 else { continue }  // not well-formed
                if depth < declared.count { inForce -= declared[depth] }
                depth -= 1
            case .open, .empty:
                let level = depth + 1
                if excess == nil {
                    let name = tag.name
                    let kind: Issue.Kind? =
                        if level > Self.depth {
                            .tooDeep(element: scanner.text(name), limit: Self.depth)
                        } else if tag.attributes > attributes {
                            .tooManyAttributes(element: scanner.text(name), limit: attributes)
                        } else if inForce + tag.namespaces > namespaces {
                            .tooManyNamespaces(element: scanner.text(name), limit: namespaces)
                        } else {
                            nil
                        }
                    if let kind { excess = (tag.start, kind) }
                }
                guard tag.kind == .open else { continue }
                depth = level
                if depth < declared.count {
                    declared[depth] = tag.namespaces
                    inForce += tag.namespaces
                }
            }
        }
        if let excess { throw .schema([Place(of: excess.offset, in: bytes).issue(excess.kind)]) }
    }

    /// The places of elements, counted from 0 in the order of their start tags: just before the end of the start tag,
    /// or behind the end tag, which is where a parser stands when it knows of the fault. For well-formed messages.
    static func places(of wanted: [(element: Int, atEnd: Bool)], in bytes: [UInt8]) -> [Place] {
        var places = [Place?](repeating: nil, count: wanted.count)
        var scanner = TagScanner(bytes)
        var open: [Int] = []
        var count = 0
        func note(_ element: Int, atEnd: Bool, _ offset: Int) {
            for (i, one) in wanted.enumerated() where one.element == element && one.atEnd == atEnd {
                places[i] = Place(of: offset, in: bytes)
            }
        }
        while let tag = scanner.next() {
            switch tag.kind {
            case .doctype: break
            case .close: if let element = open.popLast() { note(element, atEnd: true, tag.end) }
            case .open, .empty:
                note(count, atEnd: false, tag.end - (tag.kind == .empty ? 2 : 1))
                if tag.kind == .open { open.append(count) } else { note(count, atEnd: true, tag.end) }
                count += 1
            }
        }
        return places.map { $0 ?? Place(of: 0, in: bytes) }
    }
}
