/// One field of a response.
package struct Field: Sendable, Equatable {
    package let name: FieldName
    /// The encoder replaces control characters by spaces, so that a value can never become a second field.
    package let value: String

    package init(_ name: FieldName, _ value: String) {
        self.name = name
        self.value = value
    }
}
