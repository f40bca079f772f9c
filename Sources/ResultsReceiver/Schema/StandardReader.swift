import CLibXML2
import Results

/// Reads a message of the built-in schema in one walk over its elements.
enum StandardReader {
    /// Elements that are read, by their paths below `message`.
    static let read: Set<String> = [
        "type", "created", "student", "student/id", "course", "course/id", "part", "part/id", "part/name", "result",
        "result/completed", "result/passed", "result/present", "result/score",
    ]

    /// Elements that nothing needs: personal data that need not be kept, and the course's name, which the enrolment has.
    static let ignored: Set<String> = [
        "student/firstName", "student/middleName", "student/lastName", "student/email", "course/name",
    ]

    static func read(_ document: xmlDocPtr, in zone: CivilTime) throws(MessageError) -> Completion {
        var draft = Draft()
        var group = unsafe xmlFirstElementChild(xmlDocGetRootElement(document))
        while let node = unsafe group {
            if unsafe NodeName.matches(node, "created") {
                draft.created = unsafe NodeText.with(node) { LexicalForm.moment($0, in: zone) }
            } else if unsafe NodeName.matches(node, "student") {
                draft.student = unsafe identifier(in: node)
            } else if unsafe NodeName.matches(node, "course") {
                draft.course = unsafe identifier(in: node)
            } else if unsafe NodeName.matches(node, "part") {
                draft.part = unsafe identifier(in: node)
                draft.partName = unsafe name(in: node)
            } else if unsafe NodeName.matches(node, "result") {
                unsafe readResult(node, in: zone, &draft)
            }
            unsafe group = unsafe xmlNextElementSibling(node)
        }
        guard let created = draft.created, let student = draft.student, let course = draft.course,
            let completed = draft.completed
        else {
            // The schema accepts nothing that gets here; a test feeds both with the same random text.
            throw .failed(code: Int(XML_SCHEMAV_INTERNAL.rawValue))
        }
        return Completion(
            created: created, student: student, course: course, part: draft.part, partName: draft.partName,
            completed: completed, passed: draft.passed, present: draft.present, score: draft.score)
    }

    private struct Draft {
        var created: Timestamp?
        var student: StudentID?
        var course: CourseID?
        var part: PartID?
        var partName: String?
        var completed: Timestamp?
        var passed: Bool?
        var present: Bool?
        var score: Score?
    }

    /// The id is the first child of student, course and part.
    private static func identifier<Kind>(in group: xmlNodePtr) -> Identifier<Kind>? {
        guard let child = unsafe xmlFirstElementChild(group) else { return nil }
        return unsafe Identifier(NodeText.with(child, LexicalForm.token))
    }

    /// The name follows the id. Nil also where it is empty.
    private static func name(in group: xmlNodePtr) -> String? {
        guard let id = unsafe xmlFirstElementChild(group), let child = unsafe xmlNextElementSibling(id) else {
            return nil
        }
        let name = unsafe NodeText.with(child, LexicalForm.token)
        return name.isEmpty ? nil : name
    }

    private static func readResult(_ result: xmlNodePtr, in zone: CivilTime, _ draft: inout Draft) {
        var child = unsafe xmlFirstElementChild(result)
        while let node = unsafe child {
            if unsafe NodeName.matches(node, "completed") {
                draft.completed = unsafe NodeText.with(node) { LexicalForm.moment($0, in: zone) }
            } else if unsafe NodeName.matches(node, "passed") {
                draft.passed = unsafe NodeText.with(node, LexicalForm.boolean)
            } else if unsafe NodeName.matches(node, "present") {
                draft.present = unsafe NodeText.with(node, LexicalForm.boolean)
            } else if unsafe NodeName.matches(node, "score") {
                draft.score = unsafe NodeText.with(node, LexicalForm.score)
            }
            unsafe child = unsafe xmlNextElementSibling(node)
        }
    }
}
