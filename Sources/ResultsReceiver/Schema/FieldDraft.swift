import Results

/// The fields of a completion as the mapping gives them, checked one by one: another schema may allow anything.
struct FieldDraft {
    private var created: Timestamp?
    private var student: StudentID?
    private var course: CourseID?
    private var part: PartID?
    private var partName: String?
    private var completed: Timestamp?
    private var passed: Bool?
    private var present: Bool?
    private var score: Score?
    /// What does not fit.
    private(set) var findings: [IssueRecord.Finding] = []
    /// Where the value stands that is being taken.
    private var spot = FieldSpot.message

    mutating func take(_ field: FieldMapping.Field, _ value: FieldValue, at spot: FieldSpot, in zone: CivilTime) {
        self.spot = spot
        switch value {
        case .nothing:
            if field.isNeeded || field == .type { add(field, .missing, value) }
            return
        case .repeated:
            add(field, .repeated, value)
            return
        default: break
        }
        let text = value.text
        switch field {
        case .type:
            let word = LexicalForm.token(text.span)
            if word != "coursepartcompletion", word != "coursePartCompletion" { add(field, .otherEvent, value) }
        case .created: created = check(LexicalForm.moment(text.span, in: zone), field, .notADateTime, value)
        case .completed: completed = check(LexicalForm.moment(text.span, in: zone), field, .notADateTime, value)
        case .studentID: student = check(Identifier(LexicalForm.token(text.span)), field, .notAnIdentifier, value)
        case .courseID: course = check(Identifier(LexicalForm.token(text.span)), field, .notAnIdentifier, value)
        case .partID: part = check(Identifier(LexicalForm.token(text.span)), field, .notAnIdentifier, value)
        case .passed: passed = check(value.boolean, field, .notABoolean, value)
        case .present: present = check(value.boolean, field, .notABoolean, value)
        case .score: score = check(value.score, field, .notAScore, value)
        }
    }

    /// A name that is too long or there twice is left out: nothing depends on it.
    mutating func takePartName(_ value: FieldValue) {
        let text = value.text
        let name = LexicalForm.token(text.span)
        if !name.isEmpty, name.unicodeScalars.count <= 200 { partName = name }
    }

    /// Nil where there are findings.
    var completion: Completion? {
        guard findings.isEmpty, let student, let course, let completed else { return nil }
        return Completion(
            created: created ?? completed, student: student, course: course, part: part, partName: partName,
            completed: completed, passed: passed, present: present, score: score)
    }

    private mutating func check<Value>(
        _ result: Value?, _ field: FieldMapping.Field, _ problem: Issue.FieldProblem, _ value: FieldValue
    ) -> Value? {
        if result == nil { add(field, problem, value) }
        return result
    }

    private mutating func add(_ field: FieldMapping.Field, _ problem: Issue.FieldProblem, _ value: FieldValue) {
        unsafe findings.append(
            .init(kind: .field(field, problem, value: value.shown), element: spot.element, atEnd: spot.atEnd))
    }
}

extension FieldValue {
    /// A truth value and NaN are no texts: mapped to an id, they would be everybody's.
    fileprivate var text: [UInt8] {
        switch self {
        case .text(let bytes): bytes
        case .number(let number, let text): number.isFinite ? Array(text.utf8) : []
        case .nothing, .repeated, .truth: []
        }
    }

    fileprivate var boolean: Bool? {
        if case .truth(let truth) = self { return truth }
        return LexicalForm.boolean(text.span)
    }

    /// A text is read exactly; a number, which XPath has computed in binary, is rounded to hundredths.
    fileprivate var score: Score? {
        guard case .number(let number, _) = self else { return LexicalForm.score(text.span) }
        let hundredths = (number * 100).rounded()
        guard hundredths >= 0, hundredths <= 10_000 else { return nil }  // not a number is neither
        return Score(hundredths: Int(hundredths))
    }
}
