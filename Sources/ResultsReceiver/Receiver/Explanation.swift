package import Registry
import Results
import Schema
import Signature

/// One check that a message goes through, and what it found.
package struct Finding: Sendable, Equatable {
    /// In the order in which a delivery meets them.
    package enum Check: String, CaseIterable, Sendable {
        case signature, size, xml, schema, maintenance, repetition, person, course, enrolment
    }

    package enum Verdict: String, Sendable {
        case passed
        case failed
        /// It could not be looked at: something before it failed, or was not given.
        case skipped
    }

    package var check: Check
    package var verdict: Verdict
    /// What was found, and where it failed, what would cure it.
    package var text: String
}

/// Walks a message through every check of a delivery and says what each finds. Stores nothing.
package struct Explanation {
    /// What is known of the signature.
    package enum Proof: Sendable {
        /// The values of the header, as they would be sent.
        case header([String])
        /// It was right when the message came.
        case recorded
        case none
    }

    private let settings: ReceiverSettings
    private let integration: Integration
    private let language: Language
    private let preview: RulePreview

    /// `plugin` is the integration that the message is meant for; its secrets are needed where a signature is to be
    /// checked. The findings are in `language`.
    package init(
        settings: ReceiverSettings, plugin: Plugin, language: Language, registry: RegistryAccess
    ) throws(RegistryError) {
        self.settings = settings
        self.language = language
        integration = Integration(plugin)
        preview = try RulePreview(registry)
    }

    /// What each check says of this body.
    package func findings(about body: [UInt8], _ proof: Proof) throws(RegistryError) -> [Finding] {
        var findings = [signature(of: body, proof), size(of: body)]
        let completion: Completion
        do throws(Rejection) {
            guard !body.isEmpty else { throw .emptyBody }
            completion = try read(body)
        } catch {
            findings += unreadable(error)
            return findings + rest(after: findings)
        }
        findings.append(
            passed(
                .xml,
                language.say(
                    nl: "goed gevormde XML in UTF-8, zonder DOCTYPE",
                    en: "well-formed XML in UTF-8, without a DOCTYPE", de: "wohlgeformtes XML in UTF-8, ohne DOCTYPE")))
        findings.append(
            passed(
                .schema,
                language.say(
                    nl: "voldoet aan het schema", en: "meets the schema",
                    de: "entspricht dem Schema")))
        let entry = Entry(
            completion: completion, approvedOn: settings.zone.date(of: completion.completed), receivedAt: .now(),
            reference: "", plugin: integration.plugin.name, personKey: integration.plugin.personKey,
            externalSource: integration.plugin.externalSource, digest: Digest().digest(of: body),
            acknowledgesRedelivery: settings.acknowledgesRedelivery, bytes: body.count, began: .now, client: nil)
        return findings + rule(try preview.facts(about: entry), completion)
    }

    // MARK: The message itself

    private func signature(of body: [UInt8], _ proof: Proof) -> Finding {
        switch proof {
        case .none:
            return Finding(
                check: .signature, verdict: .skipped,
                text: language.say(
                    nl: "niet gecontroleerd: geef --signature mee", en: "not checked: give --signature",
                    de: "nicht geprüft: --signature angeben"))
        case .recorded:
            return passed(
                .signature,
                language.say(
                    nl: "klopte toen het bericht kwam", en: "was right when the message came",
                    de: "stimmte, als die Nachricht kam"))
        case .header(let values):
            do throws(SignatureError) {
                let signature = try Signature(fieldValues: values)
                if let match = integration.verifier.verify(body, against: signature)?.match {
                    let secret = match.position + 1
                    return passed(
                        .signature,
                        language.say(
                            nl:
                                "klopt: \(match.algorithm.rawValue), geheim \(secret) van plugin \(integration.plugin.name)",
                            en:
                                "is right: \(match.algorithm.rawValue), secret \(secret) of plugin \(integration.plugin.name)",
                            de:
                                "stimmt: \(match.algorithm.rawValue), Geheimnis \(secret) von Plugin \(integration.plugin.name)"
                        ))
                }
                let mismatch = integration.mismatch(body, signature)
                return failed(.signature, "\(refusal(.mismatch(mismatch))) (\(mismatch.rawValue))")
            } catch {
                return failed(.signature, refusal(.signature(error)))
            }
        }
    }

    private func size(of body: [UInt8]) -> Finding {
        if body.isEmpty { return failed(.size, refusal(.emptyBody)) }
        if body.count > settings.bodyBytes { return failed(.size, refusal(.tooLarge(limit: settings.bodyBytes))) }
        return passed(
            .size,
            language.say(
                nl: "\(body.count) van ten hoogste \(settings.bodyBytes) bytes",
                en: "\(body.count) of at most \(settings.bodyBytes) bytes",
                de: "\(body.count) von höchstens \(settings.bodyBytes) Bytes"))
    }

    private func read(_ body: [UInt8]) throws(Rejection) -> Completion {
        let document: ValidDocument
        do { document = try integration.validator.validate(body) } catch { throw .message(error) }
        return try document.completion(in: settings.zone)
    }

    private func unreadable(_ rejection: Rejection) -> [Finding] {
        switch rejection {
        case .message(.schema):
            [
                passed(.xml, language.say(nl: "goed gevormde XML", en: "well-formed XML", de: "wohlgeformtes XML")),
                failed(.schema, refusal(rejection)),
            ]
        case .emptyBody: []
        default: [failed(.xml, refusal(rejection))]
        }
    }

    // MARK: The registry

    private func rule(_ facts: RuleFacts, _ completion: Completion) -> [Finding] {
        var findings: [Finding] = []
        if case .maintenance(let message) = facts.preview {
            findings.append(failed(.maintenance, refusal(.maintenance(message: message))))
        } else {
            findings.append(passed(.maintenance, language.say(nl: "geen onderhoud", en: "none", de: "keine Wartung")))
        }
        findings.append(repetition(facts, completion))
        switch facts.person {
        case .unknown: findings.append(failed(.person, refusal(.violation(.unknownPerson, of: completion))))
        case .ambiguous: findings.append(failed(.person, refusal(.violation(.ambiguousPerson, of: completion))))
        case .known: findings.append(passed(.person, language.say(nl: "bekend", en: "known", de: "bekannt")))
        }
        findings.append(
            facts.isCourseKnown
                ? passed(.course, language.say(nl: "bekend", en: "known", de: "bekannt"))
                : failed(.course, refusal(.violation(.unknownCourse, of: completion))))
        findings.append(enrolment(facts, completion))
        return findings
    }

    private func repetition(_ facts: RuleFacts, _ completion: Completion) -> Finding {
        guard let earlier = facts.sameBytes else {
            return passed(
                .repetition,
                language.say(
                    nl: "precies dit bericht is nog niet geregistreerd",
                    en: "exactly this message was not registered before",
                    de: "genau diese Nachricht wurde noch nicht registriert"))
        }
        if case .redelivers = facts.preview {
            return passed(.repetition, Acceptance.redelivered(earlier).message(in: language, zone: settings.zone))
        }
        return failed(.repetition, refusal(.violation(.duplicate(earlier, sameBytes: true), of: completion)))
    }

    private func enrolment(_ facts: RuleFacts, _ completion: Completion) -> Finding {
        let list = facts.enrolments.map { enrolment in
            "\(enrolment.enrolmentID) (\(enrolment.status.rawValue)"
                + (enrolment.startDate.map { ", \($0)" } ?? "")
                + (enrolment.resultID.map {
                    language.say(nl: ", resultaat", en: ", result", de: ", Ergebnis") + " \($0)"
                } ?? "")
                + ")"
        }.joined(separator: ", ")
        let all = list.isEmpty ? "" : " [\(list)]"
        switch facts.preview {
        case .registers(let enrolment):
            return passed(
                .enrolment,
                language.say(
                    nl: "het resultaat zou worden geregistreerd bij \(enrolment.text)",
                    en: "the result would be registered for \(enrolment.text)",
                    de: "das Ergebnis würde registriert für \(enrolment.text)") + all)
        case .refused(.unknownPerson), .refused(.ambiguousPerson), .refused(.unknownCourse),
            .refused(.duplicate(_, sameBytes: true)), .redelivers, .maintenance:
            return Finding(check: .enrolment, verdict: .skipped, text: skipped + all)
        case .refused(let violation):
            return failed(.enrolment, refusal(.violation(violation, of: completion)) + all)
        }
    }

    // MARK: Texts

    private func rest(after findings: [Finding]) -> [Finding] {
        Finding.Check.allCases.filter { check in !findings.contains { $0.check == check } }
            .map { Finding(check: $0, verdict: .skipped, text: skipped) }
    }

    private var skipped: String {
        language.say(
            nl: "niet bekeken: eerst moet het voorgaande in orde zijn",
            en: "not looked at: what comes before is in the way",
            de: "nicht geprüft: erst muss das Vorige in Ordnung sein")
    }

    private func passed(_ check: Finding.Check, _ text: String) -> Finding {
        Finding(check: check, verdict: .passed, text: text)
    }

    private func failed(_ check: Finding.Check, _ text: String) -> Finding {
        Finding(check: check, verdict: .failed, text: text)
    }

    private func refusal(_ rejection: Rejection) -> String {
        "\(rejection.reason.rawValue): \(rejection.message(in: language, zone: settings.zone))"
    }
}
