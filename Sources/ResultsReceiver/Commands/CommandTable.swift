/// Every command of the program, in the order of the usage text.
enum CommandTable {
    static let all: [any Command.Type] = [
        ServeCommand.self,
        CheckCommand.self,
        SignCommand.self,
        SendCommand.self,
        SelftestCommand.self,
        EnrolmentsImportCommand.self,
        EnrolmentsListCommand.self,
        EnrolmentsAddCommand.self,
        EnrolmentsCancelCommand.self,
        ResultsListCommand.self,
        ResultsExportCommand.self,
        ResultsRevokeCommand.self,
        ResultsPurgeCommand.self,
        DeliveriesListCommand.self,
        DeliveriesShowCommand.self,
        DeliveriesExportCommand.self,
        DeliveriesReplayCommand.self,
        DeliveriesDismissCommand.self,
        ExplainCommand.self,
        ReportMissingCommand.self,
        ReportAttentionCommand.self,
        PersonExportCommand.self,
        PersonEraseCommand.self,
        MaintenanceOnCommand.self,
        MaintenanceOffCommand.self,
        MaintenanceStatusCommand.self,
        DatabaseCheckCommand.self,
        DatabaseBackupCommand.self,
        DatabaseRestoreCommand.self,
        ConfigCheckCommand.self,
        ConfigShowCommand.self,
        ManualCommand.self,
        CompletionCommand.self,
    ]

    /// The command whose words stand at the start of the arguments.
    static func command(for arguments: [String]) -> (any Command.Type)? {
        all.first { arguments.starts(with: $0.definition.path) }
    }

    /// The commands of a group, such as `enrolments`.
    static func definitions(in group: String) -> [CommandDefinition] {
        all.map { $0.definition }.filter { $0.path.count > 1 && $0.path[0] == group }
    }

    static var firstWords: [String] {
        var words: [String] = []
        for command in all where !words.contains(command.definition.path[0]) {
            words.append(command.definition.path[0])
        }
        return words
    }
}
