extension Migrations {
    /// Version 2: the delivery log, and what is still open of it.
    ///
    /// A delivery that registers a result costs no page of its own in the log: the table and the full indexes grow at
    /// their ends, which are hot. What would be a random page for each (by person, course, digest), or a further index, is
    /// indexed for refusals only; a registered delivery is found through its result, by the reference that both have.
    /// One random page more than in version 1 is left: that of `enrolment_planned`, which an enrolment leaves.
    ///
    /// `open_message` holds a row for each message, known by the digest of its bytes, that was refused and may need a
    /// person; `cause` counts them, so that a report over a million is a look at a few rows.
    static let deliveries = """
        CREATE TABLE delivery(
            -- Never used twice, so that an export can go on where the last one ended.
            delivery INTEGER PRIMARY KEY AUTOINCREMENT,
            reference TEXT NOT NULL,
            received_at INTEGER NOT NULL,
            -- The integration whose secret fitted, or that was asked for.
            plugin TEXT,
            code INTEGER NOT NULL,
            reason TEXT NOT NULL,
            -- What a refused sender was told.
            message TEXT,
            student_id TEXT,
            course_id TEXT,
            part_id TEXT,
            -- Of the body; NULL where it was not read.
            bytes INTEGER,
            -- Microseconds from the end of the body to the answer; of a registered one, until it was written.
            duration INTEGER,
            client TEXT,
            -- SHA-256 of the body; NULL: no right signature vouched for it.
            digest BLOB CHECK (length(digest) = 32),
            -- How often these bytes have come by now; NULL for a replay, and where nothing vouched for them.
            attempt INTEGER,
            -- The delivery whose message was run again.
            replay_of INTEGER
        ) STRICT;
        CREATE INDEX delivery_by_reference ON delivery(reference);
        CREATE INDEX delivery_by_time ON delivery(received_at);
        CREATE INDEX delivery_by_code ON delivery(code, received_at) WHERE reason <> 'registered';
        -- Of a course, those of one reason or code are picked without reading the others.
        CREATE INDEX delivery_by_course ON delivery(course_id, received_at, delivery, reason, code)
            WHERE course_id IS NOT NULL AND reason <> 'registered';
        CREATE INDEX delivery_by_reason ON delivery(reason, received_at) WHERE reason <> 'registered';
        CREATE INDEX delivery_by_student ON delivery(student_id, received_at)
            WHERE student_id IS NOT NULL AND reason <> 'registered';
        CREATE INDEX delivery_by_digest ON delivery(digest, attempt)
            WHERE digest IS NOT NULL AND reason <> 'registered';
        -- Messages that could not be read, which may name a person who is to be erased.
        CREATE INDEX delivery_unread ON delivery(delivery) WHERE student_id IS NULL AND digest IS NOT NULL;
        CREATE INDEX delivery_by_replay ON delivery(replay_of) WHERE replay_of IS NOT NULL;

        -- The bodies of refused deliveries, apart: a list of deliveries does not read past them.
        CREATE TABLE delivery_body(
            delivery INTEGER PRIMARY KEY,
            received_at INTEGER NOT NULL,
            body BLOB NOT NULL
        ) STRICT;
        CREATE INDEX delivery_body_by_time ON delivery_body(received_at);
        -- One row. How much the kept bodies take together, in bytes.
        CREATE TABLE delivery_size(only INTEGER PRIMARY KEY CHECK (only = 1), bodies INTEGER NOT NULL) STRICT;
        INSERT INTO delivery_size VALUES (1, 0);
        CREATE TRIGGER delivery_body_grows AFTER INSERT ON delivery_body
        BEGIN
            UPDATE delivery_size SET bodies = bodies + length(NEW.body);
        END;
        CREATE TRIGGER delivery_body_shrinks AFTER DELETE ON delivery_body
        BEGIN
            UPDATE delivery_size SET bodies = bodies - length(OLD.body);
        END;
        CREATE TRIGGER delivery_goes AFTER DELETE ON delivery
        BEGIN
            DELETE FROM delivery_body WHERE delivery = OLD.delivery;
            DELETE FROM open_message WHERE digest = OLD.digest AND delivery = OLD.delivery;
        END;

        -- Messages that were refused, and neither accepted nor dismissed since.
        CREATE TABLE open_message(
            digest BLOB PRIMARY KEY CHECK (length(digest) = 32),
            -- The latest of its deliveries, which the rest is taken from.
            delivery INTEGER NOT NULL,
            reason TEXT NOT NULL,
            plugin TEXT NOT NULL,
            -- Empty where the message could not be read.
            course_id TEXT NOT NULL,
            first_at INTEGER NOT NULL,
            last_at INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX open_message_by_cause ON open_message(reason, plugin, course_id, last_at);

        -- How many open messages have the same cause.
        CREATE TABLE cause(
            reason TEXT NOT NULL,
            plugin TEXT NOT NULL,
            course_id TEXT NOT NULL,
            messages INTEGER NOT NULL,
            -- When the first of them came, gone ones too.
            first_at INTEGER NOT NULL,
            PRIMARY KEY (reason, plugin, course_id)
        ) STRICT, WITHOUT ROWID;
        CREATE TRIGGER open_message_counts AFTER INSERT ON open_message
        BEGIN
            INSERT INTO cause VALUES (NEW.reason, NEW.plugin, NEW.course_id, 1, NEW.first_at)
                ON CONFLICT DO UPDATE SET messages = messages + 1;
        END;
        CREATE TRIGGER open_message_closes AFTER DELETE ON open_message
        BEGIN
            UPDATE cause SET messages = messages - 1
                WHERE reason = OLD.reason AND plugin = OLD.plugin AND course_id = OLD.course_id;
            DELETE FROM cause WHERE messages = 0
                AND reason = OLD.reason AND plugin = OLD.plugin AND course_id = OLD.course_id;
        END;
        CREATE TRIGGER open_message_changes AFTER UPDATE OF reason, plugin, course_id ON open_message
        WHEN NEW.reason <> OLD.reason OR NEW.plugin <> OLD.plugin OR NEW.course_id <> OLD.course_id
        BEGIN
            UPDATE cause SET messages = messages - 1
                WHERE reason = OLD.reason AND plugin = OLD.plugin AND course_id = OLD.course_id;
            DELETE FROM cause WHERE messages = 0
                AND reason = OLD.reason AND plugin = OLD.plugin AND course_id = OLD.course_id;
            INSERT INTO cause VALUES (NEW.reason, NEW.plugin, NEW.course_id, 1, NEW.first_at)
                ON CONFLICT DO UPDATE SET messages = messages + 1;
        END;

        -- What was refused before a right signature, by day (UTC): strangers can cause any number of those.
        CREATE TABLE turned_away(
            day TEXT NOT NULL,
            reason TEXT NOT NULL,
            plugin TEXT NOT NULL,
            requests INTEGER NOT NULL,
            last_at INTEGER NOT NULL,
            PRIMARY KEY (day, reason, plugin)
        ) STRICT, WITHOUT ROWID;

        -- The courses in which somebody has a result that stands. For the report of who is still planned there. Written
        -- for the first result of a course only; a count would be a page for every message.
        CREATE TABLE course_with_results(course_id TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
        INSERT INTO course_with_results SELECT DISTINCT course_id FROM result WHERE revoked_at IS NULL;
        CREATE TRIGGER result_is_first_of_course AFTER INSERT ON result
        WHEN NOT EXISTS (SELECT 1 FROM course_with_results WHERE course_id = NEW.course_id)
        BEGIN
            INSERT INTO course_with_results VALUES (NEW.course_id);
        END;
        -- After result_revoked_plans_again, or before it: hence the condition that leaves out this result.
        CREATE TRIGGER result_was_last_of_course AFTER UPDATE OF revoked_at ON result
        WHEN OLD.revoked_at IS NULL AND NEW.revoked_at IS NOT NULL
        BEGIN
            DELETE FROM course_with_results WHERE course_id = NEW.course_id AND NOT EXISTS (
                SELECT 1 FROM enrolment
                WHERE course_id = NEW.course_id AND result_id IS NOT NULL AND result_id <> NEW.result_id);
        END;
        -- Bears the report, and nothing else would without reading every enrolment of a course.
        CREATE INDEX enrolment_planned ON enrolment(course_id, enrolment_id) WHERE status = 'ingepland';
        -- For lists of the statuses that few have.
        CREATE INDEX enrolment_by_rare_status ON enrolment(status, enrolment_id)
            WHERE status <> 'ingepland' AND status <> 'afgerond';

        -- What is erased, of a person or because it is old: the result stays as a bare fact, with its enrolment, course,
        -- time of receipt, reference and digest.
        ALTER TABLE result ADD COLUMN erased_at INTEGER;
        DROP TRIGGER result_facts_stay;
        CREATE TRIGGER result_facts_stay BEFORE UPDATE OF result_id, enrolment_id, student_id, person_id, external_id,
            external_source, course_id, part_id, part_name, score, passed, present, created_at, completed_at,
            approved_on, received_at, reference, plugin, digest, erased_at ON result
        WHEN NEW.erased_at IS NULL OR OLD.erased_at IS NOT NULL OR NEW.result_id <> OLD.result_id
            OR NEW.enrolment_id <> OLD.enrolment_id OR NEW.course_id <> OLD.course_id
            OR NEW.received_at <> OLD.received_at OR NEW.digest <> OLD.digest
        BEGIN
            SELECT RAISE(ABORT, 'a registered result does not change');
        END;
        DROP TRIGGER enrolment_keeps_person;
        CREATE TRIGGER enrolment_keeps_person
        BEFORE UPDATE OF person_id, external_id, external_source, course_id ON enrolment
        WHEN OLD.result_id IS NOT NULL AND (
            NEW.course_id <> OLD.course_id
            OR CASE WHEN OLD.person_id IS NOT NULL THEN NEW.person_id IS NOT OLD.person_id
                ELSE NEW.external_id IS NOT OLD.external_id OR NEW.external_source IS NOT OLD.external_source END)
            AND (NEW.course_id <> OLD.course_id
                OR NOT EXISTS (SELECT 1 FROM result WHERE result_id = OLD.result_id AND erased_at IS NOT NULL))
        BEGIN
            SELECT RAISE(ABORT, 'the enrolment has a result: person and course stay');
        END;
        -- Of a revoked result the reason goes with the rest.
        DROP TRIGGER result_revocation_stays;
        CREATE TRIGGER result_revocation_stays BEFORE UPDATE OF revoked_at, revoked_reason, revoked_by ON result
        WHEN OLD.revoked_at IS NOT NULL AND (
            NEW.revoked_at IS NOT OLD.revoked_at OR NEW.revoked_by IS NOT OLD.revoked_by
            OR NEW.revoked_reason IS NOT OLD.revoked_reason AND (OLD.erased_at IS NOT NULL OR NEW.erased_at IS NULL))
        BEGIN
            SELECT RAISE(ABORT, 'a revoked result does not change');
        END;
        -- One row. Up to which result id every result that was too old is erased, so that nobody looks there again.
        CREATE TABLE purged(only INTEGER PRIMARY KEY CHECK (only = 1), up_to INTEGER NOT NULL) STRICT;
        INSERT INTO purged VALUES (1, 0);
        -- For a person's results among the revoked; the others are found through the enrolment.
        CREATE INDEX result_revoked_by_student ON result(student_id) WHERE revoked_at IS NOT NULL;
        -- For a course's; the others are found through their enrolments, too.
        CREATE INDEX result_revoked_by_course ON result(course_id) WHERE revoked_at IS NOT NULL;

        -- Between which ids the results of a day (UTC) lie, so that those since a time are found by their ids, which
        -- they are ordered by. Times need not increase with ids: a clock may have gone back.
        CREATE TABLE result_day(
            day INTEGER PRIMARY KEY,
            first_id INTEGER NOT NULL,
            last_id INTEGER NOT NULL
        ) STRICT;
        INSERT INTO result_day SELECT received_at / 86400000, min(result_id), max(result_id) FROM result GROUP BY 1;
        CREATE TRIGGER result_has_day AFTER INSERT ON result
        BEGIN
            INSERT INTO result_day VALUES (NEW.received_at / 86400000, NEW.result_id, NEW.result_id)
                ON CONFLICT DO UPDATE SET last_id = NEW.result_id;
        END;
        """
}
