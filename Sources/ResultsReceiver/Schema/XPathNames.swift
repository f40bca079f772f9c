/// Finds names in an expression that libxml2 would miss only when a message comes: unknown prefixes, functions and
/// variables. For expressions that libxml2 compiles.
enum XPathNames {
    /// What is wrong, for the operator; nil: nothing.
    static func fault(in expression: String, prefixes: Set<String>) -> String? {
        let text = Array(expression.unicodeScalars)
        var at = 0
        while at < text.count {
            let scalar = text[at]
            if scalar == "\"" || scalar == "'" {
                at = (text[(at + 1)...].firstIndex(of: scalar) ?? text.count - 1) + 1
            } else if scalar == "$" {
                return "there are no variables"
            } else if isNameStart(scalar) {
                let name = name(text, &at)
                if at + 1 < text.count, text[at] == ":", text[at + 1] != ":" {
                    guard prefixes.contains(name) || name == "xml" else {
                        return "the prefix \(name) is not declared on the root element of the XSD"
                    }
                    at += 1
                    let local = self.name(text, &at)
                    if isCall(text, at) { return "there is no function \(name):\(local)" }
                } else if isCall(text, at), !functions.contains(name), !nodeTypes.contains(name),
                    !operators.contains(name)
                {
                    return "there is no function \(name) in XPath 1.0"
                }
            } else {
                at += 1
            }
        }
        return nil
    }

    /// XPath 1.0, section 4.
    private static let functions: Set<String> = [
        "last", "position", "count", "id", "local-name", "namespace-uri", "name", "string", "concat", "starts-with",
        "contains", "substring-before", "substring-after", "substring", "string-length", "normalize-space",
        "translate", "boolean", "not", "true", "false", "lang", "number", "sum", "floor", "ceiling", "round",
    ]
    private static let nodeTypes: Set<String> = ["comment", "text", "processing-instruction", "node"]
    /// They too can stand before a bracket.
    private static let operators: Set<String> = ["and", "or", "div", "mod"]

    private static func isNameStart(_ scalar: Unicode.Scalar) -> Bool {
        scalar == "_" || scalar.properties.isAlphabetic
    }

    private static func name(_ text: [Unicode.Scalar], _ at: inout Int) -> String {
        var name = String.UnicodeScalarView()
        while at < text.count,
            isNameStart(text[at]) || text[at] == "-" || text[at] == "." || text[at].properties.numericType != nil
        {
            name.append(text[at])
            at += 1
        }
        return String(name)
    }

    private static func isCall(_ text: [Unicode.Scalar], _ at: Int) -> Bool {
        text[at...].first { $0 != " " && $0 != "\t" && $0 != "\n" && $0 != "\r" } == "("
    }
}
