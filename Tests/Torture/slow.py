"""slowhttptest's attacks, four times as many connections as the server takes, with good clients beside them.

One good client opens a connection for each delivery, the other keeps its own. Each answer must be right and come within
LIMIT. The attacks come from this machine, whose connections are not counted per address, so that they fill the whole
server: nothing but the making of room stands between them and the good clients.
"""

import os
import random
import signal
import subprocess
import threading
import time

from receiver import Client, Cut, Program, Report, Server, message, request

# Senders give up after 10 seconds; an answer that takes a fifth of it is far too slow for a machine that is not busy.
LIMIT = 2.0
CONNECTIONS = 4000

# A well-formed signature brings the head past the checks that need no body. It rides in the field that can be chosen.
SIGNED = "text/xml\r\nX-WebHook-Signature: " + "A" * 27 + "="

ATTACKS = {
    "slow heads (-H)": ["-H", "-i", "3"],
    "slow bodies (-B)": ["-B", "-i", "3", "-s", "8192", "-t", "POST", "-f", SIGNED],
    "slow reading (-X)": ["-X", "-k", "10", "-w", "1", "-y", "16", "-n", "3", "-z", "4"],
}


class GoodClient(threading.Thread):
    def __init__(self, address, persons, keeps):
        super().__init__()
        self.address, self.persons, self.keeps = address, persons, keeps
        self.latencies, self.faults, self.reconnected = [], [], 0
        self.stops = threading.Event()

    def run(self):
        client = None
        while not self.stops.wait(0.01):
            body = message(next(self.persons), note=random.random())
            began = time.monotonic()
            try:
                if client is None:
                    client = Client(self.address)
                try:
                    answer = client.ask(request(body))
                except Cut:
                    # A kept connection that waits for its next request may have to make room for others.
                    if not self.keeps:
                        raise
                    self.reconnected += 1
                    client = Client(self.address)
                    answer = client.ask(request(body))
                if answer.code != 200:
                    self.faults.append(f"{answer.code} {answer.reason}")
            except (Cut, OSError) as error:
                self.faults.append(repr(error))
                client = None
                continue
            self.latencies.append(time.monotonic() - began)
            if not self.keeps or answer.closes:
                client.socket.close()
                client = None


def run(binary, scratch, seconds):
    report = Report("slow")
    program = Program(binary)
    database = os.path.join(scratch, "slow.db")
    # Each good client rests a hundredth of a second between two deliveries.
    names = [f"s{index}" for index in range(len(ATTACKS) * 2 * 100 * (seconds + 30))]
    program.import_planned(database, names)
    persons = iter(names)
    server = Server(program, database)
    url = f"http://{server.address[0]}:{server.address[1]}/results"

    for name, arguments in ATTACKS.items():
        goods = [GoodClient(server.address, persons, keeps) for keeps in (False, True)]
        for good in goods:
            good.start()
        attack = subprocess.Popen(
            ["slowhttptest", *arguments, "-c", str(CONNECTIONS), "-r", "400", "-l", str(seconds), "-p", "3", "-u", url],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, preexec_fn=more_descriptors)
        most = 0
        while attack.poll() is None:
            most = max(most, len(os.listdir(f"/proc/{server.pid}/fd")))
            time.sleep(0.5)
        output = attack.stdout.read()
        for good in goods:
            good.stops.set()
            good.join()
        latencies = sorted(goods[0].latencies + goods[1].latencies)
        if "Exit status" not in output or not latencies:
            report.fault(f"{name}: slowhttptest did not run: {output[-500:]}")
            continue
        report.say(
            "{}: {} s, {} connections tried, {} descriptors at most; {} good deliveries, median {:.1f} ms, 99 in 100 "
            "within {:.1f} ms, slowest {:.0f} ms; the kept connection had to be opened again {} times".format(
                name, seconds, CONNECTIONS, most, len(latencies),
                *[1000 * latencies[int(part * (len(latencies) - 1))] for part in (0.5, 0.99, 1)],
                goods[1].reconnected))
        for good in goods:
            for fault in good.faults[:5]:
                report.fault(f"{name}: a good delivery got {fault} ({len(good.faults)} in all)")
        if latencies[-1] > LIMIT:
            report.fault(f"{name}: a good delivery waited {latencies[-1]:.1f} s, {LIMIT} are the limit")
    if server.end(signal.SIGTERM) != 0:
        report.fault("the server did not end well")
    return report


def more_descriptors():
    import resource
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
