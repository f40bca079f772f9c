import Foundation

/// Base64 by Foundation, as a witness that is not the code under test.
enum Base64Text {
    static func make(_ octets: [UInt8]) -> String { Data(octets).base64EncodedString() }
}
