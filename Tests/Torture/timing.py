"""Whether the time of a signature check tells how near a wrong signature came.

After Reparaz, Balasch and Verbauwhede, "Dude, is my code constant time?" (2017): two kinds of input in random order,
the slowest tenth of all samples cut off, and Welch's t-test. |t| above 4.5 means a difference.

Twice: for the comparison alone, a few nanoseconds, beside a planted one that ends at the first difference and must be
found; and for whole requests over a kept connection, where a planted difference of some microseconds must be found,
that of a body which takes longer to hash. What is smaller than the second can show, the first does.
"""

import base64
import collections
import hashlib
import hmac
import math
import os
import random
import statistics
import subprocess
import time

from receiver import SECRET, Client, Program, Report, Server

THRESHOLD = 4.5
REQUESTS = 30_000


def welch(a, b):
    """t, the difference of the means, and what it is uncertain by (95 in 100), without the slowest tenth of all."""
    limit = sorted(a + b)[int(len(a + b) * 0.9)]
    a, b = [x for x in a if x <= limit], [x for x in b if x <= limit]
    error = math.sqrt(statistics.variance(a) / len(a) + statistics.variance(b) / len(b))
    difference = statistics.fmean(a) - statistics.fmean(b)
    return difference / error, difference, 1.96 * error


def compare(report, what, a, b, differs):
    t, difference, uncertainty = welch(a, b)
    found = abs(t) > THRESHOLD
    report.say(f"{what}: {len(a)} and {len(b)} samples, difference {difference:.2f} ± {uncertainty:.2f} ns, "
               f"t = {t:.1f}: " + ("a difference" if found else "none"))
    if found != differs:
        report.fault(f"{what}: there should be {'a' if differs else 'no'} difference")


def comparison(report, root, scratch):
    program = os.path.join(scratch, "comparison")
    sources = os.path.join(root, "Sources/CHMAC")
    subprocess.run(
        ["gcc", "-O2", "-Wall", "-Wextra", "-Werror", "-I", os.path.join(sources, "include"), "-o", program,
         os.path.join(root, "Tests/Torture/comparison.c"), os.path.join(sources, "chmac.c"), "-lcrypto"], check=True)
    samples = collections.defaultdict(list)
    for line in subprocess.run([program], capture_output=True, text=True, check=True).stdout.splitlines():
        function, kind, nanoseconds = line.split()
        samples[function, kind].append(float(nanoseconds))
    own = "the comparison, wrong in the first or in the last octet"
    compare(report, own, samples["own", "first"], samples["own", "last"], differs=False)
    compare(report, "the comparison, wrong in the first octet or right", samples["own", "first"],
            samples["own", "none"], differs=False)
    compare(report, "planted: a comparison that ends at the first difference", samples["planted", "first"],
            samples["planted", "last"], differs=True)


def signed(body, changed):
    """A request whose MAC is wrong in the octet at `changed`."""
    mac = bytearray(hmac.new(SECRET.encode(), body, hashlib.sha1).digest())
    mac[changed] ^= 1
    return (f"POST /results HTTP/1.1\r\nHost: localhost\r\nX-WebHook-Signature: {base64.b64encode(mac).decode()}\r\n"
            f"Content-Length: {len(body)}\r\n\r\n").encode() + body


def requests(report, program, scratch):
    server = Server(program, os.path.join(scratch, "timing.db"))
    short, long = b"x" * 2000, b"x" * 10_000
    # All that must not differ has one length.
    kinds = {"first": signed(short, 0), "last": signed(short, -1), "long": signed(long, 0)}
    samples = {kind: [] for kind in kinds}
    with Client(server.address) as client:
        for index in range(REQUESTS):
            kind = random.choice(["first", "last"]) if index % 8 else "long"
            began = time.perf_counter_ns()
            answer = client.ask(kinds[kind])
            samples[kind].append(time.perf_counter_ns() - began)
            if answer.reason != "signature-mismatch":
                report.fault(f"a wrong signature got {answer.code} {answer.reason}")
    server.end()
    compare(report, "whole requests, wrong in the first or in the last octet", samples["first"], samples["last"],
            differs=False)
    compare(report, "planted: requests with 8,000 octets more to hash", samples["long"], samples["last"], differs=True)


def run(binary, root, scratch):
    report = Report("timing")
    comparison(report, root, scratch)
    requests(report, Program(binary), scratch)
    return report
