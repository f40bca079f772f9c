import HTTP

// Who reads these writes a client, or looks for the proxy that breaks requests: each case has a sentence of its own.

extension ParserError {
    /// What makes the octets no request that can be served.
    func message(in language: Language) -> String {
        language.say(nl: dutch, en: explanation, de: german)
    }

    private var dutch: String {
        switch self {
        case .tooManyEmptyLines: "Voor de aanvraagregel staan te veel lege regels."
        case .invalidRequestLine: "De aanvraagregel is niet: methode, één spatie, doel, één spatie, versie."
        case .invalidMethod: "De methode bevat een teken dat daarin niet mag."
        case .invalidTarget: "Het doel van de aanvraag is geen pad en geen volledige URL."
        case .targetTooLong: "De aanvraagregel alleen al is langer dan een hoofd mag zijn."
        case .invalidVersion: "De versie is niet geschreven zoals HTTP/1.1."
        case .unsupportedVersion: "De versie is niet HTTP/1.0 of HTTP/1.1."
        case .bareCarriageReturn: "Na een carriage return volgt geen line feed."
        case .bareLineFeed: "Een regel eindigt met alleen een line feed; CRLF is nodig."
        case .nul: "In het hoofd staat een nulbyte."
        case .controlCharacter: "In het hoofd staat een besturingsteken."
        case .headTooLarge: "Het hoofd van de aanvraag is groter dan toegestaan."
        case .tooManyFields: "De aanvraag heeft meer headers dan toegestaan."
        case .invalidFieldName: "De naam van een header is leeg of bevat een teken dat daarin niet mag."
        case .spaceBeforeColon: "Tussen de naam van een header en de dubbele punt staat witruimte."
        case .missingColon: "In een regel van het hoofd ontbreekt de dubbele punt."
        case .obsoleteFolding:
            "Een regel van het hoofd begint met witruimte; afgebroken headers worden niet aangenomen."
        case .missingHost: "De header Host ontbreekt."
        case .repeatedHost: "De header Host staat er meer dan één keer."
        case .invalidHost: "De header Host bevat niet één host met eventueel een poort."
        case .repeatedContentLength: "De header Content-Length staat er meer dan één keer."
        case .listedContentLength: "Content-Length bevat een lijst."
        case .signedContentLength: "Content-Length bevat een plus- of minteken."
        case .invalidContentLength: "Content-Length is geen decimaal getal."
        case .overflowingContentLength: "Content-Length is een onmogelijk groot getal."
        case .unsupportedTransferCoding: "Transfer-Encoding is iets anders dan chunked."
        case .repeatedTransferEncoding: "De header Transfer-Encoding staat er meer dan één keer."
        case .transferEncodingInHTTP10: "HTTP/1.0 kent geen Transfer-Encoding."
        case .contentLengthWithTransferEncoding: "Content-Length en Transfer-Encoding spreken elkaar tegen."
        case .unsupportedExpectation: "Expect vraagt om iets anders dan 100-continue."
        case .invalidChunkSize: "Een chunk begint niet met zijn grootte in hexadecimale cijfers."
        case .overflowingChunkSize: "De grootte van een chunk is een onmogelijk groot getal."
        case .invalidChunkExtension: "Wat na de grootte van een chunk staat, is geen chunk-extensie."
        case .chunkLineTooLong: "De regel voor een chunk is langer dan toegestaan."
        case .chunkExtensionsTooLong: "De chunk-extensies samen zijn langer dan toegestaan."
        case .bareLineEndInChunkLine: "In de regel voor een chunk staat een losse carriage return of line feed."
        case .missingChunkLineEnd: "Waar een chunk volgens zijn grootte eindigt, volgt geen CRLF."
        case .invalidTrailer: "Een regel na de laatste chunk is geen header."
        case .trailersTooLarge: "De headers na de laatste chunk zijn groter dan toegestaan."
        case .tooManyTrailers: "Na de laatste chunk staan meer headers dan toegestaan."
        }
    }

    private var german: String {
        switch self {
        case .tooManyEmptyLines: "Vor der Anfragezeile stehen zu viele leere Zeilen."
        case .invalidRequestLine:
            "Die Anfragezeile ist nicht: Methode, ein Leerzeichen, Ziel, ein Leerzeichen, Version."
        case .invalidMethod: "Die Methode enthält ein Zeichen, das darin nicht erlaubt ist."
        case .invalidTarget: "Das Ziel der Anfrage ist kein Pfad und keine vollständige URL."
        case .targetTooLong: "Schon die Anfragezeile ist länger, als ein Kopf sein darf."
        case .invalidVersion: "Die Version ist nicht wie HTTP/1.1 geschrieben."
        case .unsupportedVersion: "Die Version ist nicht HTTP/1.0 oder HTTP/1.1."
        case .bareCarriageReturn: "Auf einen Wagenrücklauf (CR) folgt kein Zeilenvorschub (LF)."
        case .bareLineFeed: "Eine Zeile endet nur mit einem Zeilenvorschub (LF); nötig ist CRLF."
        case .nul: "Im Kopf steht ein Nullbyte."
        case .controlCharacter: "Im Kopf steht ein Steuerzeichen."
        case .headTooLarge: "Der Kopf der Anfrage ist größer als erlaubt."
        case .tooManyFields: "Die Anfrage hat mehr Header als erlaubt."
        case .invalidFieldName: "Der Name eines Headers ist leer oder enthält ein unerlaubtes Zeichen."
        case .spaceBeforeColon: "Zwischen dem Namen eines Headers und dem Doppelpunkt steht Leerraum."
        case .missingColon: "In einer Zeile des Kopfes fehlt der Doppelpunkt."
        case .obsoleteFolding: "Eine Zeile des Kopfes beginnt mit Leerraum; umbrochene Header werden nicht angenommen."
        case .missingHost: "Der Header Host fehlt."
        case .repeatedHost: "Der Header Host kommt mehrfach vor."
        case .invalidHost: "Der Header Host enthält nicht genau einen Host mit eventuell einem Port."
        case .repeatedContentLength: "Der Header Content-Length kommt mehrfach vor."
        case .listedContentLength: "Content-Length enthält eine Liste."
        case .signedContentLength: "Content-Length enthält ein Vorzeichen."
        case .invalidContentLength: "Content-Length ist keine Dezimalzahl."
        case .overflowingContentLength: "Content-Length ist eine unmöglich große Zahl."
        case .unsupportedTransferCoding: "Transfer-Encoding ist etwas anderes als chunked."
        case .repeatedTransferEncoding: "Der Header Transfer-Encoding kommt mehrfach vor."
        case .transferEncodingInHTTP10: "HTTP/1.0 kennt kein Transfer-Encoding."
        case .contentLengthWithTransferEncoding: "Content-Length und Transfer-Encoding widersprechen sich."
        case .unsupportedExpectation: "Expect verlangt etwas anderes als 100-continue."
        case .invalidChunkSize: "Ein Chunk beginnt nicht mit seiner Größe in hexadezimalen Ziffern."
        case .overflowingChunkSize: "Die Größe eines Chunks ist eine unmöglich große Zahl."
        case .invalidChunkExtension: "Was nach der Größe eines Chunks steht, ist keine Chunk-Erweiterung."
        case .chunkLineTooLong: "Die Zeile vor einem Chunk ist länger als erlaubt."
        case .chunkExtensionsTooLong: "Die Chunk-Erweiterungen zusammen sind länger als erlaubt."
        case .bareLineEndInChunkLine: "In der Zeile vor einem Chunk steht ein einzelnes CR oder LF."
        case .missingChunkLineEnd: "Wo ein Chunk nach seiner Größe endet, folgt kein CRLF."
        case .invalidTrailer: "Eine Zeile nach dem letzten Chunk ist kein Header."
        case .trailersTooLarge: "Die Header nach dem letzten Chunk sind größer als erlaubt."
        case .tooManyTrailers: "Nach dem letzten Chunk stehen mehr Header als erlaubt."
        }
    }
}
