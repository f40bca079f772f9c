import Testing

/// What a person at a terminal sees, and what a program that reads the same output gets. `script` makes a terminal.
@Suite struct TerminalTests {
    /// 192.0.2.1 is nobody's, so that the server ends after its first line.
    private static let serve =
        "\"$PROGRAM\" serve --database \"$FOLDER/r.db\" --listen 192.0.2.1:1"

    private func log(_ line: String) async throws -> Substring {
        let folder = try TemporaryFolder()
        let ended = try await BuiltProgram.shell(
            line, environment: ["RESULTS_RECEIVER_SECRET": "short", "FOLDER": folder.path])
        return try #require((ended.output + ended.errors).split(whereSeparator: \.isNewline).first)
    }

    @Test func theLogIsJSONUnlessOnATerminal() async throws {
        #expect(try await log(Self.serve).hasPrefix("{\"time\":\""))
        let plain = try await log("script -qec '\(Self.serve)' /dev/null")
        #expect(plain.contains("Z warning RESULTS_RECEIVER_SECRET: "))
        #expect(!plain.contains("{"))
    }

    @Test func anImportShowsItsProgressInOneLineOfATerminal() async throws {
        let folder = try TemporaryFolder()
        let command = "\"$PROGRAM\" enrolments import \"$FOLDER/e.csv\" --database \"$FOLDER/r.db\""
        let file = "printf \"enrolment_id,person_id,course_id\\ni1,p1,c1\\n\" >\"$FOLDER/e.csv\"; "
        let shown = try await BuiltProgram.shell(
            file + "script -qec '\(command)' /dev/null", environment: ["FOLDER": folder.path])
        #expect(shown.output.contains("\r1 rows read; merging\u{1B}[K\r"))
        // It is gone when the report comes.
        #expect(shown.output.contains("\r\u{1B}[K\(folder.file("e.csv")): 1 enrolment: 1 new"))
        let piped = try await BuiltProgram.shell(command, environment: ["FOLDER": folder.path])
        #expect(piped.errors == "")
        #expect(piped.output == "\(folder.file("e.csv")): 1 enrolment: 0 new, 0 changed, 1 as before\n")
    }
}
