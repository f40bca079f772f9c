import CLibXML2

/// Names of elements and attributes for people, never longer than `Issue.nameLength`.
enum NodeName {
    /// As the message writes it, with its prefix.
    static func written(_ element: xmlNodePtr) -> String { unsafe written(element.pointee.name, element.pointee.ns) }

    static func written(_ name: UnsafePointer<xmlChar>?, _ namespace: xmlNsPtr?) -> String {
        let name = unsafe LibXML.text(name, limit: Issue.nameLength) ?? ""
        guard let prefix = unsafe LibXML.text(namespace?.pointee.prefix) else { return name }
        return "\(prefix):\(name)".shortened(to: Issue.nameLength)
    }

    /// `{namespace}name`, or the bare name where there is no namespace. A long namespace leaves half of the room to the
    /// name.
    static func full(_ node: xmlNodePtr) -> String {
        guard let space = unsafe node.pointee.ns, unsafe space.pointee.href != nil else {
            return unsafe LibXML.text(node.pointee.name, limit: Issue.nameLength) ?? ""
        }
        let name = unsafe LibXML.text(node.pointee.name, limit: Issue.nameLength / 2) ?? ""
        let rest = Issue.nameLength - 2 - name.unicodeScalars.count
        return "{\(unsafe LibXML.text(space.pointee.href, limit: rest) ?? "")}\(name)"
    }

    static func matches(_ node: xmlNodePtr, _ name: StaticString) -> Bool {
        // Safe: a static string of ASCII ends with a byte 0, as libxml2's names do.
        unsafe xmlStrcmp(node.pointee.name, name.utf8Start) == 0
    }
}

/// The text of elements and attributes. The validator's parser makes one text node of all text between two tags.
enum NodeText {
    /// Gives `body` all text of the element, joined.
    static func with<Value>(_ element: xmlNodePtr, _ body: (Span<UInt8>) -> Value) -> Value {
        unsafe with(children: element.pointee.children, body)
    }

    private static func with<Value>(children: xmlNodePtr?, _ body: (Span<UInt8>) -> Value) -> Value {
        guard let child = unsafe children else {
            let none: [UInt8] = []
            return body(none.span)
        }
        if unsafe child.pointee.next == nil, unsafe child.pointee.type == XML_TEXT_NODE {
            // Safe: nothing frees the document meanwhile.
            return unsafe with(child.pointee.content, body)
        }
        let joined = unsafe xmlNodeListGetString(child.pointee.doc, child, 1)
        defer { unsafe freeXMLText(joined) }
        return unsafe with(joined, body)
    }

    /// Gives `body` the bytes of a text of libxml2, which ends with a byte 0; nil is empty.
    static func with<Value>(_ text: UnsafePointer<xmlChar>?, _ body: (Span<UInt8>) -> Value) -> Value {
        let buffer = unsafe UnsafeBufferPointer(start: text, count: Int(xmlStrlen(text)))
        return body(unsafe buffer.span)
    }

    /// The beginning of the collapsed text of an element's or an attribute's children, with an ellipsis where that is
    /// not all.
    static func beginning(of children: xmlNodePtr?) -> String {
        let limit = Issue.valueLength
        return unsafe with(children: children) { text in
            let trimmed = LexicalForm.trimmed(text)
            // Four bytes a character at most, so that nothing long is copied.
            var end = min(trimmed.upperBound, trimmed.lowerBound + 4 * limit + 4)
            let isCut = end < trimmed.upperBound
            while isCut, text[end] & 0xC0 == 0x80 { end -= 1 }
            let beginning = LexicalForm.token(text.extracting(trimmed.lowerBound..<end))
            return (isCut ? beginning + "…" : beginning).shortened(to: limit)
        }
    }
}
