"""Crash rounds: the program is killed under load, and what the next one finds must be what was acknowledged.

A round's deliveries come over several kept connections at once, some of them pipelined: for each person one message,
often the same message again, sometimes another one. Some senders reset their connection without waiting for the answer.
The kill comes by SIGKILL from outside at a random moment, or from Tests/Faults/faults.c just before or just after a
certain write or sync of the database's files. A power cut is a kill after which nothing is left of what was written since
the last sync of each file. Then a copy of what is on the disk is opened with Python's own SQLite:
from it, and from nothing that the program says, follows what each message must be answered after a restart.
"""

import collections
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import tempfile
import threading
import time

from receiver import Client, Cut, Program, Report, Server, digest, message, request

ROUNDS_PER_DATABASE = 10
PERSONS_PER_ROUND = 300
SENDERS = 10
POWER_CUT = "a power cut"


class Delivery:
    def __init__(self, person, body):
        self.person = person
        self.body = body
        self.digest = digest(body)
        self.answer = None  # stays None when the connection was cut, or the answer not waited for
        self.was_sent = False
        self.was_abandoned = False


def planned_deliveries(persons, choice):
    """What the senders are to send, in an order in which a person's messages meet."""
    deliveries = []
    for person in persons:
        first = message(person, note=choice.random())
        bodies = [first] + [first] * choice.choice([0, 0, 1, 2])
        if choice.random() < 0.3:
            bodies.append(message(person, part="12", note=choice.random()))
        choice.shuffle(bodies)
        deliveries += [(index + choice.random() * 8, Delivery(person, body)) for index, body in
                       zip([len(deliveries)] * len(bodies), bodies)]
    return collections.deque(delivery for _, delivery in sorted(deliveries, key=lambda pair: pair[0]))


def send_all(address, waiting, depth, abandons, choice):
    """One sender: `depth` requests at a time on one connection until there are no more or the connection is cut."""
    try:
        client = Client(address)
        while True:
            batch = []
            while waiting and len(batch) < depth:
                batch.append(waiting.popleft())
            if not batch:
                break
            for delivery in batch:
                delivery.was_sent = True
            client.send(b"".join(request(delivery.body, choice.choice(["sha1", "sha256", "sha512"]))
                                 for delivery in batch))
            if abandons and choice.random() < 0.2:
                for delivery in batch:
                    delivery.was_abandoned = True
                time.sleep(choice.random() * 0.003)
                client.reset()
                client = Client(address)
                continue
            for delivery in batch:
                delivery.answer = client.answer()
        client.socket.close()
    except (Cut, IndexError, ConnectionError, TimeoutError):
        pass  # what has no answer has none


def load(server, deliveries, choice):
    threads = [
        threading.Thread(
            target=send_all,
            args=(server.address, deliveries, 4 if index % 3 == 0 else 1, index >= SENDERS - 2,
                  random.Random(choice.random())))
        for index in range(SENDERS)]
    for thread in threads:
        thread.start()
    return threads


def copy_files(folder, target):
    """The database and its log, without the index that SQLite makes anew."""
    for name in ["results.db", "results.db-wal"]:
        if os.path.exists(os.path.join(folder, name)):
            shutil.copyfile(os.path.join(folder, name), os.path.join(target, name))


def cut_power(database, synced):
    """Puts what was synced in the place of what was written."""
    for ending in ["", "-wal", "-shm"]:
        if os.path.exists(database + ending):
            os.remove(database + ending)
    copy_files(synced, os.path.dirname(database))


def found_on_disk(database, scratch):
    """Opens a copy of the database as the crash left it: its rows by digest, and what integrity_check says."""
    with tempfile.TemporaryDirectory(dir=scratch) as folder:
        copy_files(os.path.dirname(database), folder)
        connection = sqlite3.connect(os.path.join(folder, "results.db"))
        check = connection.execute("PRAGMA integrity_check").fetchone()[0]
        rows = {row[0]: row[1:] for row in connection.execute(
            "SELECT digest, enrolment_id, reference, unanswered FROM result")}
        finished = connection.execute(
            "SELECT count(*) FROM enrolment WHERE status = 'afgerond' OR result_id IS NOT NULL").fetchone()[0]
        connection.close()
        return rows, finished, check


class Tally:
    """The figures of one kind of round."""

    def __init__(self):
        self.rounds = self.acknowledged = self.unanswered = self.cut = self.before_listening = 0
        self.afterwards = collections.Counter()


def judge_load(deliveries, report, place):
    """What was answered before the kill: one acceptance for each person, `duplicate` for all else."""
    by_person = collections.defaultdict(list)
    for delivery in deliveries:
        by_person[delivery.person].append(delivery)
    for person, own in by_person.items():
        accepted = [d for d in own if d.answer and d.answer.reason == "registered"]
        if len(accepted) > 1:
            report.fault(f"{place}: {person} was registered {len(accepted)} times")
        for delivery in own:
            if not delivery.answer:
                continue
            said = (delivery.answer.code, delivery.answer.reason)
            abandoned = any(d.was_abandoned and d.digest == delivery.digest for d in own)
            if said not in [(200, "registered"), (404, "duplicate")] and not (
                    said == (200, "redelivered") and abandoned):
                report.fault(f"{place}: {person} got {said} under load")


def judge_disk(sent, known_before, rows, finished, check, report, place):
    """What the crash left: everything acknowledged, under its reference; one result for an enrolment; nothing else."""
    if check != "ok":
        report.fault(f"{place}: integrity_check says {check}")
    enrolments = [row[0] for row in rows.values()]
    if len(enrolments) != len(set(enrolments)):
        report.fault(f"{place}: an enrolment has two results")
    if finished != len(rows):
        report.fault(f"{place}: {finished} finished enrolments for {len(rows)} results")
    for delivery in sent:
        if delivery.answer and delivery.answer.code == 200:
            row = rows.get(delivery.digest)
            if row is None:
                report.fault(f"{place}: LOST: {delivery.person} was acknowledged and is not on the disk")
            elif delivery.answer.reason == "registered" and row[1] not in delivery.answer.head:
                report.fault(f"{place}: {delivery.person} is stored under another reference than acknowledged")
    if lost := known_before - set(rows):
        report.fault(f"{place}: LOST: {len(lost)} results of earlier rounds")
    if strange := set(rows) - known_before - {delivery.digest for delivery in sent}:
        report.fault(f"{place}: {len(strange)} results that nobody sent")


def judge_answers_afterwards(server, sent, rows, tally, report, place):
    """Sends everything once more, and compares with what follows from the disk."""
    rows = dict(rows)
    holders = {row[0] for row in rows.values()}
    with Client(server.address) as client:
        for delivery in {d.digest: d for d in sent}.values():
            row = rows.get(delivery.digest)
            enrolment = f"i-{delivery.person}"
            if row is not None and row[2]:
                wanted, words = (200, "redelivered"), ""
            elif row is not None:
                wanted, words = (404, "duplicate"), "Exactly this message was received before"
            elif enrolment in holders:
                wanted, words = (404, "duplicate"), "A result is registered already"
            else:
                wanted, words = (200, "registered"), ""
                rows[delivery.digest] = (enrolment, None, 0)
                holders.add(enrolment)
            answer = client.ask(request(delivery.body))
            if (answer.code, answer.reason) != wanted or words not in answer.content:
                report.fault(
                    f"{place}: {delivery.person} got {answer.code} {answer.reason} instead of {wanted} {words}")
            told = "the identical message " if row is not None else "a message not stored "
            tally.afterwards[told + wanted[1]] += 1
    return set(rows)


def kinds_of_rounds(count, choice, operations, duration):
    """Kind and point of each round. Every other point among writes and syncs is an early one: those open the database,
    recover the log of an earlier crash, and begin."""
    kinds = []
    chosen = 0
    for index in range(count):
        if index % 5 < 2:
            kinds.append((["a random moment", POWER_CUT][index % 5], choice.random() * duration))
            continue
        kind = ["just before a write or sync", "just after a write or sync"][chosen % 2]
        kinds.append((kind, 1 + chosen // 4 if chosen % 4 < 2 else choice.randint(1, operations)))
        chosen += 1
    return kinds


def run(binary, faults_source, scratch, rounds, seed):
    report = Report("crash")
    choice = random.Random(seed)
    program = Program(binary)
    library = os.path.join(scratch, "faults.so")
    subprocess.run(["gcc", "-O1", "-shared", "-fPIC", "-o", library, faults_source, "-ldl"], check=True)
    shim = {"LD_PRELOAD": library, "FAULTS_PATH": "/results.db"}

    def new_database(number, persons):
        folder = os.path.join(scratch, f"crash-{number}")
        os.mkdir(folder)
        database = os.path.join(folder, "results.db")
        program.import_planned(database, persons)
        return database

    # A round without a kill: how many writes and syncs there are to choose from.
    persons = [f"p{index}" for index in range(PERSONS_PER_ROUND)]
    database = new_database("count", persons)
    count_file = os.path.join(scratch, "operations")
    server = Server(program, database, {**shim, "FAULTS_COUNT": count_file})
    began = time.monotonic()
    for thread in load(server, planned_deliveries(persons, choice), choice):
        thread.join()
    duration = time.monotonic() - began
    server.end()
    with open(count_file) as file:
        operations = int(file.read())
    report.say(
        f"a round of {PERSONS_PER_ROUND} persons makes {operations} writes and syncs in {duration:.2f} s; seed {seed}")

    synced = os.path.join(scratch, "synced")
    tallies = collections.defaultdict(Tally)
    known = set()
    for number, (kind, point) in enumerate(kinds_of_rounds(rounds, choice, operations, duration)):
        place = f"round {number} ({kind} {point:.3g})"
        turn = number % ROUNDS_PER_DATABASE
        if turn == 0:
            shutil.rmtree(os.path.dirname(database))
            database = new_database(number, [
                f"p{number + later}-{index}" for later in range(ROUNDS_PER_DATABASE)
                for index in range(PERSONS_PER_ROUND)])
            known = set()
        tally = tallies[kind]
        tally.rounds += 1
        deliveries = planned_deliveries([f"p{number}-{index}" for index in range(PERSONS_PER_ROUND)], choice)
        everything = list(deliveries)

        environment = {}
        with_points = isinstance(point, int)
        if with_points:
            environment = {**shim, "FAULTS_KILL": f"{point}+" if "after" in kind else str(point)}
        elif kind == POWER_CUT:
            shutil.rmtree(synced, ignore_errors=True)
            os.mkdir(synced)
            copy_files(os.path.dirname(database), synced)
            environment = {**shim, "FAULTS_SYNCED": synced}
        server = Server(program, database, environment)
        if server.address is None:
            tally.before_listening += 1
        else:
            threads = load(server, deliveries, choice)
            if not with_points:
                time.sleep(point)
                server.process.kill()
            for thread in threads:
                thread.join()
        code = server.end(signal.SIGKILL)  # where the point lay beyond the round's end
        if code != -signal.SIGKILL:
            report.fault(f"{place}: the server ended by itself ({code}): {''.join(server.last_lines[-3:])}")

        sent = [delivery for delivery in everything if delivery.was_sent]
        judge_load(sent, report, place)
        if kind == POWER_CUT:
            cut_power(database, synced)
        rows, finished, check = found_on_disk(database, scratch)
        judge_disk(sent, known, rows, finished, check, report, place)
        answered = {d.digest for d in sent if d.answer}
        tally.acknowledged += len({d.digest for d in sent if d.answer and d.answer.code == 200})
        tally.unanswered += len(set(rows) - known - answered)
        tally.cut += sum(1 for d in sent if not d.answer and not d.was_abandoned)

        server = Server(program, database)
        known = judge_answers_afterwards(server, sent, rows, tally, report, place)
        exported = [row["enrolment_id"] for row in program.exported(database)]
        if len(exported) != len(set(exported)) or len(exported) != len(known):
            report.fault(f"{place}: the export has {len(exported)} rows, {len(known)} results are registered")
        # Every third restart begins with the log that another kill left, every other with an empty one.
        server.end(signal.SIGKILL if number % 3 else signal.SIGTERM)
        if (number + 1) % 20 == 0:
            print(f"crash: {number + 1} rounds", flush=True)

    for kind, tally in sorted(tallies.items()):
        report.say(
            f"{kind}: {tally.rounds} rounds, {tally.before_listening} of them before it listened; "
            f"{tally.acknowledged} results acknowledged, {tally.unanswered} committed but unanswered, "
            f"{tally.cut} requests cut off; afterwards: "
            + ", ".join(f"{told} {count}" for told, count in sorted(tally.afterwards.items())))
    shutil.rmtree(os.path.dirname(database))
    return report
