"""A machine of its own: a Debian root that systemd boots in, in namespaces. Needs root, mmdebstrap and util-linux."""

import os
import shlex
import shutil
import signal
import subprocess
import time

# Runs as the first process of the namespaces. What systemd needs is mounted, and nothing of the host is left.
BOOT = r"""
set -e
root=$1
mount --bind "$root" "$root"
mount -t proc proc "$root/proc"
mount -t sysfs -o ro sysfs "$root/sys"
mount -t cgroup2 cgroup2 "$root/sys/fs/cgroup"
mount -t tmpfs tmpfs "$root/run"
mount -t tmpfs -o mode=755 tmpfs "$root/dev"
for device in null zero full random urandom tty; do
    touch "$root/dev/$device"
    mount --bind "/dev/$device" "$root/dev/$device"
done
mkdir -p "$root/dev/pts" "$root/dev/shm" "$root/host"
mount -t devpts devpts "$root/dev/pts" -o newinstance,ptmxmode=666
ln -s pts/ptmx "$root/dev/ptmx"
cd "$root"
pivot_root . host
umount -l /host
exec env -i container=test PATH=/usr/sbin:/usr/bin:/sbin:/bin /lib/systemd/systemd --log-target=journal
"""

# For systemd, the handbook's commands, and a look at manual pages.
PACKAGES = "systemd,systemd-sysv,dbus,iproute2,procps,curl,ca-certificates,sudo,man-db,bash-completion"


class Ended:
    def __init__(self, code, text):
        self.code = code
        self.text = text


class Machine:
    """Begins as a fresh root. `mirror` is where Debian's packages come from."""

    def __init__(self, folder, release, cache, mirror="http://deb.debian.org/debian"):
        self.root = os.path.join(folder, release)
        self.init = None
        self.boot = None
        archive = os.path.join(cache, release + ".tar")
        if not os.path.exists(archive):
            os.makedirs(cache, exist_ok=True)
            subprocess.run(
                ["mmdebstrap", "--quiet", "--mode=root", "--variant=minbase", "--include=" + PACKAGES, release,
                 archive + ".partial", mirror, "--format=tar"], check=True, stdin=subprocess.DEVNULL)
            os.rename(archive + ".partial", archive)
        os.makedirs(self.root)
        subprocess.run(["tar", "-xf", archive, "-C", self.root], check=True)
        shutil.copy("/etc/resolv.conf", os.path.join(self.root, "etc/resolv.conf"))
        self.write("/etc/hosts", "127.0.0.1 localhost receiver\n::1 localhost\n")
        self.write("/etc/hostname", "receiver\n")

    def path(self, inside):
        return os.path.join(self.root, inside.lstrip("/"))

    def write(self, inside, text):
        with open(self.path(inside), "w", encoding="utf-8") as file:
            file.write(text)

    def put(self, file, inside):
        os.makedirs(os.path.dirname(self.path(inside)), exist_ok=True)
        shutil.copy(file, self.path(inside))

    def command(self, text):
        """Of a shell on the machine, as root; on the booted one, or else in its root with the host's network."""
        if self.init:
            within = ["nsenter", "-t", str(self.init), "-a"]
        else:
            within = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "bash", "-c",
                      'mount -t proc proc "$1/proc"; exec chroot "$@"', "-", self.root]
        return within + ["/usr/bin/env", "-i", "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/root", "LANG=C.UTF-8",
                         "DEBIAN_FRONTEND=noninteractive", "PAGER=cat", "SYSTEMD_PAGER=",
                         "/bin/bash", "-c", "cd /root\n" + text]

    def run(self, text, limit=180, stdin=None):
        done = subprocess.run(
            self.command(text), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=limit, input=stdin,
            stdin=subprocess.DEVNULL if stdin is None else None, encoding="utf-8", errors="replace", check=False)
        return Ended(done.returncode, done.stdout)

    def start(self):
        """Boots, and returns when systemd has started everything."""
        self.boot = subprocess.Popen(
            ["unshare", "--mount", "--pid", "--fork", "--kill-child", "--uts", "--ipc", "--net", "--cgroup",
             "bash", "-c", BOOT, "-", self.root], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL)
        state = "unknown"
        for _ in range(600):
            with open(f"/proc/{self.boot.pid}/task/{self.boot.pid}/children", encoding="ascii") as file:
                children = file.read().split()
            if children:
                self.init = int(children[0])
                state = self.run("systemctl is-system-running").text.strip()
                if state in ["running", "degraded"]:
                    # A new network has no addresses, not even its own.
                    self.run("ip link set lo up")
                    return
            time.sleep(0.1)
        raise RuntimeError(f"the machine does not boot: {state}")

    def stop(self):
        if self.init:
            # With the first process of a namespace go all others.
            os.kill(self.init, signal.SIGKILL)
            self.boot.wait()
            self.init = None

    def python(self, text, *arguments):
        """Starts the host's Python in the machine's network."""
        return subprocess.Popen(
            ["nsenter", "-t", str(self.init), "-n", "python3", "-c", text, *arguments], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, encoding="utf-8")

    def remove(self):
        self.stop()
        shutil.rmtree(self.root)


def quoted(text):
    return shlex.quote(text)
