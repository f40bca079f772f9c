/// Why a schema cannot be used. The texts are for the operator: they may quote the XSD, never a message.
package enum SchemaLoadError: Error, Sendable, Equatable {
    /// The file `name` is not XML, or not an XSD, at the line (0 where it is not known); libxml2's words, one line.
    case schema(name: String, line: Int, reason: String)
    /// The mapping lacks a field that is needed; its key in the settings is `map-` and the raw value.
    case unmapped(FieldMapping.Field)
    /// There is no mapping, and messages of the schema have no place for these fields where the built-in shape has them.
    case otherShape([FieldMapping.Field])
    /// The expression of the field is not XPath 1.0, or uses an unknown prefix, function or variable.
    case expression(FieldMapping.Field, expression: String, reason: String)
    /// libxml2 could not do its work, such as for want of memory.
    case failed
}
