"""The built program as a process, the messages it gets, and a client that speaks HTTP over a plain socket."""

import atexit
import base64
import csv
import hashlib
import hmac
import io
import os
import re
import signal
import socket
import struct
import subprocess
import threading

SECRET = "a secret for torture only"


class Program:
    """The binary with its commands."""

    def __init__(self, path):
        self.path = path

    def run(self, *arguments):
        ended = subprocess.run([self.path, *arguments], capture_output=True, text=True)
        if ended.returncode != 0:
            raise RuntimeError(f"results-receiver {arguments[0]}: exit {ended.returncode}: {ended.stderr}")
        return ended.stdout

    def import_planned(self, database, persons, course="c1"):
        """One planned enrolment of each person."""
        lines = [f"i-{person},{person},{course}\n" for person in persons]
        file = database + ".import.csv"
        with open(file, "w") as out:
            out.write("enrolment_id,person_id,course_id\n" + "".join(lines))
        self.run("enrolments", "import", file, "--database", database)
        os.remove(file)

    def exported(self, database, what="results"):
        """The rows of `results export`, or of `deliveries export`, as dictionaries."""
        return list(csv.DictReader(io.StringIO(self.run(what, "export", "--database", database))))


class Server:
    """`results-receiver serve` on a free port. `address` is None when it ended before it listened."""

    def __init__(self, program, database, environment=None):
        variables = {"PATH": os.environ["PATH"], "RESULTS_RECEIVER_SECRET": SECRET, **(environment or {})}
        self.process = subprocess.Popen(
            [program.path, "serve", "--database", database, "--listen", "127.0.0.1:0"],
            env=variables, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        self.pid = self.process.pid
        # Nothing is left running when a part is broken off.
        atexit.register(self.process.kill)
        self.address = None
        self.last_lines = []
        self._listens = threading.Event()
        threading.Thread(target=self._read, daemon=True).start()
        if not self._listens.wait(60):
            self.end(signal.SIGKILL)
            raise RuntimeError("the server did not listen within a minute")

    def _read(self):
        for line in self.process.stderr:
            found = re.search(r"listening on http://([^:]+):(\d+)/", line)
            if found:
                self.address = (found[1], int(found[2]))
                self._listens.set()
            self.last_lines = self.last_lines[-40:] + [line]
        self._listens.set()

    def end(self, by=signal.SIGTERM):
        """The exit code; negative: the signal that ended it."""
        if self.process.poll() is None:
            self.process.send_signal(by)
        code = self.process.wait(60)
        self.process.stderr.close()
        return code


def message(person, course="c1", part="17", note=""):
    """A message that fits the schema; `note` makes its bytes different from others'."""
    return (
        "<message><type>coursepartcompletion</type><created>2026-11-20T14:03:12+01:00</created>"
        f"<student><id>{person}</id></student><course><id>{course}</id></course><part><id>{part}</id></part>"
        "<result><completed>2026-11-20T14:03:10+01:00</completed><passed>true</passed><score>8.5</score></result>"
        f"</message><!--{note}-->").encode()


def signature(body, algorithm="sha1", secret=SECRET):
    return base64.b64encode(hmac.new(secret.encode(), body, algorithm).digest()).decode()


def digest(body):
    return hashlib.sha256(body).digest()


def request(body, sign="sha1", fields="", target="/results", method="POST"):
    """`sign` is an algorithm, or None for no signature at all."""
    signed = f"X-WebHook-Signature: {signature(body, sign)}\r\n" if sign else ""
    return (
        f"{method} {target} HTTP/1.1\r\nHost: localhost\r\nAccept-Language: en\r\n{signed}{fields}"
        f"Content-Length: {len(body)}\r\n\r\n").encode() + body


class Cut(Exception):
    """The connection ended before a whole answer was there."""


class Answer:
    def __init__(self, head, content):
        self.code = int(head[9:12])
        self.head = head
        self.content = content
        # Of each of the three forms; text has no reason.
        found = re.search(r'"reason":"([a-z-]+)"|<reason>([a-z-]+)<', content)
        self.reason = found and (found[1] or found[2])

    @property
    def closes(self):
        return "\r\nConnection: close" in self.head


class Client:
    """One connection."""

    def __init__(self, address, patience=10):
        self.socket = socket.create_connection(address, timeout=patience)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.rest = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send(self, octets):
        try:
            self.socket.sendall(octets)
        except (BrokenPipeError, ConnectionResetError) as error:
            raise Cut from error

    def answer(self):
        """The next final answer; an interim one is passed over."""
        while True:
            end = self.rest.find(b"\r\n\r\n")
            if end >= 0:
                head = self.rest[:end].decode("ascii")
                length = re.search(r"\r\nContent-Length: (\d+)", head)
                if not length:  # 100 Continue
                    self.rest = self.rest[end + 4:]
                    continue
                whole = end + 4 + int(length[1])
                if len(self.rest) >= whole:
                    content = self.rest[end + 4:whole].decode()
                    self.rest = self.rest[whole:]
                    return Answer(head, content)
            self._receive()

    def _receive(self):
        try:
            octets = self.socket.recv(65536)
        except ConnectionResetError as error:
            raise Cut from error
        if not octets:
            raise Cut
        self.rest += octets

    def ask(self, octets):
        self.send(octets)
        return self.answer()

    def ended_silently(self):
        """Waits for the end of the connection; whether nothing more came before it."""
        try:
            return self.socket.recv(65536) == b""
        except ConnectionResetError:
            return False

    def reset(self):
        """Ends the connection so that the other side gets a reset."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close()


class Report:
    """What a part has to say: lines for the summary, and what is wrong."""

    def __init__(self, part):
        self.part = part
        self.lines = []
        self.faults = []

    def say(self, line):
        self.lines.append(line)
        print(f"{self.part}: {line}", flush=True)

    def fault(self, line):
        self.faults.append(line)
        print(f"{self.part}: WRONG: {line}", flush=True)
