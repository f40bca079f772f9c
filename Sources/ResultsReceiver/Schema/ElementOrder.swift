import CLibXML2

/// Which element of a document one is, counted from 0 in the order of the start tags.
enum ElementOrder {
    /// Nil for nil. One walk for all of them.
    static func positions(of wanted: [xmlNodePtr?], in document: xmlDocPtr) -> [Int?] {
        var found = unsafe [Int?](repeating: nil, count: wanted.count)
        var count = 0
        var node = unsafe xmlDocGetRootElement(document)
        while let element = unsafe node {
            for i in unsafe wanted.indices where unsafe wanted[i] == element { found[i] = count }
            count += 1
            unsafe node = unsafe next(after: element)
        }
        return found
    }

    private static func next(after element: xmlNodePtr) -> xmlNodePtr? {
        if let child = unsafe xmlFirstElementChild(element) { return unsafe child }
        var node: xmlNodePtr? = unsafe element
        while let one = unsafe node, unsafe one.pointee.type == XML_ELEMENT_NODE {
            if let sibling = unsafe xmlNextElementSibling(one) { return unsafe sibling }
            unsafe node = unsafe one.pointee.parent
        }
        return nil
    }
}
