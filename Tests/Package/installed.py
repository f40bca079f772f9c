"""Installs the package on machines of its own, and follows the handbook there.

Code blocks of docs/OPERATING.md behind `<!-- machine NAME -->` are run as they are written.
"""

import argparse
import base64
import csv
import hashlib
import hmac
import io
import os
import re
import shutil
import subprocess
import sys
import tempfile

from machine import Machine, quoted

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
URL = "http://127.0.0.1:8080/results"
SETTINGS = "/etc/results-receiver/results-receiver.conf"
AS_SERVICE = "sudo -u results-receiver results-receiver "
ZONES = {
    # Half an hour before midnight in UTC, and in the zone itself: the day of approval.
    "Europe/Amsterdam": ("2026-11-21", "2026-11-20"),
    "America/New_York": ("2026-11-20", "2026-11-20"),
    "Asia/Kolkata": ("2026-11-21", "2026-11-20"),
    "Pacific/Kiritimati": ("2026-11-21", "2026-11-20"),
}


class Wrong(Exception):
    pass


def expect(condition, what, seen=""):
    if not condition:
        raise Wrong(f"{what}\n{seen}".rstrip())


class Receiver:
    """A machine with the package, and what is done there."""

    def __init__(self, machine):
        self.machine = machine
        with open(os.path.join(ROOT, "docs/OPERATING.md"), encoding="utf-8") as page:
            found = re.findall(r"<!-- machine ([a-z-]+) -->\s*```sh\n(.*?)```", page.read(), re.DOTALL)
        self.handbook = {name: re.sub(r"^   ", "", block, flags=re.MULTILINE) for name, block in found}

    def run(self, text, code=0, stdin=None):
        ended = self.machine.run(text, stdin=stdin)
        expect(code is None or ended.code == code, f"exit code {ended.code} instead of {code}: {text}", ended.text)
        return ended.text

    def follow(self, name):
        """A block of the handbook, every line of which must succeed."""
        return self.run("set -e\n" + self.handbook[name])

    def status(self):
        return self.run("systemctl show --property=StatusText results-receiver").strip().removeprefix("StatusText=")

    def wait_for_status(self, words):
        text = self.run(
            f"for i in $(seq 100); do systemctl show --property=StatusText results-receiver | grep -F {quoted(words)} && "
            "exit 0; sleep 0.1; done; systemctl show --property=StatusText results-receiver; exit 1", None)
        expect(words in text, f"the status never says: {words}", text)

    def secret(self, name="secret"):
        with open(self.machine.path("/etc/results-receiver/" + name), "rb") as file:
            return file.read().rstrip(b"\n")

    def post(self, body, secret=None):
        """The answer's code and reason."""
        mac = hmac.new(secret or self.secret(), body.encode(), hashlib.sha256).digest()
        text = self.run(
            f"curl -sS -w ' %{{http_code}}' -H 'X-WebHook-Signature: {base64.b64encode(mac).decode()}' "
            f"-H 'Accept-Language: en' --data-binary @- {URL}", stdin=body)
        return text[-3:], (re.search(r'"reason":"([^"]*)"', text) or [None, text])[1]

    def approvals(self):
        rows = csv.DictReader(io.StringIO(self.run(AS_SERVICE + "results export")))
        return {row["enrolment_id"]: row["approved_on"] for row in rows}

    def settings(self, *changes):
        """Changes lines of the settings file, or adds them behind another one."""
        with open(self.machine.path(SETTINGS), encoding="utf-8") as file:
            text = file.read()
        for old, new in changes:
            expect(old in text, f"the settings have no line {old}", text)
            text = text.replace(old, new)
        with open(self.machine.path(SETTINGS), "w", encoding="utf-8") as file:
            file.write(text)

    def selftest(self):
        """Every sample of the executable status table, with enrolments of its own."""
        process = subprocess.Popen(
            self.machine.command(AS_SERVICE + f"selftest --url {URL} --with-enrolments"), stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8")
        lines = []
        while not lines or lines[-1] not in ["END\n", ""]:
            line = process.stdout.readline()
            if lines or "enrolments import" in line or not line:
                lines.append(line)
        self.run(AS_SERVICE.removesuffix("results-receiver ") + "".join(lines))
        text = process.communicate("\n", timeout=120)[0]
        expect(process.returncode == 0 and " 0 differ, 0 skipped" in text, "the status table differs", text)


def message(person, course, completed, part="17"):
    return (
        "<message><type>coursepartcompletion</type><created>2026-11-20T14:03:12+01:00</created>"
        f"<student><id>{person}</id></student><course><id>{course}</id></course><part><id>{part}</id></part>"
        f"<result><completed>{completed}</completed><score>8.5</score></result></message>")


# MARK: The steps


def install(receiver):
    text = receiver.follow("install")
    expect("put the agreed secret" in text.lower(), "the installation does not say what comes next", text)
    expect("results-receiver:x:" in receiver.run("getent group results-receiver"), "there is no group")
    expect(":/usr/sbin/nologin" in receiver.run("getent passwd results-receiver"), "the user can log in")
    modes = receiver.run("stat -c '%U %G %a %n' /etc/results-receiver /var/lib/results-receiver " + SETTINGS)
    expect(
        modes == "root results-receiver 750 /etc/results-receiver\n"
        f"results-receiver results-receiver 700 /var/lib/results-receiver\nroot root 644 {SETTINGS}\n", "modes", modes)
    receiver.run("dpkg --verify results-receiver | grep . && exit 1 || true")
    conffiles = receiver.run("dpkg-query -W -f '${Conffiles}' results-receiver").split()
    expect(conffiles[::2] == [SETTINGS], "the settings are no conffile", str(conffiles))
    for page in ["1 results-receiver", "5 results-receiver.conf"]:
        receiver.run(f"man --warnings=all {page} 2>&1 >/dev/null | grep . && exit 1 || true")
    receiver.run("source /usr/share/bash-completion/completions/results-receiver && complete -p results-receiver")


def nothing_starts_without_a_secret(receiver):
    for unit in ["results-receiver.service", "results-receiver.socket"]:
        expect(receiver.run(f"systemctl is-enabled {unit}", 1) == "disabled\n", f"{unit} is enabled")
        expect(receiver.run(f"systemctl is-active {unit}", 3) == "inactive\n", f"{unit} is active")
        text = receiver.run(f"systemctl start {unit}", 1)
        expect("assert" in text.lower(), f"starting {unit} without a secret fails in other words", text)
        expect(receiver.run(f"systemctl is-active {unit}", 3) == "inactive\n", f"{unit} is active or failed")
    expect(receiver.run("ss -Hltn sport = :8080") == "", "somebody listens")


def units(receiver):
    folder = "/usr/lib/systemd/system/results-receiver"
    text = receiver.run(f"systemd-analyze verify {folder}.service {folder}.socket 2>&1")
    expect(text == "", "systemd-analyze verify finds", text)
    receiver.run(f"systemd-analyze security --offline=true --threshold=15 --no-pager {folder}.service")


def first_start(receiver):
    receiver.follow("secret")
    text = receiver.follow("start")
    expect("HTTP/1.1 405" in text and " 0 differ" in text, "the first start", text)
    expect(receiver.status() == "serving on 127.0.0.1:8080, [::1]:8080", "status", receiver.status())
    shutil.copy(
        os.path.join(ROOT, "Resources/samples/enrolments.csv"), receiver.machine.path("/root/enrolments.csv"))
    receiver.follow("import")
    log = receiver.run("journalctl _COMM=results-receive -o cat")
    strange = [line for line in log.splitlines() if not line.startswith("{")]
    expect(not strange, "lines of the program that are no log lines", "\n".join(strange))
    expect(f'"listening on {URL}"' in log, "the journal has no log", log)


def status_table(receiver):
    """In several zones, of the settings and of the process."""
    for number, (zone, days) in enumerate(ZONES.items()):
        other = list(ZONES)[number - 1]
        receiver.run(
            "mkdir -p /etc/systemd/system/results-receiver.service.d; printf '[Service]\\nEnvironment=TZ=%s\\n' "
            f"{other} > /etc/systemd/system/results-receiver.service.d/zone.conf; systemctl daemon-reload")
        receiver.settings(("# time-zone = Europe/Amsterdam", f"time-zone = {zone}"))
        receiver.run("systemctl restart results-receiver")
        receiver.selftest()
        rows = "\n".join(f"z{number}{kind},q{number}{kind},f{number}" for kind in "uz")
        receiver.run(
            AS_SERVICE + "enrolments import -", stdin=f"enrolment_id,person_id,course_id\n{rows}\n")
        moments = [("u", "2026-11-20T23:30:00Z"), ("z", "2026-11-20T23:30:00")]
        for kind, moment in moments:
            answer = receiver.post(message(f"q{number}{kind}", f"f{number}", moment))
            expect(answer == ("200", "registered"), f"{zone}: {answer}")
        found = receiver.approvals()
        got = tuple(found.get(f"z{number}{kind}") for kind in "uz")
        expect(got == days, f"{zone} (the process in {other}): approved on {got}, not {days}")
        receiver.settings((f"time-zone = {zone}", "# time-zone = Europe/Amsterdam"))
    receiver.run("rm -r /etc/systemd/system/results-receiver.service.d; systemctl daemon-reload")
    receiver.run("systemctl restart results-receiver")


ASK = r"""
import http.client, select, sys
answers = refused = 0
while not select.select([sys.stdin], [], [], 0)[0]:
    try:
        connection = http.client.HTTPConnection("127.0.0.1", 8080, timeout=20)
        connection.request("GET", "/results")
        assert connection.getresponse().status == 405
        connection.close()
        answers += 1
    except Exception:
        refused += 1
print(answers, refused)
"""


def sockets(receiver):
    receiver.run("systemctl stop results-receiver.service")
    expect("127.0.0.1:8080" in receiver.run("ss -Hltn sport = :8080"), "systemd does not hold the socket")
    expect("HTTP/1.1 405" in receiver.run(f"curl -si {URL}"), "the first connection starts nothing")
    receiver.run("systemctl is-active results-receiver.service")
    asking = receiver.machine.python(ASK)
    for _ in range(5):
        receiver.run("systemctl reset-failed results-receiver.service; systemctl restart results-receiver.service")
    answers, refused = map(int, asking.communicate("end\n", timeout=60)[0].split())
    expect(answers > 100 and refused == 0, f"five restarts: {answers} answers, {refused} refused")
    return f"five restarts through the socket: {answers} connections answered, {refused} refused"


def reload(receiver):
    receiver.follow("reload")
    receiver.wait_for_status("settings reloaded at")
    # The file that was there at the start is gone.
    receiver.run(f"mv {SETTINGS} /root/kept.conf && systemctl reload results-receiver")
    receiver.wait_for_status("all is as it was: settings file " + SETTINGS)
    expect(receiver.run(f"curl -s -o /dev/null -w %{{http_code}} {URL}") == "405", "it does not serve any more")
    receiver.run(f"mv /root/kept.conf {SETTINGS} && systemctl reload results-receiver")
    receiver.wait_for_status("settings reloaded at")


def mistake(receiver):
    """A restart with a wrong setting fails once, says why, and is over when it is mended; whoever connects meanwhile."""
    receiver.settings(("# language = nl", "language = xx"))
    receiver.run("systemctl restart results-receiver.service", 1)
    text = receiver.run("systemctl status results-receiver.service", 3)
    expect("language: 'xx'" in text and "status=78" in text, "the status does not say why", text)
    receiver.run(f"curl -sm 3 {URL}", None)
    receiver.run(
        "for i in $(seq 100); do systemctl is-failed --quiet results-receiver.socket && exit 0; sleep 0.1; done; exit 1")
    expect(receiver.run("systemctl is-active results-receiver.service", 3) == "failed\n", "it is tried again and again")
    receiver.settings(("language = xx", "# language = nl"))
    receiver.follow("again")
    expect(receiver.post("<a/>") == ("400", "schema"), "after the mistake was mended")


def rotation(receiver):
    old = receiver.secret()
    one = "secret-file = /etc/results-receiver/secret\n"
    both = "secret-file = /etc/results-receiver/secret, /etc/results-receiver/secret.old\n"
    receiver.follow("rotation")
    receiver.settings((one, both))
    receiver.follow("rotation-new")
    receiver.wait_for_status("settings reloaded at")
    expect(receiver.secret() != old, "the secret is the old one")
    for secret in [old, receiver.secret()]:
        answer = receiver.post("<a/>", secret)
        expect(answer == ("400", "schema"), f"while both secrets hold: {answer}")
    expect('"secret":2' in receiver.run("journalctl -u results-receiver -o cat"), "the log names no second secret")
    receiver.settings((both, one + "retired-secret-file = /etc/results-receiver/secret.old\n"))
    receiver.follow("reload")
    receiver.run("for i in $(seq 50); do systemctl show -p StatusText results-receiver | grep -q reloaded && break; done")
    answer = receiver.post("<a/>", old)
    expect(answer == ("403", "signature-mismatch"), f"a retired secret: {answer}")
    expect("a retired secret fits" in receiver.run("journalctl -u results-receiver -o cat"), "the log says nothing")
    receiver.run("systemctl restart results-receiver")
    expect(receiver.post("<a/>") == ("400", "schema"), "the new secret, after a restart")


def backup(receiver):
    before = receiver.approvals()
    receiver.follow("backup")
    receiver.run(AS_SERVICE + "enrolments import -", stdin="enrolment_id,person_id,course_id\nb1,b1,b1\n")
    late = message("b1", "b1", "2026-11-20T12:00:00Z")
    expect(receiver.post(late) == ("200", "registered"), "a result after the backup")
    receiver.handbook["restore"] = receiver.handbook["restore"].replace("2026-11-20.db", "$(date +%F).db")
    text = receiver.follow("restore")
    expect("1 result" in text, "the restoration does not say what is missing", text)
    expect(receiver.approvals() == before, "other results than in the backup")
    expect(receiver.post(late) == ("404", "unknown-person"), "a person from after the backup")
    expect(receiver.run(AS_SERVICE + "database check 2>&1; echo $?").endswith("0\n"), "database check")


def second_installation(receiver):
    """The same package over a server that runs: another process, which serves."""
    def process():
        return receiver.run("systemctl show --property=MainPID results-receiver.service")
    before = process()
    receiver.run("dpkg -i results-receiver_*.deb")
    expect(process() != before, "the server was not restarted")
    expect(receiver.status().startswith("serving on"), "status", receiver.status())
    receiver.run("systemctl stop results-receiver.socket results-receiver.service && dpkg -i results-receiver_*.deb")
    expect(receiver.run("systemctl is-active results-receiver.service", 3) == "inactive\n", "it was started")
    receiver.run("printf '#!/bin/sh\\nexit 101\\n' > /usr/sbin/policy-rc.d; chmod +x /usr/sbin/policy-rc.d")
    receiver.run("systemctl start results-receiver.socket results-receiver.service")
    before = process()
    receiver.run("dpkg -i results-receiver_*.deb")
    expect(process() == before, "restarted although the machine's policy forbids it")
    receiver.run("rm /usr/sbin/policy-rc.d")


def removal(receiver):
    results = receiver.approvals()
    receiver.run("apt-get remove -y results-receiver")
    expect(receiver.run("ss -Hltn sport = :8080") == "", "somebody listens still")
    expect(receiver.run("systemctl is-active results-receiver.service", None) == "inactive\n", "it is active")
    receiver.run(f"test -e {SETTINGS} -a -e /etc/results-receiver/secret -a -e /var/lib/results-receiver/results.db")
    receiver.run("test ! -e /usr/bin/results-receiver")
    receiver.run("apt-get install -y ./results-receiver_*.deb && systemctl start results-receiver.socket")
    expect(receiver.post("<a/>") == ("400", "schema"), "after it was installed again")
    expect(receiver.approvals() == results, "other results after it was installed again")
    text = receiver.run("touch /etc/results-receiver/own.xsd; apt-get purge -y results-receiver")
    expect("the results stay in /var/lib/results-receiver" in text, "the purge does not say what stays", text)
    receiver.run("rm /etc/results-receiver/own.xsd && rmdir /etc/results-receiver")
    left = receiver.run(
        "find / -xdev -path /proc -prune -o -path /run -prune -o -path /root -prune -o -path /var/cache -prune -o "
        "-name '*results-receiver*' -print | sort").split()
    expect(left == ["/var/backups/results-receiver", "/var/lib/results-receiver"], "left behind", str(left))
    receiver.run("test -s /var/lib/results-receiver/results.db && getent passwd results-receiver")
    receiver.follow("erase")
    receiver.run("rm -r /var/backups/results-receiver; getent passwd results-receiver && exit 1 || true")


def upgrade(receiver):
    """Over a release whose database has an older form, and back."""
    receiver.run("mkdir -p old && mv older.deb old/results-receiver_0.0.1.deb && apt-get install -y ./old/*.deb")
    expect("0.0.1" in receiver.run("dpkg-query -W results-receiver"), "not the older package")
    receiver.follow("secret")
    receiver.run(
        "mkdir -p /var/backups/results-receiver && chown results-receiver: /var/backups/results-receiver && "
        "systemctl start results-receiver.service; "
        f"for i in $(seq 100); do curl -so /dev/null {URL} && break; sleep 0.1; done")
    persons = [f"u{number}" for number in range(40)]
    rows = "".join(f"e{person},{person},c1\n" for person in persons)
    receiver.run(AS_SERVICE + "enrolments import -", stdin="enrolment_id,person_id,course_id\n" + rows)
    bodies = {person: message(person, "c1", "2026-11-20T12:00:00Z") for person in persons}
    for person in persons[:20]:
        expect(receiver.post(bodies[person]) == ("200", "registered"), "by the older release")
    before = receiver.approvals()
    expect(len(before) == 20, "results of the older release", str(before))
    # The older release has no `database backup`: nothing is sent meanwhile, and its server is ended for the copy.
    receiver.handbook["upgrade"] = receiver.handbook["upgrade"].replace(
        "sudo -u results-receiver results-receiver database backup",
        "systemctl stop results-receiver; cp -p /var/lib/results-receiver/results.db")
    receiver.handbook["upgrade"] = receiver.handbook["upgrade"].replace(
        "&& sudo apt-get", "&& sudo systemctl start results-receiver && sudo apt-get")
    text = receiver.follow("upgrade")
    expect("serving on" in text and "Active: active (running)" in text, "after the upgrade", text)
    expect("0.1" in receiver.run("results-receiver --version"), "not the newer program")
    expect(receiver.approvals() == before, "the results are others", str(receiver.approvals()))
    for person in persons[:20]:
        expect(receiver.post(bodies[person]) == ("404", "duplicate"), f"the identical message of {person}")
        other = message(person, "c1", "2026-11-20T12:00:00Z", part="18")
        expect(receiver.post(other) == ("404", "duplicate"), f"a second part of {person}")
    for person in persons[20:]:
        expect(receiver.post(bodies[person]) == ("200", "registered"), "a first result after the upgrade")
    expect(len(receiver.approvals()) == 40, "results after the upgrade")
    receiver.run(AS_SERVICE + "database check")
    # While a library that it needs is replaced, dpkg deconfigures it.
    receiver.run("/var/lib/dpkg/info/results-receiver.prerm deconfigure in-favour other 1 && "
                 "systemctl is-active results-receiver.service")
    # A crash, which leaves the log, is the usual reason to go back.
    receiver.run("systemctl kill --signal KILL results-receiver.service")
    # And back, to a release that knows no sockets.
    receiver.handbook["rollback"] = receiver.handbook["rollback"].replace(
        "start results-receiver.socket", "start").replace("stop results-receiver.socket", "stop")
    receiver.follow("rollback")
    receiver.run(f"for i in $(seq 100); do curl -so /dev/null {URL} && break; sleep 0.1; done")
    expect("0.0.1" in receiver.run("dpkg-query -W results-receiver"), "not the older package")
    expect(receiver.approvals() == before, "the results after the way back", str(receiver.approvals()))
    expect(receiver.post(bodies["u0"]) == ("404", "duplicate"), "the identical message, after the way back")
    rows = receiver.run("cat since.csv").count("\n") - 1
    expect(rows == 40, f"the export before the way back has {rows} rows")
    receiver.run("apt-get purge -y results-receiver")
    return "from the first form of the database: 20 results kept, 40 duplicates refused, 20 new ones taken, and back"


def older_package(new, program, folder):
    """The package with the older program in it, started as that one wants: it knows nothing of systemd."""
    tree = os.path.join(folder, "older")
    subprocess.run(["dpkg-deb", "-R", new, tree], check=True)
    shutil.copy(program, os.path.join(tree, "usr/bin/results-receiver"))
    for file, pattern, new_text in [
        ("DEBIAN/control", r"(?m)^Version: .*$", "Version: 0.0.1-1"),
        ("etc/results-receiver/results-receiver.conf", r"(?s)\[deliveries\].*?(?=\[plugin)", ""),
        ("usr/lib/systemd/system/results-receiver.service", "Type=notify", "Type=exec"),
        ("usr/lib/systemd/system/results-receiver.service", "WatchdogSec=.*\n", ""),
    ]:
        path = os.path.join(tree, file)
        with open(path, encoding="utf-8") as opened:
            text = opened.read()
        with open(path, "w", encoding="utf-8") as opened:
            opened.write(re.sub(pattern, new_text, text))
    os.remove(os.path.join(tree, "DEBIAN/md5sums"))
    package = os.path.join(folder, "older.deb")
    subprocess.run(["dpkg-deb", "--root-owner-group", "-Znone", "-b", tree, package], check=True, stdout=sys.stderr)
    return package


def main():
    arguments = argparse.ArgumentParser(prog="scripts/test-package")
    arguments.add_argument("--package", required=True)
    arguments.add_argument("--older", required=True, help="the program of an older release")
    arguments.add_argument("--release", action="append")
    arguments.add_argument("--cache", required=True)
    arguments.add_argument("--only", action="append")
    chosen = arguments.parse_args()
    steps = [install, nothing_starts_without_a_secret, units, first_start, status_table, sockets, reload, mistake,
             rotation, backup, second_installation, removal, upgrade]
    passed = failed = 0
    with tempfile.TemporaryDirectory(prefix="package-") as folder:
        older = older_package(chosen.package, chosen.older, folder)
        for release in chosen.release or ["bookworm", "trixie"]:
            machine = Machine(folder, release, chosen.cache)
            try:
                machine.put(chosen.package, "/root/" + os.path.basename(chosen.package))
                machine.put(older, "/root/older.deb")
                # The machine has no network once it has booted: what the package depends on is fetched before. As on a
                # server, nobody answers questions there.
                machine.write("/etc/apt/apt.conf.d/99test", 'APT::Get::Assume-Yes "true";\nAPT::Sandbox::User "root";\n')
                fetched = machine.run("apt-get update -q && apt-get install -q --download-only ./results-receiver_*.deb")
                expect(fetched.code == 0, "the package's dependencies cannot be had", fetched.text)
                machine.start()
                receiver = Receiver(machine)
                for step in steps:
                    if chosen.only and step.__name__ not in chosen.only:
                        continue
                    try:
                        note = step(receiver)
                        passed += 1
                        print(f"{release}: {step.__name__}: passed{': ' + note if note else ''}", flush=True)
                    except (Wrong, subprocess.TimeoutExpired, OSError) as error:
                        failed += 1
                        print(f"{release}: {step.__name__}: FAILED: {error}", flush=True)
                        print(machine.run("journalctl --no-pager -n 20 -o cat").text[-3000:], flush=True)
                        break
            finally:
                machine.remove()
    print(f"{passed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
