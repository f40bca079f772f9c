"""A soak: good, bad and slow traffic at once, with every answer checked, and memory and descriptors sampled.

Flat means, after a warm-up of a sixth of the time:
- memory (judged from 20 minutes on): the slope of the anonymous resident memory (Theil and Sen's median of slopes over
  the least value of each minute, which no passing peak moves) promises no more growth over the soak than 1 MiB an hour
  and 256 KiB beside it;
- descriptors: when all clients have gone there are as many as before the first came.

The good clients have a process of their own, so that their latencies are the server's and not those of the bad ones.
"""

import collections
import csv
import multiprocessing
import os
import queue
import random
import signal
import socket
import statistics
import threading
import time

from receiver import Client, Cut, Program, Report, Server, message, request

GOOD_PER_SECOND = 25
PERSONS_AN_HOUR = 200_000
FIRST = 3000
# Shorter soaks are over before the database's and the allocator's caches are full.
LEAST_TO_JUDGE_MEMORY = 20 * 60


class Findings:
    """What a process of clients has to say at its end: counts, faults, latencies in seconds."""

    def __init__(self):
        self.counts = collections.Counter()
        self.faults = []
        self.latencies = []

    def expect(self, what, answer, code, reason):
        self.counts[what] += 1
        if (answer.code, answer.reason) != (code, reason) and len(self.faults) < 20:
            self.faults.append(f"{what}: {answer.code} {answer.reason} instead of {code} {reason}: {answer.content}")

    def fault(self, text):
        if len(self.faults) < 20:
            self.faults.append(text)


# Good traffic: what platforms send, and what must come back.

def good(address, persons, until, number, results):
    findings = Findings()
    choice = random.Random(number)
    own = collections.deque(f"s{index}" for index in range(persons) if index % 2 == number)
    before = []
    client = Client(address)
    while time.time() < until:
        try:
            if choice.random() < 0.2:
                client.socket.close()
                client = Client(address)
            what, body, code, reason = a_delivery(own, before, choice)
            fields = choice.choice(["", "Accept: application/xml\r\n", "Accept: */*\r\n", "X-Request-Id: theirs\r\n"])
            octets = request(body, choice.choice(["sha1", "sha256", "sha512"]), fields)
            if choice.random() < 0.1:
                octets = chunked(octets, body, choice)
                what += ", chunked"
            began = time.monotonic()
            answer = client.ask(octets)
            findings.latencies.append(time.monotonic() - began)
            findings.expect(what, answer, code, reason)
        except (Cut, OSError) as error:
            findings.fault(f"a good client was cut off: {error!r}")
            client = Client(address)
        time.sleep(choice.random() * 4 / GOOD_PER_SECOND)
    client.socket.close()
    results.put((findings, len(before)))


def a_delivery(own, before, choice):
    kind = choice.random()
    if kind < 0.6 or not before:
        body = message(own.popleft(), note=choice.random())
        before.append(body)
        if len(before) > 100_000:
            raise RuntimeError("more persons than were planned for")
        return "registered", body, 200, "registered"
    if kind < 0.75:
        return "the identical message", choice.choice(before), 404, "duplicate"
    if kind < 0.85:
        return "an unknown person", message(f"nobody{choice.random()}"), 404, "unknown-person"
    if kind < 0.95:
        return "an unknown course", message(own[0], course="c999"), 404, "unknown-course"
    return "a mark out of range", message(own[0]).replace(b"8.5", b"10.55551"), 400, "schema"


def chunked(octets, body, choice):
    """The same request, its body in chunks."""
    head = octets[:len(octets) - len(body)].replace(
        f"Content-Length: {len(body)}".encode(), b"Transfer-Encoding: chunked")
    cut = choice.randint(1, len(body) - 1)
    return head + b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in [body[:cut], body[cut:], b""])


# Bad traffic: each kind with the one answer it must get.

def bad_requests(choice):
    body = message("s0", note=choice.random())
    right = request(body)
    return choice.choice([
        ("a wrong signature", request(body).replace(b"8.5", b"9.5"), 403, "signature-mismatch"),
        ("no signature", request(body, sign=None), 403, "signature-missing"),
        ("a malformed signature", request(body, None, "X-WebHook-Signature: deadbeef\r\n"), 403, "signature-malformed"),
        ("another plugin", request(body, target="/results?plugin=other"), 403, "signature-mismatch"),
        ("no XML", request(b"{\"json\":true}"), 400, "not-xml"),
        ("XML cut off", request(body[:choice.randint(60, 200)]), 400, "not-xml"),
        ("a DOCTYPE", request(b"<!DOCTYPE message [<!ENTITY a 'b'>]>" + body), 400, "doctype"),
        ("another element", request(body.replace(b"student", b"teacher")), 400, "schema"),
        ("a deep message", request(b"<a>" * 2000 + b"</a>" * 2000), 400, "schema"),
        ("no body", request(b""), 400, "empty-body"),
        ("too long a body", request(b"", None, f"X-WebHook-Signature: {'A' * 27}=\r\n").replace(
            b"Content-Length: 0", b"Content-Length: 1048577"), 400, "too-large"),
        ("GET", request(b"", None, method="GET"), 405, "method-not-allowed"),
        ("another path", request(body, target="/result"), 404, "no-such-path"),
        ("no HTTP", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", 400, "malformed-http"),
        ("two lengths", right.replace(b"Content-Length:", b"Content-Length: 5\r\nContent-Length:"), 400,
         "malformed-http"),
        ("length and chunks", right.replace(b"Content-Length:", b"Transfer-Encoding: chunked\r\nContent-Length:"), 400,
         "malformed-http"),
        ("a bare line feed", right.replace(b"\r\n", b"\n", 1), 400, "malformed-http"),
        ("a long head", right.replace(b"\r\n", b"\r\nX-Long: " + b"a" * 20_000 + b"\r\n", 1), 400, "malformed-http"),
        ("many fields", right.replace(b"\r\n", b"\r\nX-A: b\r\n" + b"X-A: b\r\n" * 200, 1), 400, "malformed-http"),
        ("a bad chunk", right.replace(b"Content-Length:", b"Transfer-Encoding: chunked\r\nX:") + b"xyz\r\n", 400,
         "malformed-http"),
    ])


def bad(address, until, number, results):
    findings = Findings()
    choice = random.Random(number)
    client = Client(address)
    while time.time() < until:
        what, octets, code, reason = bad_requests(choice)
        try:
            answer = client.ask(octets)
            findings.expect(what, answer, code, reason)
            if answer.closes:
                client.socket.close()
                client = Client(address)
        except (Cut, OSError) as error:
            findings.fault(f"{what}: cut off: {error!r}")
            client = Client(address)
        if choice.random() < 0.001:
            crowd(address, findings)
        time.sleep(choice.random() * 0.05)
    client.socket.close()
    results.put((findings, 0))


def crowd(address, findings):
    """Two hundred connections at once."""
    clients = [Client(address) for _ in range(200)]
    for client in clients:
        client.send(request(b"", None, method="GET"))
    for client in clients:
        findings.expect("one of a crowd", client.answer(), 405, "method-not-allowed")
        client.socket.close()


# Slow traffic: each kind takes its time, and the server must end it as documented.

def half_head(address, findings, choice):
    with Client(address, patience=30) as client:
        octets = request(message("s0"))
        client.send(octets[:choice.randint(1, octets.index(b"\r\n\r\n"))])
        began = time.monotonic()
        silent = client.ended_silently()
        if not silent or not 9 < time.monotonic() - began < 14:
            findings.fault(f"half a head: silent: {silent}, ended after {time.monotonic() - began:.1f} s instead of 10")


def slow_body(address, findings, choice):
    with Client(address, patience=40) as client:
        octets = request(message("s0"))
        client.send(octets[:-200])
        began = time.monotonic()
        try:
            for octet in octets[-200:-150]:
                client.send(bytes([octet]))
                client.socket.settimeout(1)
                try:
                    client._receive()
                    break
                except TimeoutError:
                    pass
            client.socket.settimeout(10)
            answer = client.answer()
            findings.expect("too slow a body", answer, 400, "malformed-http")
        except Cut:
            findings.fault("too slow a body: cut off without an answer")
        if not 19 < time.monotonic() - began < 25:
            findings.fault(f"too slow a body: ended after {time.monotonic() - began:.1f} s instead of 20")


def slow_but_in_time(address, findings, choice):
    with Client(address, patience=20) as client:
        octets = request(message(f"nobody{choice.random()}"))
        for start in range(0, len(octets), len(octets) // 6 + 1):
            client.send(octets[start:start + len(octets) // 6 + 1])
            time.sleep(choice.random())
        findings.expect("slow but in time", client.answer(), 404, "unknown-person")


def never_reads(address, findings, choice):
    """Asks until nothing more can be sent, and never reads an answer: after 20 seconds the server resets."""
    plain = socket.socket()
    plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    plain.settimeout(3)
    plain.connect(address)
    octets = request(b"", None, method="GET") * 50
    try:
        while True:
            plain.send(octets)
    except TimeoutError:
        pass
    except OSError:
        findings.fault("a reader that never reads was cut before its time")
        return
    time.sleep(25)
    try:
        plain.settimeout(1)
        while plain.send(octets):
            pass
        findings.fault("a reader that never reads was not reset")
    except TimeoutError:
        findings.fault("a reader that never reads is still connected after 25 s")
    except OSError:
        pass
    plain.close()


def idle(address, findings, choice):
    with Client(address, patience=80) as client:
        if choice.random() < 0.5:
            client.ask(request(b"", None, method="GET"))
        began = time.monotonic()
        silent = client.ended_silently()
        if not silent or not 59 < time.monotonic() - began < 66:
            findings.fault(f"idle: silent: {silent}, ended after {time.monotonic() - began:.1f} s instead of 60")


def resets(address, findings, choice):
    for _ in range(20):
        client = Client(address)
        octets = request(message(f"nobody{choice.random()}"))
        client.send(octets[:choice.randint(0, len(octets))])
        time.sleep(choice.random() * 0.05)
        client.reset()


def slow(address, until, number, results):
    findings = Findings()
    kinds = [half_head] * 3 + [slow_body] * 3 + [slow_but_in_time] * 2 + [never_reads] * 2 + [idle] * 4 + [resets]

    def repeat(kind, choice):
        while time.time() < until:
            try:
                kind(address, findings, choice)
                findings.counts[kind.__name__.replace("_", " ")] += 1
            except (Cut, OSError) as error:
                findings.fault(f"{kind.__name__}: {error!r}")
            time.sleep(choice.random() * 2)

    threads = [threading.Thread(target=repeat, args=(kind, random.Random(index)))
               for index, kind in enumerate(kinds * 4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    results.put((findings, 0))


def clients(function, arguments):
    """A process of its own, which a signal ends at once, its threads included."""
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    function(*arguments)


# Memory and descriptors.

def sample(pid):
    """Resident memory in all and anonymous, in KiB; descriptors; threads."""
    with open(f"/proc/{pid}/status") as file:
        lines = dict(line.split(":", 1) for line in file)
    return (int(lines["VmRSS"].split()[0]), int(lines["RssAnon"].split()[0]), len(os.listdir(f"/proc/{pid}/fd")),
            int(lines["Threads"]))


def slope(points):
    """The median of the slopes between all pairs of points."""
    slopes = [(y2 - y1) / (x2 - x1) for i, (x1, y1) in enumerate(points) for x2, y2 in points[i + 1:] if x2 > x1]
    return statistics.median(slopes) if slopes else 0


def least_of_each(period, samples):
    least = {}
    for moment, value in samples:
        index = int(moment // period)
        least[index] = min(least.get(index, value), value)
    return [(index * period, value) for index, value in sorted(least.items())]


def begin_with_checkpoint(address):
    """So many results that the first checkpoint comes, whose connection then stays open."""
    for start in range(0, FIRST, 20):
        with Client(address) as client:
            client.send(b"".join(request(message(f"first{start + index}")) for index in range(20)))
            for _ in range(20):
                if client.answer().code != 200:
                    raise RuntimeError("a first delivery was refused")


# What good senders were refused for, by the reason of it.
REFUSED = {"duplicate": "the identical message", "unknown-course": "an unknown course"}


def judge_log(deliveries, counts, report):
    """The delivery log has every refusal of a message whose signature was right."""
    for reason, what in REFUSED.items():
        refused = counts[what] + counts[what + ", chunked"]
        recorded = sum(1 for row in deliveries if row["reason"] == reason)
        report.say(f"delivery log: {recorded} of {refused} refusals as {reason}")
        if recorded != refused:
            report.fault(f"the delivery log has {recorded} refusals as {reason} of {refused}")


def run(binary, scratch, seconds, keep):
    report = Report("soak")
    program = Program(binary)
    folder = os.path.join(scratch, "soak")
    os.mkdir(folder)
    database = os.path.join(folder, "results.db")
    persons = int(PERSONS_AN_HOUR * max(seconds, 60) / 3600)
    program.import_planned(
        database, [f"s{index}" for index in range(persons)] + [f"first{index}" for index in range(FIRST)])
    server = Server(program, database)
    begin_with_checkpoint(server.address)
    time.sleep(1)
    at_rest = sample(server.pid)

    until = time.time() + seconds
    results = multiprocessing.Queue()
    work = [(good, (server.address, persons, until, 0, results)), (good, (server.address, persons, until, 1, results)),
            (bad, (server.address, until, 2, results)), (slow, (server.address, until, 3, results))]
    processes = [multiprocessing.Process(target=clients, args=(function, arguments), daemon=True) for function, arguments in work]
    for process in processes:
        process.start()
    began = time.time()
    samples = []
    while time.time() < until and server.process.poll() is None:
        samples.append((time.time() - began, *sample(server.pid)))
        time.sleep(min(5, seconds / 60))

    counts = collections.Counter()
    latencies = []
    registered = 0
    for _ in processes:
        try:
            findings, own = results.get(timeout=150)
        except queue.Empty:
            report.fault("a process of clients did not end")
            continue
        counts += findings.counts
        latencies += findings.latencies
        registered += own
        for fault in findings.faults:
            report.fault(fault)
    for process in processes:
        process.join(10)
        process.kill()
    if server.process.poll() is not None:
        report.fault(f"the server ended: {server.process.returncode}: {''.join(server.last_lines[-5:])}")
        return report
    patience = time.time() + 10
    while (rest := sample(server.pid))[2] != at_rest[2] and time.time() < patience:
        time.sleep(0.2)

    warm = seconds / 6
    memory = least_of_each(
        min(60, seconds / 30), [(moment, anon) for moment, _, anon, _, _ in samples if moment >= warm])
    growth = slope(memory) * (seconds - warm)
    allowed = 1024 * (seconds - warm) / 3600 + 256
    most = max(samples, key=lambda each: each[1])
    report.say(f"{seconds / 60:.0f} min, {sum(counts.values())} exchanges, {registered} results registered")
    report.say("exchanges: " + ", ".join(f"{what} {count}" for what, count in sorted(counts.items())))
    report.say(
        f"memory: at rest {at_rest[0]} KiB ({at_rest[1]} anonymous), after the warm-up {memory[0][1]} anonymous, "
        f"at the end {memory[-1][1]}, highest {most[1]} ({most[2]}); afterwards at rest {rest[0]} ({rest[1]})")
    report.say(f"growth after the warm-up by the slope: {growth:.0f} KiB ({growth * 3600 / (seconds - warm):.0f} KiB "
               f"an hour); at most {allowed:.0f} KiB are flat")
    report.say(f"descriptors: {at_rest[2]} before, {max(each[3] for each in samples)} at most, {rest[2]} afterwards; "
               f"threads: {at_rest[3]} before, {max(each[4] for each in samples)} at most, {rest[3]} afterwards")
    latencies.sort()
    report.say("good deliveries: median {:.1f} ms, 99 in 100 within {:.1f} ms, the slowest {:.0f} ms of {}".format(
        *[1000 * latencies[int(part * (len(latencies) - 1))] for part in (0.5, 0.99, 1)], len(latencies)))
    if growth > allowed and seconds >= LEAST_TO_JUDGE_MEMORY:
        report.fault("memory is not flat")
    if rest[2] != at_rest[2]:
        report.fault("descriptors were not given back")
    if latencies[-1] >= 8:
        report.fault("a good delivery waited 8 seconds or longer")
    registered += FIRST
    exported = [row["enrolment_id"] for row in program.exported(database)]
    if len(exported) != registered or len(set(exported)) != registered:
        report.fault(f"{registered} results were acknowledged, the export has {len(exported)}")
    judge_log(program.exported(database, "deliveries"), counts, report)
    code = server.end(signal.SIGTERM)
    if code != 0:
        report.fault(f"the server ended with {code}")
    if keep:
        with open(keep, "w", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(["seconds", "resident_kib", "anonymous_kib", "descriptors", "threads"])
            writer.writerows([round(each[0], 1), *each[1:]] for each in samples)
    return report
