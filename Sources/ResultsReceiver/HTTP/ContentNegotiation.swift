/// Chooses the form of an answer by what a client says it accepts (RFC 9110, section 12). Never refuses: where
/// nothing fits, the default does.
package enum ContentNegotiation {
    /// The offered media type that the Accept fields like best.
    ///
    /// `accept` holds the values of all Accept fields. `offered` is not empty, in lower case and without parameters,
    /// the server's favourite first; that is also the answer where there is no Accept field or none that fits. A media
    /// range counts for a type when no more specific one does (section 12.5.1). Among equal qualities a type that is
    /// named comes before one that a wildcard covers, then the order of the field decides, then that of `offered`.
    package static func mediaType(accept: [String], offered: [String]) -> String {
        guard let favourite = offered.first else { preconditionFailure("at least one media type must be offered") }
        let ranges = QualityList(accept).elements
        var best: (type: String, rank: Rank)?
        for type in offered {
            guard let rank = rank(of: type, in: ranges), rank.quality > 0 else { continue }
            if let found = best, rank <= found.rank { continue }
            best = (type, rank)
        }
        return best?.type ?? favourite
    }

    /// The offered language that the Accept-Language fields ask for first; nil when they ask for none of them.
    ///
    /// `acceptLanguage` holds the values of all Accept-Language fields, `offered` primary tags in lower case, such as
    /// `nl`. A range asks for a language when it is the language or begins with it, as `nl-NL` asks for `nl` (RFC 4647,
    /// section 3.4). A `*` asks for no language in particular. Among equal qualities the order of the field decides.
    package static func language(acceptLanguage: [String], offered: [String]) -> String? {
        var best: (language: String, quality: Int)?
        for range in QualityList(acceptLanguage).elements where range.quality > best?.quality ?? 0 {
            for language in offered where range.value == language || range.value.hasPrefix(language + "-") {
                best = (language, range.quality)
            }
        }
        return best?.language
    }

    private struct Rank: Comparable {
        var quality: Int
        var specificity: Int
        /// Where in the field the range stands.
        var position: Int

        static func < (a: Rank, b: Rank) -> Bool {
            (a.quality, a.specificity, b.position) < (b.quality, b.specificity, a.position)
        }
    }

    /// By the most specific range that covers the type, the first of these.
    private static func rank(of type: String, in ranges: [QualityList.Element]) -> Rank? {
        var best: Rank?
        for (position, range) in ranges.enumerated() {
            let specificity = specificity(of: range, for: type)
            guard specificity > 0, specificity > best?.specificity ?? 0 else { continue }
            best = Rank(quality: range.quality, specificity: specificity, position: position)
        }
        return best
    }

    /// 0 when the range does not cover the type.
    private static func specificity(of range: QualityList.Element, for type: String) -> Int {
        if range.value == type {
            // Answers are UTF-8; any other parameter asks for a variant that is not there, for which the plain type
            // is the nearest.
            if range.parameters.isEmpty { return 4 }
            return range.parameters.allSatisfy { $0.name == "charset" && $0.value == "utf-8" } ? 5 : 3
        }
        if range.value == "*/*" { return 1 }
        return range.value.hasSuffix("/*") && type.hasPrefix(range.value.dropLast(1)) ? 2 : 0
    }
}
