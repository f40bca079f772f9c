/// The schema of the registry, as the steps that lead to it. `PRAGMA user_version` counts the steps taken.
enum Migrations {
    /// "RRdb" in the file's header (PRAGMA application_id), by which `file` and this program tell it from others.
    static let applicationID: Int32 = 0x5252_6462

    /// Step n leads from version n - 1 to n. A step that was released never changes; what comes later is another step.
    static let steps = [first, deliveries]

    static var latest: Int { steps.count }

    /// Brings the database to the latest version, or to an earlier one, each step in a transaction of its own.
    static func run(on connection: Connection, to version: Int = latest) throws(RegistryError) {
        guard version > 0 else { return }
        // Asked first, so that opening an up-to-date file waits for nobody who writes.
        for version in 1...version where try connection.number("PRAGMA user_version") < version {
            try connection.transaction { () throws(RegistryError) in
                // Asked again under the write lock: another process may have taken the step meanwhile.
                guard try connection.number("PRAGMA user_version") < version else { return }
                try connection.execute(steps[version - 1])
                try connection.execute("PRAGMA application_id = \(applicationID); PRAGMA user_version = \(version)")
            }
        }
    }
}

extension Migrations {
    /// Version 1: enrolments, results, maintenance; and the one-result rule as constraints and triggers, so that it holds
    /// for whoever writes, through this program or not. Times are milliseconds since 1970 (UTC), dates yyyy-mm-dd.
    ///
    /// Each message that is accepted costs three pages of the log, at random places but for the first: its result, its
    /// digest in the index, and its enrolment. So the enrolment itself holds which result it has, where an index over
    /// results would be a fourth; and it does not repeat the result's approval date, because a row that grows splits its
    /// page. A list of four in a CHECK would be a table built for every row, hence the OR.
    private static let first = """
        CREATE TABLE enrolment(
            enrolment INTEGER PRIMARY KEY CHECK (enrolment > 0),
            enrolment_id TEXT NOT NULL UNIQUE CHECK (enrolment_id <> ''),
            person_id TEXT CHECK (person_id <> ''),
            external_id TEXT CHECK (external_id <> ''),
            external_source TEXT CHECK (external_source <> ''),
            first_name TEXT,
            last_name TEXT,
            email TEXT,
            course_id TEXT NOT NULL CHECK (course_id <> ''),
            course_name TEXT,
            status TEXT NOT NULL DEFAULT 'ingepland' CHECK (
                status = 'ingepland' OR status = 'afgerond' OR status = 'wachtlijst' OR status = 'geannuleerd'),
            start_date TEXT,
            -- The result that stands, with which the enrolment is approved, on the date of result.approved_on. One place:
            -- an enrolment cannot have two. Set and cleared by the triggers below.
            result_id INTEGER CHECK (result_id IS NULL OR status = 'afgerond'),
            CHECK (person_id IS NOT NULL OR external_id IS NOT NULL)
        ) STRICT;
        -- Holds the rows without a person id too: whether there are any is asked for every group of messages.
        CREATE INDEX enrolment_by_person ON enrolment(person_id, course_id);
        CREATE INDEX enrolment_by_external_id ON enrolment(external_id, external_source, person_id, course_id)
            WHERE external_id IS NOT NULL;
        CREATE INDEX enrolment_by_course ON enrolment(course_id);

        CREATE TABLE result(
            -- Never used twice, so that who asks for the results after one misses none.
            result_id INTEGER PRIMARY KEY AUTOINCREMENT CHECK (result_id > 0),
            enrolment_id TEXT NOT NULL REFERENCES enrolment(enrolment_id),
            -- As they were when the message came: the id that it named, and the ids of the enrolment it fitted.
            student_id TEXT NOT NULL,
            person_id TEXT,
            external_id TEXT,
            external_source TEXT,
            course_id TEXT NOT NULL,
            part_id TEXT,
            part_name TEXT,
            score INTEGER CHECK (score BETWEEN 0 AND 10000),
            passed INTEGER CHECK (passed IN (0, 1)),
            present INTEGER CHECK (present IN (0, 1)),
            created_at INTEGER NOT NULL,
            completed_at INTEGER NOT NULL,
            approved_on TEXT NOT NULL,
            received_at INTEGER NOT NULL,
            reference TEXT NOT NULL,
            plugin TEXT NOT NULL,
            -- SHA-256 of the body. Unique among the revoked too: the same bytes never register again.
            digest BLOB NOT NULL UNIQUE CHECK (length(digest) = 32),
            -- 1: the 200 is known not to have reached the sender.
            unanswered INTEGER NOT NULL DEFAULT 0 CHECK (unanswered IN (0, 1)),
            revoked_at INTEGER,
            revoked_reason TEXT,
            revoked_by TEXT,
            CHECK ((revoked_at IS NULL) = (revoked_reason IS NULL))
        ) STRICT;
        -- With the result that stands, the history of an enrolment.
        CREATE INDEX result_revoked ON result(enrolment_id) WHERE revoked_at IS NOT NULL;

        -- INSERT OR REPLACE would drop the earlier row without a word, and without its DELETE trigger.
        CREATE TRIGGER result_is_new BEFORE INSERT ON result
        WHEN NEW.revoked_at IS NOT NULL
            OR EXISTS (SELECT 1 FROM result WHERE digest = NEW.digest)
            OR (NEW.result_id > 0 AND EXISTS (SELECT 1 FROM result WHERE result_id = NEW.result_id))
        BEGIN
            SELECT RAISE(ABORT, 'these bytes or this result id were registered before');
        END;
        CREATE TRIGGER result_finishes_enrolment AFTER INSERT ON result
        BEGIN
            UPDATE enrolment SET status = 'afgerond', result_id = NEW.result_id
                WHERE enrolment_id = NEW.enrolment_id AND status = 'ingepland' AND course_id = NEW.course_id;
            SELECT RAISE(ABORT, 'only a planned enrolment takes a result') WHERE changes() = 0;
        END;
        CREATE TRIGGER result_facts_stay BEFORE UPDATE OF result_id, enrolment_id, student_id, person_id, external_id,
            external_source, course_id, part_id, part_name, score, passed, present, created_at, completed_at,
            approved_on, received_at, reference, plugin, digest ON result
        BEGIN
            SELECT RAISE(ABORT, 'a registered result does not change');
        END;
        CREATE TRIGGER result_revocation_stays BEFORE UPDATE OF revoked_at, revoked_reason, revoked_by ON result
        WHEN OLD.revoked_at IS NOT NULL
        BEGIN
            SELECT RAISE(ABORT, 'a revoked result does not change');
        END;
        CREATE TRIGGER result_revoked_plans_again AFTER UPDATE OF revoked_at ON result WHEN NEW.revoked_at IS NOT NULL
        BEGIN
            UPDATE enrolment SET status = 'ingepland', result_id = NULL
                WHERE enrolment_id = NEW.enrolment_id AND result_id = NEW.result_id;
        END;
        CREATE TRIGGER result_is_kept BEFORE DELETE ON result
        BEGIN
            SELECT RAISE(ABORT, 'a result is revoked, not deleted');
        END;

        -- An enrolment takes a result of its own, and gives it back only when that is revoked. Until then it stays finished.
        CREATE TRIGGER enrolment_keeps_result BEFORE UPDATE OF status, result_id ON enrolment
        WHEN CASE WHEN OLD.result_id IS NULL THEN
                NEW.result_id IS NOT NULL AND NOT EXISTS (
                    SELECT 1 FROM result
                    WHERE result_id = NEW.result_id AND revoked_at IS NULL AND enrolment_id = NEW.enrolment_id)
            ELSE
                (NEW.result_id IS NOT OLD.result_id OR NEW.status <> OLD.status)
                AND (NEW.result_id IS NOT NULL OR NOT EXISTS (
                    SELECT 1 FROM result WHERE result_id = OLD.result_id AND revoked_at IS NOT NULL))
            END
        BEGIN
            SELECT RAISE(ABORT, 'the enrolment has a result: status and approval stay');
        END;
        -- It keeps its course, and the person: the person id, or without one the external id and its source. A missing id
        -- may still be filled in.
        CREATE TRIGGER enrolment_keeps_person
        BEFORE UPDATE OF person_id, external_id, external_source, course_id ON enrolment
        WHEN OLD.result_id IS NOT NULL AND (
            NEW.course_id <> OLD.course_id
            OR CASE WHEN OLD.person_id IS NOT NULL THEN NEW.person_id IS NOT OLD.person_id
                ELSE NEW.external_id IS NOT OLD.external_id OR NEW.external_source IS NOT OLD.external_source END)
        BEGIN
            SELECT RAISE(ABORT, 'the enrolment has a result: person and course stay');
        END;
        CREATE TRIGGER enrolment_keeps_id BEFORE UPDATE OF enrolment, enrolment_id ON enrolment
        WHEN NEW.enrolment <> OLD.enrolment OR NEW.enrolment_id <> OLD.enrolment_id
        BEGIN
            SELECT RAISE(ABORT, 'an enrolment keeps its id');
        END;
        -- INSERT OR REPLACE would put an enrolment without a result in the place of one that has it. Passed over without an
        -- error, so that INSERT … ON CONFLICT DO NOTHING keeps its meaning.
        CREATE TRIGGER enrolment_is_not_replaced BEFORE INSERT ON enrolment
        WHEN NEW.result_id IS NOT NULL
            OR EXISTS (SELECT 1 FROM enrolment WHERE enrolment_id = NEW.enrolment_id AND result_id IS NOT NULL)
            OR (NEW.enrolment > 0
                AND EXISTS (SELECT 1 FROM enrolment WHERE enrolment = NEW.enrolment AND result_id IS NOT NULL))
        BEGIN
            SELECT RAISE(IGNORE);
        END;
        CREATE TRIGGER enrolment_is_kept BEFORE DELETE ON enrolment
        WHEN OLD.result_id IS NOT NULL
            OR EXISTS (SELECT 1 FROM result WHERE enrolment_id = OLD.enrolment_id AND revoked_at IS NOT NULL)
        BEGIN
            SELECT RAISE(ABORT, 'the enrolment has a result');
        END;

        -- One row. While since is set, no result is registered.
        CREATE TABLE maintenance(
            only INTEGER PRIMARY KEY CHECK (only = 1),
            since INTEGER,
            message TEXT
        ) STRICT;
        INSERT INTO maintenance(only) VALUES (1);
        """
}
